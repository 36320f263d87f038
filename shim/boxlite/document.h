/*
 * A document that says what a box may reach, in any of the forms in which an operator has one:
 * the bridge's configuration, boxlite's InstanceSpec, or the rules themselves.
 */
#ifndef BOXLITE_DOCUMENT_H
#define BOXLITE_DOCUMENT_H

#include <stddef.h>

#include "zones/config.h"

enum document_kind {
    DOCUMENT_CONFIG, /* the bridge's configuration */
    DOCUMENT_SPEC,   /* an InstanceSpec: a configuration with its rules, see spec.h */
    DOCUMENT_RULES   /* rules: likewise */
};

enum document_status {
    DOCUMENT_READ,
    DOCUMENT_UNREADABLE, /* errno says why */
    DOCUMENT_UNKNOWN,    /* JSON that is none of these, or no text */
    DOCUMENT_REJECTED,   /* a configuration that the bridge itself will not take */
    DOCUMENT_NOMEM
};

struct document {
    enum document_kind kind;
    struct config config;  /* for plan_read_config, as is `duplicate` */
    const char *duplicate; /* a constant, or NULL */
};

/*
 * Understands `length` bytes. What is no JSON is a list of rules, one a line; "#" begins a comment
 * at the start of a line or behind white space. A JSON array is a list of rules as well. An object
 * is the bridge's configuration if one of that one's keys is at its top, else an InstanceSpec. On
 * DOCUMENT_READ the caller ends *out with document_clear; otherwise *out is empty.
 */
enum document_status document_read(const char *bytes, size_t length, struct document *out);

/* As from a list of `count` rules, whatever is in them. */
enum document_status document_from_rules(const char *const *rules, size_t count,
                                         struct document *out);

/* Reads the file at `path`, or standard input for "-", of less than 16 MiB, and understands it as
   document_read does. No copy of its bytes stays in memory. */
enum document_status document_load(const char *path, struct document *out);

/* What is wrong with the document from `path`, as a sentence: a constant or in `text`. NULL if it
   was read. For DOCUMENT_UNREADABLE errno is still that of document_load. */
const char *document_fault(enum document_status status, const char *path, char *text, size_t size);

/* Frees what the document owns. Takes a zeroed or emptied one, and one whose configuration
   plan_read_config has taken. */
void document_clear(struct document *document);

#endif

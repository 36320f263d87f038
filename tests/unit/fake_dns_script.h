/* What fake_dns answers: DNS messages from the first label of the name. */
#ifndef TESTS_UNIT_FAKE_DNS_SCRIPT_H
#define TESTS_UNIT_FAKE_DNS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRIPT_REPLIES = 6 };

struct script_reply {
    int64_t delay_ms;
    size_t size;
    unsigned char *message; /* from malloc */
};

/* Reads the question; `name` has room for 256 bytes. Returns false if it is no query. */
bool script_parse(const unsigned char *message, size_t size, char *name, unsigned *type);

/* `earlier` queries for the same name and type came before. Returns how many replies to send. */
size_t script_answer(const char *name, const unsigned char *query, size_t size, unsigned type,
                     bool tcp, size_t earlier, struct script_reply replies[SCRIPT_REPLIES]);

#endif

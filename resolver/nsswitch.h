/* The `hosts:` line of /etc/nsswitch.conf, as far as it matters to a resolver that is not libc. */
#ifndef RESOLVER_NSSWITCH_H
#define RESOLVER_NSSWITCH_H

#include <stdbool.h>

struct nsswitch {
    bool more;      /* a service besides files and dns may know names */
    bool dns_first; /* dns stands before files */
};

/* Reads the file; without it or its hosts line the answer is glibc's default, files before dns. */
void nsswitch_read(struct nsswitch *result);

/* Judges one line. Returns false, `result` untouched, if it is not a hosts line. */
bool nsswitch_parse_line(const char *line, struct nsswitch *result);

#endif

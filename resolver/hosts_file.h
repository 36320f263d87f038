/*
 * /etc/hosts, read once and asked by name. What Go's net package makes of it (readHosts and
 * lookupStaticHost in net/hosts.go): a name with a dot is the same with and without one at its end,
 * case does not count, an address may stand for IPv4 as ::ffff:192.0.2.1, and a name has the
 * addresses of all lines that it stands on, in their order.
 */
#ifndef RESOLVER_HOSTS_FILE_H
#define RESOLVER_HOSTS_FILE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct hosts_file;

/* A name as it stands in the file, behind an address that is one. */
struct hosts_entry {
    const char *address; /* as written */
    const char *name;    /* as written */
    size_t line;         /* entries of one line have the same number */
};

/*
 * Reads the file. A NUL in it counts as a question mark.
 * Returns NULL with errno if there is no file that can be read, or memory or descriptors are short.
 * Owned by the caller; not changed by reading, so that threads may share it.
 */
struct hosts_file *hosts_file_read(void);

/* The same of another file, such as a test's. */
struct hosts_file *hosts_file_read_path(const char *path);

/*
 * Appends the IPv4 addresses of `name` to the list `*addresses` of `*count`, which is the caller's
 * to free. Returns 0; or ENOMEM, with the list freed, NULL and empty. `file` may be NULL.
 */
int hosts_file_find(const struct hosts_file *file, const char *name, struct in_addr **addresses,
                    size_t *count);

/* Whether the file has the name at all: with no address found, only IPv6. `file` may be NULL. */
bool hosts_file_knows(const struct hosts_file *file, const char *name);

/* How many entries there are, and that number `i` of them, whose texts live as long as `file`. */
size_t hosts_file_count(const struct hosts_file *file);
struct hosts_entry hosts_file_entry(const struct hosts_file *file, size_t i);

/* errno of reading, if the file could not be read to its end; else 0. */
int hosts_file_error(const struct hosts_file *file);

/* Accepts NULL. */
void hosts_file_free(struct hosts_file *file);

#endif

/*
 * The command that is run beside the server, and how long it took.
 */
#ifndef SUPPORT_DNS_COMMAND_H
#define SUPPORT_DNS_COMMAND_H

#include <stdint.h>
#include <sys/types.h>

struct dns_command {
    pid_t pid; /* 0: none runs */
    int64_t begun_ns;
};

/* Starts argv[0], found on PATH, with no signal blocked; it dies with the server. Returns 0, or -1
   with errno. A command that cannot be run ends with 127. */
int dns_command_start(char **argv, struct dns_command *out);

/* If it has ended, writes "ended STATUS MICROSECONDS" and a newline to `fd` and forgets it. Returns
   1 then, 0 while it runs, -1 with errno if the line could not be written. */
int dns_command_reap(struct dns_command *command, int fd);

#endif

/* Prepares the sandbox's network and files for a test. */
#include "tests/unit/private_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_SKIPPED = 77 };

void private_net_enter(void)
{
    const char *sandbox = getenv("ALLOWNET_SANDBOX");

    if (sandbox == NULL || strcmp(sandbox, "1") != 0) {
        (void)fputs("skipped: not in a sandbox; run it with build/tests/sandbox\n", stderr);
        exit(EXIT_SKIPPED);
    }
    private_net_reset();
}

void private_net_write(const char *path, const char *text)
{
    FILE *file;

    if (text == NULL) {
        (void)unlink(path);
        return;
    }
    file = fopen(path, "we");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) {
        perror(path);
        abort();
    }
}

void private_net_reset(void)
{
    private_net_write("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    private_net_write("/etc/hosts", "127.0.0.1 localhost\n");
    private_net_write("/etc/nsswitch.conf", "hosts: files dns\n");
}

/*
 * elevated keep|become PROGRAM [ARGUMENT...]: a program that is set-user-ID, set-group-ID or has
 * file capabilities, and starts another with all of its environment. keep: as it is itself. become:
 * after it has taken its effective ids for good, so that nobody can tell what it was
 * (setresuid(2)).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 98;
    }
    if (strcmp(argv[1], "become") == 0 && (setresgid(getegid(), getegid(), getegid()) != 0 ||
                                           setresuid(geteuid(), geteuid(), geteuid()) != 0)) {
        return 97;
    }
    execv(argv[2], argv + 2);
    fprintf(stderr, "elevated: %s: %s\n", argv[2], strerror(errno));
    return 99;
}

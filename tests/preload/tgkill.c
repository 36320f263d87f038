/* tgkill PROCESS THREAD SIGNAL: tgkill(2) for tests; kill(1) cannot aim at a thread. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 4) {
        return 2;
    }
    if (syscall(SYS_tgkill, atoi(argv[1]), atoi(argv[2]), atoi(argv[3])) != 0) {
        perror("tgkill");
        return 1;
    }
    return 0;
}

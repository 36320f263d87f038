/*
 * Prints "executed", the name of its file, and its arguments from the first on, each with a NUL
 * behind it: what a bwrap has made of its command line.
 */
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

int main(int argc, char **argv)
{
    const char *file = (const char *)getauxval(AT_EXECFN);

    printf("executed%c%s%c", 0, strrchr(file, '/') + 1, 0);
    for (int i = 1; i < argc; i++) {
        printf("%s%c", argv[i], 0);
    }
    return 0;
}

/*
 * An object whose constructor removes the file EARLY_REMOVE, and executes EARLY_START, where that
 * is set: loaded beside the preload, it runs before the preload's own constructor has.
 */
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("EARLY_START");
    const char *removed = getenv("EARLY_REMOVE");
    char *const argv[] = {(char *)"early", NULL};

    if (removed != NULL) {
        unlink(removed);
    }
    if (path != NULL) {
        execv(path, argv);
        _exit(45);
    }
}

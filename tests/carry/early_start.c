/*
 * An object whose constructor executes EARLY_START when that is set: loaded beside the preload, it
 * runs before the preload's own constructor has.
 */
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("EARLY_START");
    char *const argv[] = {(char *)"early", NULL};

    if (path != NULL) {
        execv(path, argv);
        _exit(45);
    }
}

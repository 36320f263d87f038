/* Reads the environment, or says that it is another's. */
#include "shim/base/variables.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

bool variables_are_foreign(void)
{
    /* The ids for kernels that leave AT_SECURE out. */
    return getauxval(AT_SECURE) != 0 || getuid() != geteuid() || getgid() != getegid();
}

const char *variables_get(const char *name)
{
    return secure_getenv(name);
}

char **variables_all(void)
{
    static char *nothing[] = {NULL};

    return environ == NULL || variables_are_foreign() ? nothing : environ;
}

/* The only file that includes the generated header: a new revision recompiles nothing else. */
#include "shim/base/version.h"

#include "build_identity.h"

const char *version_number(void)
{
    return BUILD_VERSION;
}

const char *version_revision(void)
{
    return BUILD_REVISION;
}

#include "shim/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "resolver/resolver.h"
#include "shim/attach/attach.h"
#include "shim/launch/launch.h"
#include "shim/overlay/overlay.h"
#include "shim/version.h"

static const char usage[] =
    "Usage: boxlite-allownet run [--observe] [--] COMMAND [ARGUMENT...]\n"
    "       boxlite-allownet overlay DIRECTORY [--shim PATH]\n"
    "       boxlite-allownet version\n"
    "       boxlite-allownet help\n"
    "\n"
    "Repairs boxlite's allow_net in COMMAND: an allow-listed host answers with its address,\n"
    "or the box is refused with a message that names the host.\n"
    "\n"
    "  --observe    log what would be done, change nothing\n"
    "\n"
    "overlay is for a COMMAND that LD_PRELOAD cannot enter: it makes a DIRECTORY to be set as\n"
    "BOXLITE_RUNTIME_DIR, of the boxlite-shim that is in use, with the settings in force now.\n"
    "\n"
    "  --shim PATH  that boxlite-shim; else it is looked for where boxlite would\n"
    "\n"
    "Settings are environment variables, BOXLITE_ALLOWNET and BOXLITE_ALLOWNET_*; see README.md.\n";

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";

    if (overlay_is_meant(argv[0]))
        return overlay_start(argv);
    if (strcmp(command, "run") == 0)
        return cli_run(argv + 2);
    if (strcmp(command, "overlay") == 0)
        return overlay_main(argv + 2);
    if (strcmp(command, "launch") == 0)
        return launch_main(argv + 2);
    if (strcmp(command, "attach") == 0)
        return attach_main(argv + 2);
    if (strcmp(command, "version") == 0 || strcmp(command, "--version") == 0) {
        printf("boxlite-allownet %s (%s), c-ares %s\n", version_number(), version_revision(),
               resolver_library_version());
        return CLI_EXIT_OK;
    }
    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0) {
        fputs(usage, stdout);
        return CLI_EXIT_OK;
    }
    if (command[0] != '\0')
        fprintf(stderr, "boxlite-allownet: there is no command \"%s\"\n\n", command);
    fputs(usage, stderr);
    return CLI_EXIT_FAILED;
}

/* `boxlite-allownet version`: which build this is. */
#include "shim/command/command.h"

#include <stdio.h>

#include "resolver/resolver.h"
#include "shim/base/names.h"
#include "shim/base/version.h"
#include "shim/command/output/json.h"
#include "shim/command/output/usage.h"

static int print_json(void)
{
    json_t *const root = json_object();
    bool failed = false;

    output_put(root, "version", output_text(version_number()), &failed);
    output_put(root, "revision", output_text(version_revision()), &failed);
    output_put(root, "c_ares", output_text(resolver_library_version()), &failed);
    return output_finish("version", root, failed) == 0 ? EXIT_GOOD : EXIT_FAILED;
}

int cli_version(int argc, char **argv)
{
    bool json = false;
    const struct usage_option options[] = {{"json", .flag = &json}, {0}};
    const int status = usage_options("version", options, true, argc, argv);

    if (status != 0) {
        return status;
    }
    if (optind < argc) {
        usage_error("version", "unexpected argument \"%s\"", argv[optind]);
        return EXIT_FAILED;
    }
    if (json) {
        return print_json();
    }
    printf("boxlite-allownet %s (%s), c-ares %s\n", version_number(), version_revision(),
           resolver_library_version());
    return EXIT_GOOD;
}

/* Writes that line. */
#include "shim/plan/announce.h"

#include "resolver/resolver.h"
#include "shim/base/version.h"

void announce(const struct log *log, const struct settings *settings, const char *way_in)
{
    char quoted[600];

    log_line(log, LOG_LEVEL_INFO,
             "allowNet: repair loaded version=%s revision=%s c_ares=%s way_in=%s mode=%s",
             version_number(), version_revision(), resolver_library_version(), way_in,
             settings_mode_name(settings->mode));
    if (settings->doubt[0] != '\0') {
        log_line(log, LOG_LEVEL_WARN, "allowNet: settings doubtful text=%s",
                 log_quote(settings->doubt, quoted, sizeof(quoted)));
    }
}

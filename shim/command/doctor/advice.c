#include "shim/command/doctor/advice.h"

#include <string.h>

void advice_upgrade(struct verdict *out)
{
    facts_say(&out->advice, "or move to boxlite 0.10.3 or newer, which needs no repair");
}

void advice_use_own_build(struct verdict *out)
{
    facts_say(&out->advice, "use boxlite's own build of boxlite-shim for this machine");
    advice_upgrade(out);
}

void advice_renew_overlay(const struct facts_overlay *overlay, const struct facts_host *host,
                          struct verdict *out)
{
    facts_say(&out->advice, "%s overlay %s", host->command,
              overlay->directory[0] != '\0' ? overlay->directory : "DIRECTORY");
    facts_say(&out->advice, "or unset BOXLITE_RUNTIME_DIR for the process that uses boxlite");
}

void advice_drop_overlay(struct verdict *out)
{
    facts_say(&out->advice, "unset BOXLITE_RUNTIME_DIR for the process that uses boxlite: this "
                            "release needs no repair");
}

static void start_service(const struct facts_unit *unit, const struct facts_host *host,
                          struct verdict *out)
{
    const char *user = unit->of_user ? "--user " : "";

    facts_say(&out->advice, "systemctl %sedit %s, add under [Service]: Environment=LD_PRELOAD=%s",
              user, unit->name, host->object);
    facts_say(&out->advice, "systemctl %srestart %s", user, unit->name);
}

void advice_start(const struct facts *facts, const struct facts_host *host, struct verdict *out)
{
    const struct facts_process *process = &facts->process;
    const bool is_static = facts->build.linkage == FACTS_LINKAGE_STATIC;

    if (host->object_problem[0] != '\0') {
        facts_say(&out->advice, "%s", host->object_problem);
        return;
    }
    if (process->unit.name[0] != '\0') {
        start_service(&process->unit, host, out);
    } else {
        facts_say(&out->advice, "LD_PRELOAD=%s in the environment of the process that uses boxlite",
                  host->object);
        facts_say(&out->advice, "or start it so: %s run -- COMMAND", host->command);
    }
    if (is_static && !facts->overlay.found)
        facts_say(&out->advice,
                  "where LD_PRELOAD cannot enter (a static or setuid program): %s overlay "
                  "/opt/boxlite-overlay, and BOXLITE_RUNTIME_DIR=/opt/boxlite-overlay",
                  host->command);
    if (is_static && facts->build.symbols == SYMBOLS_NO_LOOKUPS)
        facts_say(&out->advice, "and leave boxlite's jailer on: this shim can be repaired only in "
                                "a jail");
    if (strncmp(facts->build.release, "0.8", 3) == 0)
        facts_say(&out->advice, "in 0.8 wildcards, and rules that shadow each other, are refused");
    advice_upgrade(out);
}

/*
 * What to do, in words to be followed and commands to be pasted. Each alternative is a sentence
 * and, each on a line of its own, the commands that do it, in the order in which they are to be
 * run.
 */
#include "shim/command/doctor/advice.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "shim/boxlite/release.h"

#define OVERLAY "/opt/boxlite-overlay"
#define SECTION "[Service]"

void advice_upgrade(struct verdict *out)
{
    facts_say(&out->advice,
              "Move to boxlite " RELEASE_UNAFFECTED " or newer, which needs no repair.");
}

void advice_use_own_build(struct verdict *out)
{
    facts_say(&out->advice, "Use boxlite's own build of boxlite-shim for this machine.");
    advice_upgrade(out);
}

void advice_renew_overlay(const struct facts_overlay *overlay, const struct facts_host *host,
                          struct verdict *out)
{
    facts_say(&out->advice, "Make the overlay again:\n%s overlay %s", host->command,
              overlay->directory[0] != '\0' ? overlay->directory : "DIRECTORY");
    advice_drop_overlay("", out);
}

void advice_drop_overlay(const char *why, struct verdict *out)
{
    facts_say(&out->advice,
              "Do without the overlay%s: where the process that uses boxlite is started,\n"
              "unset BOXLITE_RUNTIME_DIR",
              why);
}

void advice_look_further(const struct facts *facts, struct verdict *out)
{
    if (facts == NULL || !facts->process.found) {
        facts_say(&out->advice, "Name the process that uses boxlite, by its number PID:\n"
                                "boxlite-allownet doctor PID");
        facts_say(&out->advice, "Name the directory that the application is installed in:\n"
                                "boxlite-allownet doctor DIRECTORY");
        return;
    }
    facts_say(&out->advice, "Ask again once it has used boxlite:\nboxlite-allownet doctor %d",
              (int)facts->process.pid);
    facts_say(&out->advice, "Name the process that uses boxlite, or the application's directory.");
}

void advice_look_as_root(struct verdict *out)
{
    facts_say(&out->advice, "See what this user may not see: as root,\nboxlite-allownet doctor");
}

/* `systemctl edit` asks for an editor; this can be pasted. */
void advice_unit(const struct facts_unit *unit, const char *sentence, const char *file,
                 const char *setting, struct words *out)
{
    const char *user = unit->of_user ? "--user " : "";
    char directory[512];

    snprintf(directory, sizeof(directory), "%s/%s.d",
             unit->of_user ? "~/.config/systemd/user" : "/etc/systemd/system", unit->name);
    facts_say(out,
              "%s%s\n"
              "mkdir -p %s\n"
              "echo '%s' > %s/%s\n"
              "echo '%s' >> %s/%s\n"
              "systemctl %sdaemon-reload\n"
              "systemctl %srestart %s",
              sentence, unit->of_user ? ":" : "; as root:", directory, SECTION, directory, file,
              setting, directory, file, user, user, unit->name);
}

/* Of podman-systemd.unit(5). A variable of the service is one of podman's, not of the container. */
static void start_quadlet(const struct facts_unit *unit, const struct facts_host *host,
                          struct verdict *out)
{
    const int length = (int)(strrchr(host->object, '/') - host->object);
    const char *user = unit->of_user ? "--user " : "";

    facts_say(&out->advice,
              "Set the variable for the container, and start it again%s\n"
              "sed -i '/^\\[Container\\]/a Environment=LD_PRELOAD=%s' %s\n"
              "sed -i '/^\\[Container\\]/a Volume=%.*s:%.*s:ro' %s\n"
              "systemctl %sdaemon-reload\n"
              "systemctl %srestart %s",
              unit->of_user ? ":" : "; as root:", host->object, unit->source, length, host->object,
              length, host->object, unit->source, user, user, unit->name);
}

static void start_service(const struct facts_unit *unit, const struct facts_host *host,
                          struct verdict *out)
{
    char setting[PATH_MAX + 64];

    if (fnmatch("*.container", unit->source, 0) == 0) {
        start_quadlet(unit, host, out);
        return;
    }
    if (strstr(unit->file, "/transient/") != NULL) {
        facts_say(&out->advice,
                  "Start or restart the process that uses boxlite, here COMMAND, like this:\n"
                  "systemd-run %s--setenv=LD_PRELOAD=%s COMMAND",
                  unit->of_user ? "--user " : "", host->object);
        return;
    }
    snprintf(setting, sizeof(setting), "Environment=LD_PRELOAD=%s", host->object);
    advice_unit(unit, "Set the variable for the service, and start it again",
                "boxlite-allownet.conf", setting, &out->advice);
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
        facts_say(&out->advice,
                  "Start or restart the process that uses boxlite, here COMMAND, like this:\n"
                  "%s run -- COMMAND",
                  host->command);
        facts_say(&out->advice,
                  "Set a variable where it is started, and start it again:\n"
                  "export LD_PRELOAD=%s",
                  host->object);
    }
    if (is_static && !facts->overlay.found) {
        const bool is_shim = facts->kind == FACTS_KIND_SHIM;

        facts_say(&out->advice,
                  "Where LD_PRELOAD cannot enter (a static or setuid program)%s:\n"
                  "%s overlay " OVERLAY "%s%s\n"
                  "export BOXLITE_RUNTIME_DIR=" OVERLAY,
                  is_shim ? "" : ", once it has started a box", host->command,
                  is_shim ? " --shim " : "", is_shim ? facts->target : "");
    }
    advice_upgrade(out);
    if (is_static && facts->build.symbols == SYMBOLS_NO_LOOKUPS) {
        out->afterwards = "Leave boxlite's jailer on: this shim can be repaired only in a jail.";
    }
    if (strncmp(facts->build.release, "0.8", 3) == 0) {
        out->afterwards = "In 0.8 wildcards, and rules that shadow each other, are refused.";
    }
}

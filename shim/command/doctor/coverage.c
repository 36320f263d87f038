/* Whether a running box was repaired, from what is left of it. */
#include "shim/command/doctor/coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/names.h"
#include "shim/base/text_file.h"
#include "shim/base/words.h"
#include "shim/boxlite/bwrap_line.h"
#include "shim/command/doctor/box_log.h"
#include "shim/command/doctor/box_zones.h"
#include "shim/command/doctor/environment.h"

/* Whether a jail was told to start our attach. */
static bool jail_starts_attach(pid_t jail)
{
    size_t length = 0;
    char *text = text_file_of_process(jail, "cmdline", &length);
    struct words words = {0};
    bool found = false;

    words_add_text(&words, text, length);
    if (words.list != NULL && !words.failed) {
        const struct bwrap_line line = bwrap_line_read(words.list);

        found = line.kind == BWRAP_LINE_COMMAND &&
                strcmp(basename(words.list[line.command]), NAMES_COMMAND) == 0 &&
                words.list[line.command + 1] != NULL &&
                strcmp(words.list[line.command + 1], "attach") == 0;
    }
    free(words.list);
    free(text);
    return found;
}

/* Whether our command is bound into the process's mount namespace, as launch does with a jail. */
static bool has_command_bound(pid_t pid)
{
    char *text = text_file_of_process(pid, "mountinfo", NULL);
    bool found = text != NULL && strstr(text, "/" NAMES_COMMAND " ") != NULL;

    free(text);
    return found;
}

static bool is_beside_overlay(const char *executable)
{
    return strcmp(basename(executable), "boxlite-shim.original") == 0;
}

struct start {
    enum facts_coverage coverage;
    bool silent; /* that it was repaired may not have been logged */
};

/* How it was started. A start by us either repairs the create or ends the box, unless it was told
   to observe, or to go on without (BOXLITE_ALLOWNET_STATIC=warn). */
static struct start look_at_start(struct facts_process *process)
{
    struct words *evidence = &process->coverage_evidence;
    struct facts_environment parent = {.known = false};
    struct start start = {.coverage = FACTS_COVERAGE_LAUNCHED, .silent = true};

    if (process->jailed && jail_starts_attach(process->bwrap)) {
        facts_say(evidence, "bwrap, process %d, was told to start it by " NAMES_COMMAND " attach",
                  (int)process->bwrap);
    } else if (process->jailed && has_command_bound(process->pid)) {
        facts_say(evidence, NAMES_COMMAND " is bound into its jail");
    } else if (is_beside_overlay(process->executable)) {
        /* The settings are the overlay's. */
        facts_say(evidence, "it is the shim of an overlay");
        return start;
    } else if (!process->jailed && process->parent_has_object) {
        facts_say(evidence, "its parent, process %d (%s), has our object loaded",
                  (int)process->parent, process->parent_name);
    } else {
        return (struct start){.coverage = FACTS_COVERAGE_UNKNOWN, .silent = true};
    }
    environment_of_process(process->parent, &parent);
    if (parent.known) {
        start.silent = parent.log_level > LOG_LEVEL_INFO;
        if (parent.mode == SETTINGS_OBSERVE) {
            start.coverage = FACTS_COVERAGE_OBSERVED;
        } else if (parent.mode == SETTINGS_OFF) {
            start.coverage = FACTS_COVERAGE_UNREPAIRED;
        }
        if (parent.mode != SETTINGS_ON) {
            facts_say(evidence, "the parent's environment has BOXLITE_ALLOWNET=%s",
                      settings_mode_name(parent.mode));
        }
    }
    words_clear(&parent.resolver);
    return start;
}

static void look_at_miss(struct facts_process *process)
{
    if (process->jailed) {
        facts_say(&process->coverage_evidence, "bwrap, process %d, was told to start it directly",
                  (int)process->bwrap);
    } else if (process->parent > 1 && !process->parent_known) {
        facts_say(&process->coverage_evidence, "its parent, process %d, may not be looked at",
                  (int)process->parent);
    } else if (process->parent > 1) {
        facts_say(&process->coverage_evidence, "its parent, process %d (%s), has no object of ours",
                  (int)process->parent, process->parent_name);
    } else {
        facts_say(&process->coverage_evidence, "the process that started it is gone");
    }
}

/* What the bridge says now is surer than what was logged, and that than how it was started. A log
   without a line of ours proves nothing where we were told to be silent. */
static enum facts_coverage decide(enum facts_coverage told, enum facts_coverage logged,
                                  const struct start *start)
{
    if (told == FACTS_COVERAGE_UNREPAIRED && logged == FACTS_COVERAGE_OBSERVED) {
        return logged;
    }
    if (told != FACTS_COVERAGE_UNKNOWN) {
        return told;
    }
    if (logged == FACTS_COVERAGE_UNREPAIRED && start->coverage == FACTS_COVERAGE_LAUNCHED &&
        start->silent) {
        return start->coverage;
    }
    return logged != FACTS_COVERAGE_UNKNOWN ? logged : start->coverage;
}

void coverage_read(struct facts_process *process)
{
    const enum facts_coverage told = box_zones_read(process->pid, &process->coverage_evidence);
    const enum facts_coverage logged = box_log_read(process->pid, &process->coverage_evidence);
    const struct start start = look_at_start(process);

    if (start.coverage == FACTS_COVERAGE_UNKNOWN) {
        look_at_miss(process);
    }
    process->coverage = decide(told, logged, &start);
    /* Into a jail there is no other way than through its command line. */
    if (process->coverage == FACTS_COVERAGE_UNKNOWN && process->jailed) {
        process->coverage = FACTS_COVERAGE_UNREPAIRED;
    }
}

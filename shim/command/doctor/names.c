/* Tables of names, one for each enumeration. */
#include "shim/command/doctor/names.h"

const char *facts_kind_name(enum facts_kind kind)
{
    static const char *const names[] = {
        [FACTS_KIND_FILE] = "file",       [FACTS_KIND_DIRECTORY] = "directory",
        [FACTS_KIND_SHIM] = "shim",       [FACTS_KIND_BRIDGE] = "bridge",
        [FACTS_KIND_SDK] = "sdk",         [FACTS_KIND_OVERLAY] = "overlay",
        [FACTS_KIND_PROCESS] = "process",
    };

    return names[kind];
}

const char *facts_linkage_name(enum facts_linkage linkage)
{
    static const char *const names[] = {
        [FACTS_LINKAGE_NONE] = "none",
        [FACTS_LINKAGE_STATIC] = "static",
        [FACTS_LINKAGE_DYNAMIC] = "dynamic",
        [FACTS_LINKAGE_SHARED] = "shared",
    };

    return names[linkage];
}

const char *facts_role_name(enum facts_role role)
{
    static const char *const names[] = {
        [FACTS_ROLE_OTHER] = "other",
        [FACTS_ROLE_SDK] = "sdk",
        [FACTS_ROLE_SHIM] = "shim",
        [FACTS_ROLE_START] = "start",
    };

    return names[role];
}

const char *facts_coverage_name(enum facts_coverage coverage)
{
    static const char *const names[] = {
        [FACTS_COVERAGE_UNKNOWN] = "unknown",       [FACTS_COVERAGE_REPAIRED] = "repaired",
        [FACTS_COVERAGE_LAUNCHED] = "launched",     [FACTS_COVERAGE_OBSERVED] = "observed",
        [FACTS_COVERAGE_UNREPAIRED] = "unrepaired", [FACTS_COVERAGE_NO_RULES] = "no-rules",
        [FACTS_COVERAGE_STARTING] = "starting",
    };

    return names[coverage];
}

const char *facts_symbols_name(enum symbols_status status)
{
    static const char *const names[] = {
        [SYMBOLS_OK] = "complete",           [SYMBOLS_NO_LOOKUPS] = "lookups-unknown",
        [SYMBOLS_UNREADABLE] = "unreadable", [SYMBOLS_FOREIGN] = "other-processor",
        [SYMBOLS_DYNAMIC] = "dynamic",       [SYMBOLS_STRIPPED] = "stripped",
        [SYMBOLS_NO_BRIDGE] = "incomplete",
    };

    return names[status];
}

const char *facts_answer_name(enum facts_answer answer)
{
    static const char *const names[] = {
        [FACTS_UNKNOWN] = "unknown",
        [FACTS_NO] = "no",
        [FACTS_YES] = "yes",
    };

    return names[answer];
}

/* Tables of names, one for each enumeration. */
#include "shim/command/doctor/names.h"

const char *const facts_kind_names[] = {
    [FACTS_KIND_FILE] = "file",       [FACTS_KIND_DIRECTORY] = "directory",
    [FACTS_KIND_SHIM] = "shim",       [FACTS_KIND_BRIDGE] = "bridge",
    [FACTS_KIND_SDK] = "sdk",         [FACTS_KIND_OVERLAY] = "overlay",
    [FACTS_KIND_PROCESS] = "process",
};

const char *const facts_linkage_names[] = {
    [FACTS_LINKAGE_NONE] = "none",
    [FACTS_LINKAGE_STATIC] = "static",
    [FACTS_LINKAGE_DYNAMIC] = "dynamic",
    [FACTS_LINKAGE_SHARED] = "shared",
};

const char *const facts_role_names[] = {
    [FACTS_ROLE_OTHER] = "other",
    [FACTS_ROLE_SDK] = "sdk",
    [FACTS_ROLE_SHIM] = "shim",
    [FACTS_ROLE_START] = "start",
};

const char *const facts_coverage_names[] = {
    [FACTS_COVERAGE_UNKNOWN] = "unknown",       [FACTS_COVERAGE_REPAIRED] = "repaired",
    [FACTS_COVERAGE_LAUNCHED] = "launched",     [FACTS_COVERAGE_OBSERVED] = "observed",
    [FACTS_COVERAGE_UNREPAIRED] = "unrepaired", [FACTS_COVERAGE_NO_RULES] = "no-rules",
    [FACTS_COVERAGE_STARTING] = "starting",
};

const char *const facts_symbols_names[] = {
    [SYMBOLS_OK] = "complete",           [SYMBOLS_NO_LOOKUPS] = "lookups-unknown",
    [SYMBOLS_UNREADABLE] = "unreadable", [SYMBOLS_FOREIGN] = "other-processor",
    [SYMBOLS_DYNAMIC] = "dynamic",       [SYMBOLS_STRIPPED] = "stripped",
    [SYMBOLS_NO_BRIDGE] = "incomplete",
};

const char *const facts_answer_names[] = {
    [FACTS_UNKNOWN] = "unknown",
    [FACTS_NO] = "no",
    [FACTS_YES] = "yes",
};

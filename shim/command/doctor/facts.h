/*
 * What was found out about a deployment: no judgement in here, that is verdict.h's. Each structure
 * is filled by the file that is named after it. Lists of text are struct words whose strings are
 * owned; findings_clear and facts_host_clear free them.
 */
#ifndef DOCTOR_FACTS_H
#define DOCTOR_FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "shim/base/words.h"
#include "shim/boxlite/image.h"
#include "shim/boxlite/symbols.h"
#include "shim/command/doctor/trial.h"
#include "shim/plan/settings.h"

enum facts_linkage {
    FACTS_LINKAGE_NONE,
    FACTS_LINKAGE_STATIC,  /* the bridge is inside a static shim */
    FACTS_LINKAGE_DYNAMIC, /* the bridge is inside an executable that the loader starts */
    FACTS_LINKAGE_SHARED   /* the bridge is a shared library */
};

/* The bridge in a file, or the lack of one. */
struct facts_build {
    char path[PATH_MAX];      /* the file it is in */
    bool found;               /* there is a bridge */
    bool imports;             /* there is none, but it loads one, which was not found */
    bool embedded;            /* as an ELF image inside the file */
    enum image_health health; /* whether it needs the repair */
    enum facts_linkage linkage;
    enum symbols_status symbols; /* of a static one: what attach would make of it */
    int create_arguments;        /* 0 if it cannot be told */
    const char *generation;      /* RELEASE_OLD_KEY, RELEASE_NEW_KEY, or NULL; constant */
    char release[64];            /* "0.9.7", or a range such as "0.9.0 to 0.9.5"; "" unknown */
    bool exact;                  /* that is one release, known by its revision */
    char revision[64];           /* Go's build info; "" without */
    char go_version[32];
    char matcher[32];      /* version of gvisor-tap-vsock */
    struct words evidence; /* sentences about the release */
};

/* What the environment of a process, or our own, says. */
struct facts_environment {
    bool known;             /* it could be read */
    char preload[PATH_MAX]; /* our object, as LD_PRELOAD has it; "" if it does not */
    bool preload_missing;   /* ... but that file is not there */
    enum settings_mode mode;
    enum settings_static static_shims;
    enum log_level log_level;
    char fault[1024];            /* bad values of our variables */
    char doubt[512];             /* what was probably not meant among them */
    char runtime_dir[PATH_MAX];  /* BOXLITE_RUNTIME_DIR; "" unset */
    char library_path[PATH_MAX]; /* LD_LIBRARY_PATH, as far as it fits */
    char home[PATH_MAX];
    struct words resolver; /* "RES_OPTIONS=..." and the like: what changes who resolves */
};

/* A directory that our overlay command has made. */
struct facts_overlay {
    bool found;
    bool damaged;
    char distrust[256]; /* why its own shim would not start what is in it; "" */
    char directory[PATH_MAX];
    char release[64];
    char revision[64]; /* of the shim in it, as for a build; "" if it has none */
    char generation[64];
    struct words known; /* releases of boxlite that are in use beside it, "0.9.7 in PATH" */
    bool fits;          /* one of them is the overlay's, or there is none to compare with */
};

enum facts_role {
    FACTS_ROLE_OTHER,
    FACTS_ROLE_SDK,
    FACTS_ROLE_SHIM,
    FACTS_ROLE_START /* our command, about to become a shim */
};

enum facts_coverage {
    FACTS_COVERAGE_UNKNOWN,
    FACTS_COVERAGE_STARTING, /* our helper has it now */
    FACTS_COVERAGE_REPAIRED,
    FACTS_COVERAGE_LAUNCHED, /* started by us; that the create was repaired is not seen */
    FACTS_COVERAGE_OBSERVED, /* decided and logged, not changed */
    FACTS_COVERAGE_UNREPAIRED,
    FACTS_COVERAGE_NO_RULES /* the box has no host on its allowlist */
};

/* The systemd service that a process belongs to. */
struct facts_unit {
    char name[256];        /* "" if it belongs to none */
    bool of_user;          /* of a user's own manager */
    bool asked;            /* the manager has told the rest */
    char file[PATH_MAX];   /* "" if it has none */
    char source[PATH_MAX]; /* what a generator made that of, such as a quadlet; "" for none */
    char drop_ins[1024];   /* separated by spaces; "" for none */
    bool filters;          /* SystemCallFilter= is set */
    bool denies_ptrace;    /* ... and denies a call that attach needs */
    char denied[64];       /* which */
};

struct facts_process {
    bool found;
    pid_t pid;
    uid_t uid;
    char name[64];
    char executable[PATH_MAX];
    char library[PATH_MAX];       /* the SDK's or bridge's file in its memory, to be opened */
    char library_shown[PATH_MAX]; /* ... as the process knows it */
    enum facts_role role;
    bool maps_known;
    char object[PATH_MAX]; /* ours in its memory; "" if it is not */
    bool jailed;
    pid_t bwrap;       /* its outermost ancestor that is bwrap; 0 */
    pid_t parent;      /* who started shim or jail; 0 */
    bool parent_known; /* its memory map could be read */
    bool parent_has_object;
    char parent_name[64];
    int seccomp; /* as /proc/PID/status: 0 none, 1 strict, 2 filter; -1 unknown */
    bool no_new_privileges;
    bool may_ptrace;   /* CAP_SYS_PTRACE */
    char profile[256]; /* of AppArmor's, enforced, that denies ptrace; "" */
    pid_t tracer;
    enum facts_coverage coverage;
    struct words coverage_evidence;
    struct facts_environment environment;
    struct facts_unit unit;
};

enum facts_answer { FACTS_UNKNOWN, FACTS_NO, FACTS_YES };

struct facts_host {
    char object[PATH_MAX];         /* the installed one, beside our command; "" if there is none */
    char object_problem[PATH_MAX]; /* ... then why */
    char command[PATH_MAX];

    char bwrap[PATH_MAX];   /* "" if there is none on PATH */
    char bwrap_version[64]; /* "" if it did not say */
    bool bwrap_setuid;

    struct trial trial; /* of ptrace */
    int seccomp;        /* of this process; as above */

    struct words refused; /* boxes of this user that were refused, and why; the newest first */
    struct words nameservers;
    struct words search;
    struct words options;
    struct words hosts_modules; /* of nsswitch.conf's hosts line */
    size_t hosts_entries;       /* names in /etc/hosts but those of this machine and localhost */
    struct words hosts_names;   /* the first of them */
    bool no_resolv_conf;
    struct words fault4; /* what sends a static shim into the host's NSS modules */

    char init_name[64]; /* of pid 1 */
    enum facts_answer init_reaps;
    size_t zombies;                       /* whose parent is pid 1 */
    struct facts_environment environment; /* our own */
};

enum facts_kind {
    FACTS_KIND_FILE,
    FACTS_KIND_DIRECTORY, /* one with nothing of boxlite below it */
    FACTS_KIND_SHIM,
    FACTS_KIND_BRIDGE,
    FACTS_KIND_SDK,
    FACTS_KIND_OVERLAY,
    FACTS_KIND_PROCESS
};

/* One thing that was looked at. */
struct facts {
    enum facts_kind kind;
    char target[PATH_MAX]; /* as it is to be shown */
    char package[64];      /* "npm 0.9.7", "Python 0.9.7"; "" unknown */
    bool unpacked;         /* by an SDK, into the user's home */
    bool left_over;        /* ... that is not seen any more, while another is */
    struct facts_build build;
    struct facts_overlay overlay;
    struct facts_process process;
};

/* What was looked at, in this order. */
struct findings {
    struct facts *list;
    size_t count;
    bool failed;         /* memory was short: some are missing */
    size_t denied;       /* processes and directories that may not be looked at */
    bool cut;            /* a directory has more below it than is looked into */
    bool incomplete;     /* of what was named, something was not looked at */
    struct words places; /* where was looked, where nothing was named */
};

/* A new one at the end, zeroed but for its kind and target; NULL when memory is short. Earlier
   pointers are no longer good. */
struct facts *findings_add(struct findings *findings, enum facts_kind kind, const char *target);

/* Takes the last one back; the first. */
void findings_drop(struct findings *findings);
void findings_drop_first(struct findings *findings);
void findings_clear(struct findings *findings);

/* Adds a sentence; memory that is short shows as words->failed. */
__attribute__((format(printf, 2, 3))) void facts_say(struct words *words, const char *format, ...);
void facts_host_clear(struct facts_host *host);

#endif

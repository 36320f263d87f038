/* The process that becomes the shim: it makes its helper, and executes. */
#include "shim/attach/attach.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/attach/border.h"
#include "shim/attach/forbidden.h"
#include "shim/attach/helper.h"
#include "shim/attach/thread/tracee.h"
#include "shim/base/descriptors.h"
#include "shim/base/keep.h"
#include "shim/base/log.h"
#include "shim/base/names.h"
#include "shim/base/search_path.h"
#include "shim/boxlite/image.h"
#include "shim/boxlite/symbols.h"
#include "shim/plan/handover.h"
#include "shim/plan/settings.h"

struct request {
    int handover;
    const char *argv0;
    bool own_lookups;
    const char *path;
    char **argv;
    char found[PATH_MAX]; /* the path of a name without one */
};

static bool read_request(char **arguments, struct request *out)
{
    *out = (struct request){.handover = -1};
    for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments++) {
        if (strcmp(*arguments, "--own-lookups") == 0) {
            out->own_lookups = true;
        } else if (strcmp(*arguments, "--handover") == 0 && arguments[1] != NULL) {
            char *end;
            const long number = strtol(*++arguments, &end, 10);

            out->handover = **arguments != '\0' && *end == '\0' && number >= 0 && number <= INT_MAX
                                ? (int)number
                                : -1;
        } else if (strcmp(*arguments, "--argv0") == 0 && arguments[1] != NULL) {
            out->argv0 = *++arguments;
        } else {
            return false;
        }
    }
    if (out->handover < 0 || *arguments == NULL || arguments[1] == NULL) {
        return false;
    }
    out->argv = arguments + 1;
    out->path = out->argv[0];
    /* bwrap looks for its command as execvp(3) does. */
    if (strchr(out->path, '/') == NULL &&
        search_path_find(out->path, out->found, sizeof(out->found))) {
        out->path = out->found;
    }
    if (out->argv0 != NULL) {
        out->argv[0] = (char *)out->argv0;
    }
    return true;
}

/* ---- what the two say to each other: whole words, or nothing ---- */

static bool say(int channel, const void *word, size_t size)
{
    ssize_t count;

    do {
        count = send(channel, word, size, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count == (ssize_t)size;
}

/* False with errno: EPIPE if the other one is gone, EBADMSG for what is not of that size. */
static bool hear(int channel, void *word, size_t size)
{
    ssize_t count;

    do {
        count = recv(channel, word, size, 0);
    } while (count < 0 && errno == EINTR);
    if (count >= 0 && (size_t)count != size) {
        errno = count == 0 ? EPIPE : EBADMSG;
    }
    return count == (ssize_t)size;
}

/* ---- the helper's side ---- */

/*
 * Takes hold of `parent`, and of nobody else: 0, or an errno, as tracee_hold.
 *
 * A pid is no proof. Our parent may end at any moment; we are then the child of a process that has
 * nothing to do with us, and its pid may be given to another. What proves who it is is that getppid
 * still gives it: no process that we can inherit, an ancestor, has that pid. So it is asked once
 * more when the pid is ours to keep, and before anything is done that the other one would notice.
 * Against being stopped or frozen between the two there is the signal at our parent's end: it comes
 * before anybody can wait for it, and its pid be free.
 */
static int hold(pid_t parent, bool *ends_with_us)
{
    int error;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        return ESRCH;
    }
    error = tracee_seize(parent);
    if (error != 0) {
        return error;
    }
    if (getppid() != parent) {
        return ESRCH;
    }
    /* Its end is for us to tell. */
    prctl(PR_SET_PDEATHSIG, 0);
    return tracee_hold(parent, ends_with_us);
}

/* Says whether the tracee is held, which it waits for, and does the work. */
static _Noreturn void be_helper(int channel, pid_t pid, const struct helper_task *task)
{
    const struct log log = {.threshold = LOG_LEVEL_ERROR, .file = task->settings->log_file};
    struct forbidden verdict = {0};
    bool ends_with_us = false;
    char text[1024];
    char go;

    /* The tracee waits for permission to be given to us. */
    if (!hear(channel, &go, sizeof(go))) {
        _exit(EXIT_FAILED);
    }
    verdict.error = hold(pid, &ends_with_us);
    if (ends_with_us) {
        forbidden_describe_loss(verdict.error, text, sizeof(text));
        log_line(&log, LOG_LEVEL_ERROR, "%s", text);
        _exit(EXIT_FAILED);
    }
    if (verdict.error != 0) {
        verdict.access = forbidden_try_access(pid);
    }
    if (say(channel, &verdict, sizeof(verdict))) {
        close(channel);
        if (verdict.error == 0) {
            helper_run(pid, task);
        }
    } else if (verdict.error == 0) {
        border_describe_helper("send", errno, text, sizeof(text));
        log_line(&log, LOG_LEVEL_ERROR, "%s", text);
    }
    _exit(0);
}

/* The shim's input, its watchdog and all the rest it must be able to close alone. Secrets pass
   through our memory: no core dump of it. */
static void prepare_helper(int channel)
{
    prctl(PR_SET_DUMPABLE, 0);
    for (int descriptor = STDIN_FILENO; descriptor <= STDOUT_FILENO; descriptor++) {
        if (descriptor != channel) {
            close(descriptor);
        }
    }
    if (channel > STDERR_FILENO + 1) {
        descriptors_close(STDERR_FILENO + 1, (unsigned)channel - 1);
    }
    descriptors_close((unsigned)channel + 1, UINT_MAX);
}

/* ---- the future shim's side ---- */

/*
 * A child that sends no signal when it ends, so that a shim that counts its children, or handles
 * SIGCHLD, learns nothing of it; fork(2) cannot do that. It has all signals blocked from the start:
 * those for the process group are the shim's to judge.
 */
static pid_t fork_silently(void)
{
    sigset_t all;
    sigset_t before;
    pid_t child;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    child = (pid_t)syscall(SYS_clone, 0L, NULL, NULL, NULL, 0L);
    if (child != 0) {
        KEEP_ERRNO;

        sigprocmask(SIG_SETMASK, &before, NULL);
    }
    return child;
}

static int wait_for(pid_t helper)
{
    int status = 0;

    while (waitpid(helper, &status, __WALL) < 0 && errno == EINTR) {
        continue;
    }
    return status;
}

/* What the helper says: true if it holds us. Else what keeps it from that is in `text`. */
static bool learn_from(pid_t helper, int channel, char *text, size_t size)
{
    struct forbidden verdict = {0};
    const char *call = "send";

    if (say(channel, "", 1)) {
        call = "recv";
        if (hear(channel, &verdict, sizeof(verdict)) && verdict.error == 0) {
            close(channel);
            return true;
        }
    }
    if (verdict.error == 0 && errno != EPIPE) {
        border_describe_helper(call, errno, text, size);
        /* It may hold us all the same: it ends after us, unless it finds nobody to tell. */
        return false;
    }
    close(channel);
    if (verdict.error != 0) {
        wait_for(helper);
        forbidden_describe(&verdict, text, size);
    } else {
        forbidden_describe_death(wait_for(helper), text, size);
    }
    return false;
}

/* Likewise, with a helper that it starts. */
static bool be_held(const struct helper_task *task, char *text, size_t size)
{
    const pid_t self = getpid();
    int channel[2];
    pid_t helper;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0) {
        border_describe_helper("socketpair", errno, text, size);
        return false;
    }
    helper = fork_silently();
    if (helper == 0) {
        prepare_helper(channel[1]);
        be_helper(channel[1], self, task);
    }
    if (helper < 0) {
        border_describe_helper("clone", errno, text, size);
        close(channel[0]);
        close(channel[1]);
        return false;
    }
    close(channel[1]);
    /* Yama lets nobody but an ancestor trace us, unless we say so; EINVAL where it is not there. */
    prctl(PR_SET_PTRACER, (unsigned long)helper);
    return learn_from(helper, channel[0], text, size);
}

/* A parent that finds its pipe broken reports that, and not what is on our standard error. */
static void drain_input(void)
{
    char buffer[4096];
    ssize_t count;

    do {
        count = read(STDIN_FILENO, buffer, sizeof(buffer));
    } while (count > 0 || (count < 0 && errno == EINTR));
    explicit_bzero(buffer, sizeof(buffer));
}

/* By raw system call: our own libc's may be the preload's, which would bring us here again. */
static int execute(const struct request *request)
{
    int error;

    syscall(SYS_execve, request->path, request->argv, environ);
    error = errno;
    drain_input();
    fprintf(stderr, "boxlite-allownet: cannot run %s: %s\n", request->path, strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* The setting that forbids to end a start for want of the repair; NULL if there is none. */
static const char *tolerant_setting(const struct settings *settings)
{
    if (settings->mode == SETTINGS_OBSERVE) {
        return "BOXLITE_ALLOWNET=observe";
    }
    return settings->static_shims == SETTINGS_STATIC_WARN ? "BOXLITE_ALLOWNET_STATIC=warn" : NULL;
}

static int stop_at_border(const struct request *request, const struct settings *settings,
                          const char *text)
{
    const struct log log = {.threshold = LOG_LEVEL_WARN, .file = settings->log_file};
    const char *setting = tolerant_setting(settings);

    if (setting != NULL) {
        log_line(&log, LOG_LEVEL_WARN, "%s (%s: started unrepaired)", text, setting);
        return execute(request);
    }
    drain_input();
    log_line(&log, LOG_LEVEL_ERROR, "%s", text);
    return EXIT_FAILED;
}

/* Whether nothing that the shim lacks keeps us from the task. */
static bool is_in_reach(enum symbols_status status, const struct request *request,
                        const struct settings *settings)
{
    /* Lookups are left alone while observing. */
    return status == SYMBOLS_OK || (status == SYMBOLS_NO_LOOKUPS &&
                                    (request->own_lookups || settings->mode == SETTINGS_OBSERVE));
}

/* Launch has looked at the file already, unless it is to be seen only inside the jail. */
static enum image_kind look_at(const struct request *request, const struct settings *settings)
{
    const struct log log = {.threshold = settings->log_level, .file = settings->log_file};
    const enum image_kind kind = image_read(request->path);

    if (kind == IMAGE_UNAFFECTED) {
        image_tell_unaffected(&log, request->path);
    }
    return kind;
}

int attach_main(char **arguments)
{
    static struct settings settings;
    struct symbols symbols;
    struct handover handover;
    struct request request;
    enum symbols_status status;
    enum image_kind kind;
    char text[1024];
    int result;

    if (!read_request(arguments, &request)) {
        fputs("boxlite-allownet: attach is for launch to call: attach --handover FD [--argv0 NAME] "
              "[--own-lookups] -- SHIM [ARGUMENT...]\n",
              stderr);
        return EXIT_FAILED;
    }
    if (handover_read(request.handover, &handover) != 0) {
        const int error = errno;

        drain_input();
        fprintf(stderr, "boxlite-allownet: allowNet: cannot read descriptor %d from launch: %s\n",
                request.handover, strerror(error));
        return EXIT_FAILED;
    }
    settings_read(handover.environment.list, &settings);
    if (settings.mode == SETTINGS_OFF) {
        return execute(&request);
    }
    kind = look_at(&request, &settings);
    if (kind == IMAGE_UNAFFECTED) {
        return execute(&request);
    }
    if (kind == IMAGE_UNKNOWN) {
        border_describe_unknown(request.path, text, sizeof(text));
        result = stop_at_border(&request, &settings, text);
        handover_clear(&handover);
        return result;
    }
    status = symbols_read(request.path, &symbols);
    border_describe_shim(status, request.path, errno, text, sizeof(text));
    if (is_in_reach(status, &request, &settings)) {
        const struct helper_task task = {.symbols = &symbols,
                                         .handover = &handover,
                                         .settings = &settings,
                                         .answers_lookups = !request.own_lookups};

        result = be_held(&task, text, sizeof(text)) ? execute(&request)
                                                    : stop_at_border(&request, &settings, text);
    } else {
        result = stop_at_border(&request, &settings, text);
    }
    handover_clear(&handover);
    return result;
}

/*
 * Runs a command in new network and mount namespaces: nothing but a loopback interface, and an /etc
 * in which resolv.conf, hosts and nsswitch.conf are the test's. No process stays in between.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/sandbox_etc.h"

/* As env(1) and chroot(8) have it, so that our own failures can be told from the command's. */
#define EXIT_SANDBOX       125
#define EXIT_NOT_RUN       126
#define EXIT_NOT_FOUND     127
#define ETC_FILES_MAX      16U
#define ETC_FILES_STANDARD 3U

static const char help[] =
    "usage: sandbox [--etc NAME=FILE]... [--etc-dir DIR] [--hide NAME]... [--address ADDRESS] "
    "[--]\n"
    "               COMMAND [ARG]...\n"
    "\n"
    "Runs COMMAND with a network of its own, in which only lo is there, and an /etc of its own, "
    "in\n"
    "which resolv.conf, hosts and nsswitch.conf are private: `nameserver 127.0.0.1`, localhost,\n"
    "`hosts: files dns`. What COMMAND writes to them reaches nobody else. Other files in /etc are\n"
    "the machine's own. Signals are unblocked and have their default actions. COMMAND sees "
    "ALLOWNET_SANDBOX=1 and is killed when whoever started it "
    "(the\n"
    "thread that did, to be exact) ends.\n"
    "  --etc NAME=FILE  /etc/NAME begins as a copy of FILE\n"
    "  --etc-dir DIR    the three are those of DIR, also when they change, appear or vanish there\n"
    "  --hide NAME      there is no /etc/NAME\n"
    "  --address IPV4   lo has this address too, and with it a route to its class A, B or C "
    "network\n"
    "Exit 125: no sandbox, the failed system call on stderr; 126, 127: COMMAND cannot be run, is "
    "not\n"
    "there; else as COMMAND.\n";

struct options {
    struct sandbox_etc_file files[ETC_FILES_MAX];
    size_t file_count;
    char *directory;        /* absolute; owned */
    struct in_addr address; /* a second one for lo; 0.0.0.0: none */
    char **command;         /* the rest of argv */
};

static int failed(const char *call, const char *subject)
{
    fprintf(stderr, "sandbox: %s%s%s: %s\n", call, subject[0] == '\0' ? "" : " ", subject,
            strerror(errno));
    return EXIT_SANDBOX;
}

static int usage(const char *text, const char *word)
{
    fprintf(stderr, "sandbox: %s%s (try --help)\n", text, word);
    return EXIT_SANDBOX;
}

/* The entry for `name`, a new one if need be; NULL if it cannot have one. */
static struct sandbox_etc_file *file_for(struct options *options, const char *name)
{
    if (name[0] == '\0' || strlen(name) > NAME_MAX || strchr(name, '/') != NULL) {
        return NULL;
    }
    for (size_t i = 0; i < options->file_count; i++) {
        if (strcmp(options->files[i].name, name) == 0) {
            return &options->files[i];
        }
    }
    if (options->file_count == ETC_FILES_MAX) {
        return NULL;
    }
    options->files[options->file_count].name = name;
    return &options->files[options->file_count++];
}

static int use_copy(struct options *options, char *argument)
{
    char *equals = strchr(argument, '=');
    struct sandbox_etc_file *file;

    if (equals == NULL) {
        return usage("not NAME=FILE: ", argument);
    }
    *equals = '\0';
    file = file_for(options, argument);
    if (file == NULL) {
        return usage("no file in /etc, or too many: ", argument);
    }
    file->source = SANDBOX_ETC_COPY;
    file->fd = open(equals + 1, O_RDONLY | O_CLOEXEC);
    return file->fd < 0 ? failed("open", equals + 1) : 0;
}

static int use_directory(struct options *options, const char *path)
{
    free(options->directory);
    options->directory = realpath(path, NULL);
    if (options->directory == NULL) {
        return failed("realpath", path);
    }
    for (size_t i = 0; i < ETC_FILES_STANDARD; i++) {
        if (options->files[i].source == SANDBOX_ETC_BUILTIN) {
            options->files[i].source = SANDBOX_ETC_LINKED;
        }
    }
    return 0;
}

static int hide(struct options *options, const char *name)
{
    struct sandbox_etc_file *file = file_for(options, name);

    if (file == NULL) {
        return usage("no file in /etc, or too many: ", name);
    }
    file->source = SANDBOX_ETC_HIDDEN;
    return 0;
}

static int use_address(struct options *options, const char *text)
{
    if (inet_pton(AF_INET, text, &options->address) != 1) {
        return usage("not an IPv4 address: ", text);
    }
    return 0;
}

/* Returns 0, or the exit status with a text on stderr. */
static int parse_options(int argc, char **argv, struct options *out)
{
    static const struct sandbox_etc_file standard[ETC_FILES_STANDARD] = {
        {.name = "resolv.conf", .content = "nameserver 127.0.0.1\n"},
        {.name = "hosts", .content = "127.0.0.1 localhost\n::1 localhost\n"},
        {.name = "nsswitch.conf", .content = "passwd: files\ngroup: files\nhosts: files dns\n"},
    };
    static const struct option known[] = {{"etc", required_argument, NULL, 'e'},
                                          {"etc-dir", required_argument, NULL, 'd'},
                                          {"hide", required_argument, NULL, 'h'},
                                          {"address", required_argument, NULL, 'a'},
                                          {NULL, 0, NULL, 0}};
    int result = 0;
    int option;

    memcpy(out->files, standard, sizeof(standard));
    out->file_count = ETC_FILES_STANDARD;
    while (result == 0 && (option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
        if (option == 'e') {
            result = use_copy(out, optarg);
        } else if (option == 'd') {
            result = use_directory(out, optarg);
        } else if (option == 'h') {
            result = hide(out, optarg);
        } else if (option == 'a') {
            result = use_address(out, optarg);
        } else {
            result = EXIT_SANDBOX;
        }
    }
    if (result == 0 && optind == argc) {
        result = usage("a command is needed", "");
    }
    out->command = argv + optind;
    return result;
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t written;

    if (fd < 0) {
        return failed("open", path);
    }
    written = write(fd, text, strlen(text));
    close(fd);
    return written < 0 ? failed("write", path) : 0;
}

/* Becomes root in a new user namespace; the caller's id is the only one there. */
static int map_ids(uid_t uid, gid_t gid)
{
    char map[64];
    int result = write_file("/proc/self/setgroups", "deny");

    snprintf(map, sizeof(map), "0 %u 1", uid);
    if (result == 0) {
        result = write_file("/proc/self/uid_map", map);
    }
    snprintf(map, sizeof(map), "0 %u 1", gid);
    if (result == 0) {
        result = write_file("/proc/self/gid_map", map);
    }
    return result;
}

static int make_namespaces(void)
{
    const int wanted = CLONE_NEWNS | CLONE_NEWNET;
    const uid_t uid = geteuid();
    const gid_t gid = getegid();

    if (unshare(wanted) == 0) {
        return 0;
    }
    if (errno != EPERM) {
        return failed("unshare", "(mount, network)");
    }
    if (unshare(wanted | CLONE_NEWUSER) != 0) {
        return failed("unshare", "(user, mount, network)");
    }
    return map_ids(uid, gid);
}

static int make_mounts_private(void)
{
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Climbs from the working directory to the root of the mount namespace, which is not ours in a
   chroot, and makes it the root. Climbing ends at the process's root only, hence the detour. */
static int climb_to_namespace_root(void)
{
    struct stat below;
    struct stat here;

    if (chdir("/") != 0 || chroot("/etc") != 0 || stat(".", &here) != 0) {
        return -1;
    }
    do {
        below = here;
        if (chdir("..") != 0 || stat(".", &here) != 0) {
            return -1;
        }
    } while (below.st_ino != here.st_ino || below.st_dev != here.st_dev);
    return chroot(".");
}

/* In a chroot "/" need not be a mount, and a mount made there would spread to the machine where the
   mount around it is shared. So all are made private from the top. */
static int isolate_mounts(void)
{
    int root;
    int result = EXIT_SANDBOX;

    if (make_mounts_private() == 0) {
        return 0;
    }
    if (errno != EINVAL) {
        return failed("mount", "(private)");
    }
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return failed("open", "/");
    }
    if (climb_to_namespace_root() != 0) {
        result = failed("chroot", "(namespace root)");
    } else if (make_mounts_private() != 0) {
        result = failed("mount", "(private)");
    } else if (fchdir(root) != 0 || chroot(".") != 0) {
        result = failed("chroot", "(back)");
    } else {
        result = 0;
    }
    close(root);
    return result;
}

static int start_loopback(struct in_addr address)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    struct ifreq second = {.ifr_name = "lo:1"};
    const struct sockaddr_in wanted = {.sin_family = AF_INET, .sin_addr = address};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result = 0;

    if (fd < 0) {
        return failed("socket", "");
    }
    if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) {
        result = failed("ioctl", "SIOCSIFFLAGS lo");
    }
    /* The kernel takes the network's size from the address's class. */
    memcpy(&second.ifr_addr, &wanted, sizeof(wanted));
    if (result == 0 && address.s_addr != 0 && ioctl(fd, SIOCSIFADDR, &second) != 0) {
        result = failed("ioctl", "SIOCSIFADDR lo:1");
    }
    close(fd);
    return result;
}

/* Isolates the mounts and puts the private /etc in place, keeping the working directory. */
static int make_etc_private(const struct options *options)
{
    const char *call = "";
    int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int result;

    if (here < 0) {
        return failed("open", ".");
    }
    result = isolate_mounts();
    if (result == 0 &&
        sandbox_etc_mount(options->files, options->file_count, options->directory, &call) != 0) {
        result = failed(call, "(/etc)");
    }
    if (result == 0 && fchdir(here) != 0) {
        result = failed("fchdir", "");
    }
    close(here);
    return result;
}

/* Last before exec, since a change of credentials would undo it. */
static int die_with_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return failed("prctl", "PR_SET_PDEATHSIG");
    }
    /* It may have ended before that. */
    return getppid() == parent ? 0 : EXIT_SANDBOX;
}

/* A shell's background jobs ignore SIGINT, and so would all that is tested in them. */
static void reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number <= SIGRTMAX; number++) {
        (void)signal(number, SIG_DFL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char **argv)
{
    const pid_t parent = getppid();
    struct options options = {0};
    int result;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return fputs(help, stdout) == EOF ? EXIT_SANDBOX : 0;
    }
    result = parse_options(argc, argv, &options);
    if (result == 0) {
        result = make_namespaces();
    }
    if (result == 0) {
        result = start_loopback(options.address);
    }
    if (result == 0) {
        result = make_etc_private(&options);
    }
    if (result == 0 && setenv("ALLOWNET_SANDBOX", "1", 1) != 0) {
        result = failed("setenv", "");
    }
    if (result == 0) {
        result = die_with_parent(parent);
    }
    reset_signals();
    if (result == 0) {
        execvp(options.command[0], options.command);
        result = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
        fprintf(stderr, "sandbox: %s: %s\n", options.command[0], strerror(errno));
    }
    free(options.directory);
    return result;
}

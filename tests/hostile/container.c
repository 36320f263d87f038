/*
 * container [--no-ptrace | --no-memory] COMMAND [ARGUMENT...]: runs COMMAND under a seccomp filter
 * as a container of Docker has it by default, without further capabilities: what is not listed
 * fails with EPERM, clone3 with ENOSYS, namespaces are denied (moby,
 * profiles/seccomp/default.json).
 *
 * That profile allows ptrace from Linux 4.8 on, and process_vm_readv and process_vm_writev with it.
 * --no-memory is that of Docker 20.10 and containerd 1.6, which allow ptrace alone (20.10.24,
 * profiles/seccomp/default_linux.go; v1.6.20, contrib/seccomp/seccomp_default.go). Older engines,
 * and other profiles, allow none of the three: --no-ptrace.
 */
#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Calls that x86_64 and aarch64 have, by what they are about. */
static const char allowed[] =
    /* files */
    "access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat "
    "faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchown fchownat fcntl fdatasync flock "
    "fstat fstatfs fsync ftruncate futimesat getcwd getdents getdents64 ioctl lchown link linkat "
    "lseek lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2 pipe "
    "pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat "
    "readv "
    "rename renameat renameat2 rmdir sendfile splice stat statfs statx symlink symlinkat sync "
    "sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat utimes vmsplice "
    "write "
    "writev fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr "
    "lremovexattr lsetxattr removexattr setxattr inotify_add_watch inotify_init inotify_init1 "
    "inotify_rm_watch fanotify_mark landlock_add_rule landlock_create_ruleset "
    "landlock_restrict_self "
    /* waiting */
    "epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 "
    "poll "
    "ppoll pselect6 select signalfd signalfd4 io_cancel io_destroy io_getevents io_pgetevents "
    "io_setup "
    "io_submit timer_create timer_delete timer_getoverrun timer_gettime timer_settime "
    "timerfd_create "
    "timerfd_gettime timerfd_settime "
    /* sockets, System V, message queues */
    "accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg "
    "recvmsg "
    "sendmmsg sendmsg sendto setsockopt shutdown socketpair mq_getsetattr mq_notify mq_open "
    "mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop "
    "semtimedop "
    "shmat shmctl shmdt shmget "
    /* memory */
    "brk madvise membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mprotect "
    "mremap msync munlock munlockall munmap remap_file_pages "
    /* processes, signals, ids */
    "alarm arch_prctl capget capset execve execveat exit exit_group fork futex futex_waitv "
    "get_robust_list getcpu getegid geteuid getgid getgroups getitimer getpgid getpgrp getpid "
    "getppid "
    "getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid ioprio_get "
    "ioprio_set "
    "kill nanosleep modify_ldt pause pidfd_open pidfd_send_signal prctl prlimit64 process_mrelease "
    "restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
    "rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min "
    "sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval "
    "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp "
    "set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid "
    "setpriority "
    "setregid setresgid setresuid setreuid setrlimit setsid setuid sigaltstack tgkill tkill vfork "
    "wait4 waitid "
    /* clocks, the system */
    "adjtimex clock_adjtime clock_getres clock_gettime clock_nanosleep getrandom gettimeofday "
    "sysinfo "
    "time times uname ";

static const char tracing[] = "ptrace ";
/* What engines since Docker 23 allow besides. */
static const char since[] = "process_vm_readv process_vm_writev name_to_handle_at pkey_alloc "
                            "pkey_free pkey_mprotect ";

enum engine { CURRENT, NO_MEMORY, NO_PTRACE };

static const unsigned long namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                        CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

/* Names that this processor does not have are left out. Returns 0, or a negative errno. */
static int allow(scmp_filter_ctx filter, const char *names)
{
    char list[sizeof(allowed)];
    char *rest = NULL;
    int result = 0;

    memcpy(list, names, strlen(names) + 1);
    for (char *name = strtok_r(list, " ", &rest); name != NULL && result == 0;
         name = strtok_r(NULL, " ", &rest)) {
        const int number = seccomp_syscall_resolve_name(name);

        if (number >= 0) {
            result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
        }
    }
    return result;
}

static int fill(scmp_filter_ctx filter, enum engine engine)
{
    int result = allow(filter, allowed);

    if (result == 0 && engine != NO_PTRACE) {
        result = allow(filter, tracing);
    }
    if (result == 0 && engine == CURRENT) {
        result = allow(filter, since);
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                  SCMP_A0(SCMP_CMP_NE, AF_VSOCK, 0));
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1,
                                  SCMP_A0(SCMP_CMP_EQ, 0, 0));
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces, 0));
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    }
    return result;
}

int main(int argc, char **argv)
{
    const enum engine engine = argc < 2                              ? CURRENT
                               : strcmp(argv[1], "--no-ptrace") == 0 ? NO_PTRACE
                               : strcmp(argv[1], "--no-memory") == 0 ? NO_MEMORY
                                                                     : CURRENT;
    char **const command = argv + (engine == CURRENT ? 1 : 2);
    scmp_filter_ctx filter;
    int result;

    if (argc < 2 || *command == NULL) {
        fprintf(stderr, "usage: container [--no-ptrace | --no-memory] COMMAND [ARGUMENT...]\n");
        return 2;
    }
    filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    result = filter == NULL ? -ENOMEM : fill(filter, engine);
    if (result == 0) {
        result = seccomp_load(filter);
    }
    seccomp_release(filter);
    if (result == 0) {
        execvp(command[0], command);
        result = -errno;
    }
    fprintf(stderr, "container: %s\n", strerror(-result));
    return 1;
}

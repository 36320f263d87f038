/*
 * Starting a command beside the server, and measuring it: from the fork to its end.
 */
#include "tests/support/dns_command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/dns_serve.h"

#define EXIT_NOT_RUN 127

static void run_child(char **argv)
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(argv[0], argv);
    perror(argv[0]);
    _exit(EXIT_NOT_RUN);
}

int dns_command_start(char **argv, struct dns_command *out)
{
    out->begun_ns = dns_server_now_ns();
    out->pid = fork();
    if (out->pid == 0) {
        run_child(argv);
    }
    return out->pid < 0 ? -1 : 0;
}

int dns_command_reap(struct dns_command *command, int fd)
{
    char line[64];
    int status;

    if (command->pid == 0 || waitpid(command->pid, &status, WNOHANG) != command->pid) {
        return 0;
    }
    command->pid = 0;
    snprintf(line, sizeof(line), "ended %d %lld\n",
             WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
             (long long)(dns_server_now_ns() - command->begun_ns) / 1000);
    return dns_server_write_line(fd, line, strlen(line)) == 0 ? 1 : -1;
}

/*
 * The scripted DNS server of the tests: commands on stdin, and the loop.
 *
 * One thread, so that the order of events is the order of the log. The script language is described
 * in the help text in dns_options.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/dns_command.h"
#include "tests/support/dns_options.h"
#include "tests/support/dns_serve.h"

struct commands {
    char text[64];
    size_t size;
    bool ended; /* stdin is at its end */
};

static int print_line(const char *line)
{
    return dns_server_write_line(STDOUT_FILENO, line, strlen(line));
}

/* Replaces the script of the server. Returns 0, or the exit status with a text on stderr. */
static int load_script(struct dns_server *server, const char *path)
{
    const char **hosts = calloc(server->listener_count, sizeof(*hosts));
    struct dns_script script;
    char error[512] = "out of memory";
    int result = -1;

    if (hosts != NULL) {
        for (size_t i = 0; i < server->listener_count; i++) {
            hosts[i] = server->listeners[i].host;
        }
        result =
            dns_script_read(path, hosts, server->listener_count, &script, error, sizeof(error));
    }
    free(hosts);
    if (result != 0) {
        fprintf(stderr, "dns-server: %s\n", error);
        return DNS_EXIT_USAGE;
    }
    dns_script_clear(&server->script);
    server->script = script;
    return 0;
}

static int open_listeners(struct dns_server *server, const struct dns_options *options)
{
    server->listeners = calloc(options->listen_count, sizeof(*server->listeners));
    if (server->listeners == NULL) {
        return dns_options_usage("out of memory", "");
    }
    for (size_t i = 0; i < options->listen_count; i++) {
        char error[256];

        if (dns_listener_open(options->listen[i], &server->listeners[i], error, sizeof(error)) !=
            0) {
            fprintf(stderr, "dns-server: %s\n", error);
            return DNS_EXIT_SYSTEM;
        }
        server->listener_count++;
    }
    return 0;
}

static int print_ready(const struct dns_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        char line[128];

        snprintf(line, sizeof(line), "ready %s\n", server->listeners[i].name);
        if (print_line(line) != 0) {
            return DNS_EXIT_SYSTEM;
        }
    }
    return 0;
}

static int obey(struct dns_server *server, const struct dns_options *options, const char *command)
{
    int result = 0;

    if (strcmp(command, "reload") == 0) {
        result = load_script(server, options->script);
        if (result == 0 && print_line("reloaded\n") != 0) {
            result = DNS_EXIT_SYSTEM;
        }
    } else if (strcmp(command, "reset") == 0) {
        if (dns_server_reset(server) != 0 || print_line("reset\n") != 0) {
            result = DNS_EXIT_SYSTEM;
        }
    } else if (strcmp(command, "sync") == 0) {
        if (print_line("synced\n") != 0) {
            result = DNS_EXIT_SYSTEM;
        }
    } else {
        result = dns_options_usage("unknown command: ", command);
    }
    return result;
}

static int read_commands(struct dns_server *server, const struct dns_options *options,
                         struct commands *commands)
{
    ssize_t got = read(STDIN_FILENO, commands->text + commands->size,
                       sizeof(commands->text) - 1 - commands->size);
    char *newline;

    if (got < 0 && errno == EINTR) {
        return 0;
    }
    if (got <= 0) {
        commands->ended = true;
        return 0;
    }
    commands->size += (size_t)got;
    commands->text[commands->size] = '\0';
    while ((newline = strchr(commands->text, '\n')) != NULL) {
        int result;

        *newline = '\0';
        result = obey(server, options, commands->text);
        if (result != 0) {
            return result;
        }
        commands->size -= (size_t)(newline + 1 - commands->text);
        memmove(commands->text, newline + 1, commands->size + 1);
    }
    if (commands->size == sizeof(commands->text) - 1) {
        return dns_options_usage("unknown command: ", commands->text);
    }
    return 0;
}

/* Descriptors in the order in which serve_once looks at them: signals, stdin, each listener's two,
   each connection's one. */
#define FIXED_FDS 2U

static size_t fill_fds(const struct dns_server *server, const struct commands *commands,
                       int signals, struct pollfd *fds)
{
    size_t count = 0;

    fds[count++] = (struct pollfd){.fd = signals, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = commands->ended ? -1 : STDIN_FILENO, .events = POLLIN};
    for (size_t i = 0; i < server->listener_count; i++) {
        fds[count++] = (struct pollfd){.fd = server->listeners[i].udp, .events = POLLIN};
        fds[count++] = (struct pollfd){.fd = server->listeners[i].tcp, .events = POLLIN};
    }
    for (size_t i = 0; i < server->connections.count; i++) {
        const struct dns_connection *connection = server->connections.list[i];
        short events = connection->out_size > 0 ? POLLIN | POLLOUT : POLLIN;

        fds[count++] = (struct pollfd){.fd = connection->fd, .events = events};
    }
    return count;
}

/* Waits until something is readable or a delayed reply is due. */
static int wait_for(const struct dns_delays *delays, struct pollfd *fds, size_t count)
{
    struct timespec timeout = {0};

    if (delays->count > 0) {
        int64_t left = delays->heap[0].due_ns - dns_server_now_ns();

        if (left > 0) {
            timeout.tv_sec = (time_t)(left / 1000000000);
            timeout.tv_nsec = (long)(left % 1000000000);
        }
    }
    return ppoll(fds, count, delays->count > 0 ? &timeout : NULL, NULL);
}

static int serve_sockets(struct dns_server *server, const struct pollfd *fds, size_t count)
{
    const size_t first = FIXED_FDS + 2 * server->listener_count;

    for (size_t i = 0; first + i < count; i++) {
        struct dns_connection *connection = server->connections.list[i];
        short events = fds[first + i].revents;

        if ((events & POLLOUT) != 0) {
            dns_connection_flush(connection);
        }
        if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 &&
            dns_server_read_tcp(server, connection) != 0) {
            return DNS_EXIT_SYSTEM;
        }
    }
    for (size_t i = 0; i < server->listener_count; i++) {
        if (fds[FIXED_FDS + 2 * i].revents != 0 && dns_server_read_udp(server, i) != 0) {
            return DNS_EXIT_SYSTEM;
        }
        if (fds[FIXED_FDS + 2 * i + 1].revents != 0) {
            dns_connections_accept(&server->connections, server->listeners[i].tcp, i);
        }
    }
    return 0;
}

/* Whether the server is to end: for a signal to do so, or because the command has ended. */
static bool is_to_end(int signals, struct dns_command *command, int *result)
{
    struct signalfd_siginfo info;
    int reaped;

    if (read(signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo != SIGCHLD) {
        return true;
    }
    reaped = dns_command_reap(command, STDOUT_FILENO);
    *result = reaped < 0 ? DNS_EXIT_SYSTEM : 0;
    return reaped != 0;
}

/* Returns 0 at a good end, else the exit status. */
static int serve(struct dns_server *server, const struct dns_options *options, int signals,
                 struct dns_command *command)
{
    struct commands commands = {0};
    struct pollfd *fds = NULL;
    int result = 0;

    while (result == 0) {
        size_t room = FIXED_FDS + 2 * server->listener_count + server->connections.count;
        struct pollfd *grown = realloc(fds, room * sizeof(*fds));
        size_t count;
        int ready;

        if (grown == NULL) {
            result = DNS_EXIT_SYSTEM;
            break;
        }
        fds = grown;
        count = fill_fds(server, &commands, signals, fds);
        ready = wait_for(&server->delays, fds, count);
        if (ready < 0) {
            result = errno == EINTR ? 0 : DNS_EXIT_SYSTEM;
            continue;
        }
        dns_server_send_due(server);
        if (fds[0].revents != 0 && is_to_end(signals, command, &result)) {
            break;
        }
        result = serve_sockets(server, fds, count);
        dns_connections_sweep(&server->connections);
        /* A command waits until the sockets are quiet, so that it comes after what was sent before
           it, on a connection not accepted yet too. */
        if (result == 0 && ready == 1 && fds[1].revents != 0) {
            result = read_commands(server, options, &commands);
        }
        if (commands.ended && options->stdin_eof) {
            break;
        }
    }
    free(fds);
    return result;
}

/* A descriptor that is readable when the server is to end. */
static int watch_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int run(struct dns_server *server, const struct dns_options *options)
{
    struct dns_command command = {0};
    int signals = -1;
    int result;

    server->log = STDOUT_FILENO;
    if (options->log != NULL) {
        server->log = open(options->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    }
    if (server->log < 0) {
        fprintf(stderr, "dns-server: %s: %s\n", options->log, strerror(errno));
        return DNS_EXIT_SYSTEM;
    }
    result = dns_counters_init(&server->counters) != 0 ? DNS_EXIT_SYSTEM : 0;
    if (result == 0) {
        result = open_listeners(server, options);
    }
    if (result == 0) {
        result = load_script(server, options->script);
    }
    if (result == 0) {
        signals = watch_signals();
        result = signals < 0 ? DNS_EXIT_SYSTEM : print_ready(server);
    }
    if (result == 0 && options->command != NULL) {
        result = dns_command_start(options->command, &command) != 0 ? DNS_EXIT_SYSTEM : 0;
    }
    if (result == 0) {
        result = serve(server, options, signals, &command);
        if (result == DNS_EXIT_SYSTEM) {
            fprintf(stderr, "dns-server: ended: %s\n", strerror(errno));
        }
    }
    if (signals >= 0) {
        close(signals);
    }
    if (options->log != NULL) {
        close(server->log);
    }
    return result;
}

int main(int argc, char **argv)
{
    struct dns_options options = {0};
    struct dns_server server = {0};
    int result;

    /* A reader that went away shows as EPIPE, and the server ends in order. */
    signal(SIGPIPE, SIG_IGN);
    result = dns_options_parse(argc, argv, &options);
    if (result == 0 && options.help) {
        result =
            printf("%s%s", dns_options_help, dns_options_help_script) < 0 ? DNS_EXIT_SYSTEM : 0;
    } else if (result == 0) {
        result = run(&server, &options);
    }
    dns_server_clear(&server);
    free(options.listen);
    return result;
}

/*
 * Socket functions of our own stand between c-ares and the kernel. They make sockets close-on-exec
 * from the start (c-ares 1.18 does it a moment later, and another thread of the host may fork and
 * exec in between), remember a shortage of descriptors, connect to link-local servers with their
 * zone, and look at datagrams first: empty ones and strays are dropped, because some c-ares
 * versions fail every query of the channel over them.
 */
#include "resolver/channel.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DNS_HEADER_SIZE = 12, DNS_NAME_MAX = 255 };

static struct channel_socket *channel_socket_find(struct channel *channel, int fd)
{
    for (size_t i = 0; i < channel->socket_count; i++) {
        if (channel->sockets[i].fd == fd) {
            return &channel->sockets[i];
        }
    }
    return NULL;
}

static bool channel_socket_reserve(struct channel *channel)
{
    size_t capacity = channel->socket_capacity == 0 ? 2 : 2 * channel->socket_capacity;
    struct channel_socket *grown;

    if (channel->socket_count < channel->socket_capacity) {
        return true;
    }
    grown = realloc(channel->sockets, capacity * sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    channel->sockets = grown;
    channel->socket_capacity = capacity;
    return true;
}

/* After a system call on a socket; leaves errno alone. */
static void channel_note_error(struct channel *channel, ssize_t status)
{
    if (status < 0 && errno != EAGAIN && errno != EINPROGRESS && errno != EINTR) {
        channel->socket_error = true;
    }
}

static ares_socket_t socket_open(int family, int type, int protocol, void *context)
{
    struct channel *channel = context;
    int on = 1;
    int fd;

    if (!channel_socket_reserve(channel)) {
        channel->socket_shortage = true;
        errno = ENOMEM;
        return ARES_SOCKET_BAD;
    }
    fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) {
        /* Other errors (no IPv6 here, say) only mean that this nameserver cannot be reached. */
        channel->socket_shortage =
            errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
        return ARES_SOCKET_BAD;
    }
    if (type == SOCK_STREAM) {
        channel->used_tcp = true;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    channel->sockets[channel->socket_count++] =
        (struct channel_socket){.fd = fd, .events = 0, .stream = type == SOCK_STREAM};
    return fd;
}

static int socket_close(ares_socket_t fd, void *context)
{
    struct channel *channel = context;
    struct channel_socket *found = channel_socket_find(channel, fd);

    if (found != NULL) {
        *found = channel->sockets[--channel->socket_count];
    }
    return close(fd);
}

static int socket_connect(ares_socket_t fd, const struct sockaddr *address, ares_socklen_t length,
                          void *context)
{
    struct channel *channel = context;
    int status;

    /* The same address, but with the zone that c-ares 1.18 cannot carry. */
    (void)address;
    (void)length;
    status =
        connect(fd, &channel->options.server->address.any, channel->options.server->address_length);
    channel_note_error(channel, status);
    return status;
}

static ares_ssize_t socket_send(ares_socket_t fd, const struct iovec *parts, int count,
                                void *context)
{
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    ssize_t sent;

    /* A broken connection must not raise SIGPIPE in the host. */
    sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    channel_note_error(context, sent);
    return sent;
}

/* The length of the question's name in `message`, root label included; 0 if there is no such. */
static size_t question_name_length(const unsigned char *message, size_t size)
{
    size_t at = DNS_HEADER_SIZE;

    while (at < size && message[at] != 0) {
        if (message[at] > 63) {
            return 0;
        }
        at += 1U + message[at];
    }
    at++;
    return at + 4 <= size && at - DNS_HEADER_SIZE <= DNS_NAME_MAX ? at - DNS_HEADER_SIZE : 0;
}

/* True if c-ares shall see the datagram. */
static bool datagram_passes(struct channel *channel, const unsigned char *message, size_t size)
{
    size_t name_length;
    bool response;
    bool cut;

    if (size < DNS_HEADER_SIZE) {
        return false;
    }
    response = (message[2] & 0x80) != 0;
    cut = (message[2] & 0x02) != 0;
    name_length = question_name_length(message, size);
    if (!response || message[4] != 0 || message[5] != 1 || name_length == 0) {
        return false;
    }
    if (!cut) {
        return true;
    }
    if (channel->options.cut == NULL) {
        return true;
    }
    const unsigned char *type = message + DNS_HEADER_SIZE + name_length;
    channel->options.cut(channel->options.context, channel, message + DNS_HEADER_SIZE,
                         (unsigned)type[0] << 8 | type[1]);
    return false;
}

static ares_ssize_t socket_receive(ares_socket_t fd, void *buffer, size_t size, int flags,
                                   struct sockaddr *from, ares_socklen_t *from_length,
                                   void *context)
{
    struct channel *channel = context;
    const struct channel_socket *found = channel_socket_find(channel, fd);
    ares_socklen_t room = from_length != NULL ? *from_length : 0;
    ssize_t received;

    do {
        if (from_length != NULL) {
            *from_length = room;
        }
        received = recvfrom(fd, buffer, size, flags, from, from_length);
    } while (received >= 0 && found != NULL && !found->stream &&
             !datagram_passes(channel, buffer, (size_t)received));
    channel_note_error(channel, received);
    return received;
}

static const struct ares_socket_functions socket_functions = {
    .asocket = socket_open,
    .aclose = socket_close,
    .aconnect = socket_connect,
    .arecvfrom = socket_receive,
    .asendv = socket_send,
};

static void socket_state_changed(void *context, ares_socket_t fd, int readable, int writable)
{
    struct channel_socket *found = channel_socket_find(context, fd);

    if (found != NULL) {
        found->events = (short)((readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0));
    }
}

static int channel_init(struct channel *channel)
{
    const struct channel_options *options = &channel->options;
    struct in_addr placeholder = {.s_addr = htonl(INADDR_LOOPBACK)};
    char lookups_files[] = "fb";
    char lookups_dns[] = "bf";
    /*
     * NOCHECKRESP hands SERVFAIL and REFUSED up as they are; left to itself c-ares 1.18 reports
     * both, and a closed port too, as "connection refused".
     */
    struct ares_options values = {
        .flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOALIASES,
        .timeout = options->timeout_ms,
        .tries = 1,
        .ndots = 1,
        .servers = &placeholder,
        .nservers = 1,
        .lookups = options->dns_first ? lookups_dns : lookups_files,
        .sock_state_cb = socket_state_changed,
        .sock_state_cb_data = channel,
        .qcache_max_ttl = 0, /* no cache: a retry must ask anew */
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SERVERS |
               ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB | ARES_OPT_QUERY_CACHE;
    int status;

    if (options->kind != CHANNEL_SEARCH) {
        /*
         * An empty search list, not a trailing dot: the dot would hide /etc/hosts. With all of
         * these set c-ares 1.18 does not even open resolv.conf.
         */
        mask |= ARES_OPT_DOMAINS | ARES_OPT_NDOTS;
    }
    if (options->kind == CHANNEL_SHARED) {
        values.flags |= ARES_FLAG_IGNTC;
    }
    if (options->kind == CHANNEL_TCP) {
        values.flags |= ARES_FLAG_USEVC;
    }
    status = ares_init_options(&channel->ares, &values, mask);
    if (status != ARES_SUCCESS) {
        channel->ares = NULL;
        return status;
    }
    /* Servers first: c-ares 1.34 looks zones up through the socket functions, and ours know none.
     */
    status = ares_set_servers_ports_csv(channel->ares, options->server->text);
    ares_set_socket_functions(channel->ares, &socket_functions, channel);
    return status;
}

struct channel *channel_create(const struct channel_options *options, int *status)
{
    struct channel *channel = calloc(1, sizeof(*channel));

    if (channel == NULL) {
        *status = ARES_ENOMEM;
        return NULL;
    }
    channel->options = *options;
    *status = channel_init(channel);
    if (*status != ARES_SUCCESS) {
        channel_destroy(channel);
        channel = NULL;
    }
    return channel;
}

void channel_destroy(struct channel *channel)
{
    if (channel == NULL) {
        return;
    }
    if (channel->ares != NULL) {
        ares_destroy(channel->ares);
    }
    free(channel->sockets);
    free(channel);
}

size_t channel_poll(const struct channel *channel, struct pollfd *fds)
{
    for (size_t i = 0; i < channel->socket_count; i++) {
        fds[i] =
            (struct pollfd){.fd = channel->sockets[i].fd, .events = channel->sockets[i].events};
    }
    return channel->socket_count;
}

void channel_process(struct channel *channel, const struct pollfd *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* An error shows when c-ares reads or writes, whichever it waits for. */
        bool broken = (fds[i].revents & (POLLERR | POLLHUP)) != 0;
        bool readable = (fds[i].revents & POLLIN) != 0 || broken;
        bool writable = (fds[i].revents & POLLOUT) != 0 || (broken && (fds[i].events & POLLOUT));

        if (readable || writable) {
            ares_process_fd(channel->ares, readable ? fds[i].fd : ARES_SOCKET_BAD,
                            writable ? fds[i].fd : ARES_SOCKET_BAD);
        }
    }
}

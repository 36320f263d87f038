/*
 * Framing: gvisor-tap-vsock v0.8.7, pkg/tap/protocols.go (qemuProtocol), four bytes of length in
 * network order before each Ethernet frame. One guest at a time; another waits in the backlog.
 */
#include "tests/support/standin_box.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/guest_net.h"
#include "tests/support/standin_dns.h"

enum {
    PREFIX = 4,
    ETHERNET = 14,
    IPV4 = 20,
    UDP = 8,
    ARP = 28,
    DNS_PORT = 53,
    FRAME_MAX = 2048, /* more than an MTU of 1500 can make */
    BACKLOG = 8
};

static const unsigned char gateway_mac[6] = {0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xdd};

struct standin_box {
    const struct standin_zones *zones;
    struct sockaddr_un address;
    int listener;
    int stop; /* readable: the thread is to end */
    pthread_t thread;
};

/* Waits for input at `fd`; false once the box is to end. */
static bool await(const struct standin_box *box, int fd)
{
    struct pollfd wait[] = {{.fd = box->stop, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

    while (poll(wait, 2, -1) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return wait[0].revents == 0;
}

/* Sends a frame back to where `from` came from; `frame` has room for the headers. A guest that does
   not read is given up. */
static bool reply(int fd, const unsigned char *from, unsigned ethertype, unsigned char *frame,
                  size_t payload)
{
    const size_t length = ETHERNET + payload;

    guest_net_put16(frame, 0);
    guest_net_put16(frame + 2, (unsigned)length);
    memcpy(frame + PREFIX, from + 6, 6);
    memcpy(frame + PREFIX + 6, gateway_mac, 6);
    guest_net_put16(frame + PREFIX + 12, ethertype);
    return send(fd, frame, PREFIX + length, MSG_NOSIGNAL | MSG_DONTWAIT) ==
           (ssize_t)(PREFIX + length);
}

static bool take_arp(int fd, const unsigned char *frame, size_t length)
{
    const struct in_addr gateway = guest_net_gateway();
    const unsigned char *const request = frame + ETHERNET;
    unsigned char out[PREFIX + ETHERNET + ARP];
    unsigned char *const answer = out + PREFIX + ETHERNET;

    if (length < ETHERNET + ARP || guest_net_get16(request + 6) != 1 ||
        memcmp(request + 24, &gateway, 4) != 0) {
        return true;
    }
    memcpy(answer, request, 6);
    guest_net_put16(answer + 6, 2);
    memcpy(answer + 8, gateway_mac, 6);
    memcpy(answer + 14, &gateway, 4);
    memcpy(answer + 18, request + 8, 10);
    return reply(fd, frame, 0x0806, out, ARP);
}

/* A DNS question that came in UDP is answered; every other packet is dropped. */
static bool take_ipv4(const struct standin_box *box, int fd, const unsigned char *frame,
                      size_t length)
{
    const struct in_addr gateway = guest_net_gateway();
    const unsigned char *const ip = frame + ETHERNET;
    const unsigned char *const udp = ip + IPV4;
    unsigned char out[PREFIX + ETHERNET + IPV4 + UDP + STANDIN_DNS_MAX] = {0};
    unsigned char *const ip_out = out + PREFIX + ETHERNET;
    unsigned char *const udp_out = ip_out + IPV4;
    size_t size;

    if (length < ETHERNET + IPV4 + UDP || ip[0] != 0x45 || ip[9] != IPPROTO_UDP ||
        memcmp(ip + 16, &gateway, 4) != 0 || guest_net_get16(udp + 2) != DNS_PORT) {
        return true;
    }
    size = guest_net_get16(udp + 4);
    if (size < UDP || size > length - ETHERNET - IPV4) {
        return true;
    }
    size = standin_dns_answer(box->zones, udp + UDP, size - UDP, udp_out + UDP);
    if (size == 0) {
        return true;
    }
    ip_out[0] = 0x45;
    guest_net_put16(ip_out + 2, (unsigned)(IPV4 + UDP + size));
    ip_out[8] = 64;
    ip_out[9] = IPPROTO_UDP;
    memcpy(ip_out + 12, &gateway, 4);
    memcpy(ip_out + 16, ip + 12, 4);
    guest_net_put16(ip_out + 10, guest_net_checksum_fold(guest_net_checksum_add(0, ip_out, IPV4)));
    guest_net_put16(udp_out, DNS_PORT);
    memcpy(udp_out + 2, udp, 2);
    /* No checksum, which UDP in IPv4 may do without (RFC 768). */
    guest_net_put16(udp_out + 4, (unsigned)(UDP + size));
    return reply(fd, frame, 0x0800, out, IPV4 + UDP + size);
}

static bool take_frame(const struct standin_box *box, int fd, const unsigned char *frame,
                       size_t length)
{
    if (length < ETHERNET) {
        return true;
    }
    switch (guest_net_get16(frame + 12)) {
    case 0x0806:
        return take_arp(fd, frame, length);
    case 0x0800:
        return take_ipv4(box, fd, frame, length);
    default:
        return true;
    }
}

static void serve_guest(const struct standin_box *box, int fd)
{
    unsigned char input[PREFIX + FRAME_MAX];
    size_t filled = 0;

    while (await(box, fd)) {
        const ssize_t got = recv(fd, input + filled, sizeof(input) - filled, MSG_DONTWAIT);
        size_t taken = 0;

        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            continue;
        }
        if (got <= 0) {
            return;
        }
        filled += (size_t)got;
        while (filled - taken >= PREFIX) {
            const unsigned char *const at = input + taken;
            const size_t length = (size_t)guest_net_get16(at) << 16 | guest_net_get16(at + 2);

            if (length > FRAME_MAX) {
                return;
            }
            if (length > filled - taken - PREFIX) {
                break;
            }
            if (!take_frame(box, fd, at + PREFIX, length)) {
                return;
            }
            taken += PREFIX + length;
        }
        filled -= taken;
        memmove(input, input + taken, filled);
    }
}

static void *serve(void *argument)
{
    const struct standin_box *const box = argument;

    while (await(box, box->listener)) {
        const int guest = accept4(box->listener, NULL, NULL, SOCK_CLOEXEC);

        if (guest < 0) {
            continue;
        }
        serve_guest(box, guest);
        close(guest);
    }
    return NULL;
}

/* Signals are for the host's own threads. */
static int thread_start(struct standin_box *box)
{
    sigset_t all, before;
    int fault;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    fault = pthread_create(&box->thread, NULL, serve, box);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -fault;
}

int standin_box_start(const char *path, const struct standin_zones *zones, struct standin_box **out)
{
    struct standin_box *const box = calloc(1, sizeof(*box));
    bool bound = false;
    int status = 0;

    *out = NULL;
    if (box == NULL) {
        return -ENOMEM;
    }
    box->zones = zones;
    box->address.sun_family = AF_UNIX;
    box->stop = eventfd(0, EFD_CLOEXEC);
    box->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof(box->address.sun_path)) {
        status = -ENAMETOOLONG;
        goto out;
    }
    memcpy(box->address.sun_path, path, strlen(path));
    (void)unlink(path);
    if (box->stop >= 0 && box->listener >= 0) {
        bound =
            bind(box->listener, (const struct sockaddr *)&box->address, sizeof(box->address)) == 0;
    }
    if (!bound || listen(box->listener, BACKLOG) != 0) {
        status = -errno;
    } else {
        status = thread_start(box);
    }
out:
    if (status == 0) {
        *out = box;
        return 0;
    }
    if (bound) {
        (void)unlink(path);
    }
    if (box->listener >= 0) {
        close(box->listener);
    }
    if (box->stop >= 0) {
        close(box->stop);
    }
    free(box);
    return status;
}

void standin_box_end(struct standin_box *box)
{
    if (box == NULL) {
        return;
    }
    (void)eventfd_write(box->stop, 1);
    pthread_join(box->thread, NULL);
    (void)unlink(box->address.sun_path);
    close(box->listener);
    close(box->stop);
    free(box);
}

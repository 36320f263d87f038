/*
 * See guest_net.h. Framing: gvisor-tap-vsock v0.8.7, pkg/tap/protocols.go (qemuProtocol), four
 * bytes of length in network order before each frame. The gateway asks for the guest's hardware
 * address by ARP before it sends anything, so every wait also answers ARP.
 */
#include "tests/support/guest_net.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    MAC_SIZE = 6,
    ETHERTYPE_AT = 2 * MAC_SIZE,
    ETHERNET_HEADER = ETHERTYPE_AT + 2,
    ETHER_ARP = 0x0806,
    ETHER_IPV4 = 0x0800,
    ARP_SIZE = 28,
    ARP_REQUEST = 1,
    ARP_REPLY = 2,
    IPV4_HEADER = 20,
    FRAME_MAX = ETHERNET_HEADER + IPV4_HEADER + GUEST_NET_PAYLOAD_MAX,
    PREFIX = 4,
    INPUT_SIZE = 65536,
    OPEN_TIMEOUT_MS = 5000,
    ARP_RETRY_MS = 500,
    SEND_TIMEOUT_S = 5
};

struct guest_net {
    int fd;
    bool gateway_known;
    unsigned char gateway_mac[MAC_SIZE];
    uint16_t next_id;
    size_t filled; /* bytes of `input` that are there */
    size_t taken;  /* of these, the ones already handed out */
    unsigned char input[INPUT_SIZE];
};

static const unsigned char guest_mac[MAC_SIZE] = {0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xee};
static const unsigned char broadcast_mac[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct in_addr guest_net_guest(void)
{
    return (struct in_addr){.s_addr = htonl(0xc0a87f02)};
}

struct in_addr guest_net_gateway(void)
{
    return (struct in_addr){.s_addr = htonl(0xc0a87f01)};
}

int64_t guest_net_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void guest_net_put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

uint16_t guest_net_get16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t guest_net_checksum_add(uint32_t sum, const unsigned char *data, size_t length)
{
    size_t i;

    for (i = 0; i + 1 < length; i += 2) {
        sum += guest_net_get16(data + i);
    }
    if (i < length) {
        sum += (uint32_t)data[i] << 8;
    }
    return sum;
}

uint16_t guest_net_checksum_fold(uint32_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static int frame_send(struct guest_net *net, const unsigned char *destination, unsigned ethertype,
                      const unsigned char *payload, size_t length)
{
    unsigned char wire[PREFIX + FRAME_MAX];
    const size_t frame = ETHERNET_HEADER + length;
    size_t sent = 0;

    if (frame > FRAME_MAX) {
        return -EMSGSIZE;
    }
    guest_net_put16(wire, 0);
    guest_net_put16(wire + 2, (unsigned)frame);
    memcpy(wire + PREFIX, destination, MAC_SIZE);
    memcpy(wire + PREFIX + MAC_SIZE, guest_mac, MAC_SIZE);
    guest_net_put16(wire + PREFIX + ETHERTYPE_AT, ethertype);
    memcpy(wire + PREFIX + ETHERNET_HEADER, payload, length);
    while (sent < PREFIX + frame) {
        ssize_t n = send(net->fd, wire + sent, PREFIX + frame - sent, MSG_NOSIGNAL);
        if (n >= 0) {
            sent += (size_t)n;
        } else if (errno != EINTR) {
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        }
    }
    return 0;
}

/* Points *frame at the next complete frame of the input, if there is one. It stays there until more
   input is read. */
static bool frame_next(struct guest_net *net, const unsigned char **frame, size_t *length)
{
    const unsigned char *at = net->input + net->taken;
    const size_t there = net->filled - net->taken;

    if (there < PREFIX) {
        return false;
    }
    *length = (size_t)guest_net_get16(at) << 16 | guest_net_get16(at + 2);
    if (*length > there - PREFIX) {
        return false;
    }
    *frame = at + PREFIX;
    net->taken += PREFIX + *length;
    return true;
}

static int input_read(struct guest_net *net, int64_t deadline_ms)
{
    struct pollfd wait = {.fd = net->fd, .events = POLLIN};
    const int64_t left = deadline_ms - guest_net_now_ms();
    ssize_t n;

    memmove(net->input, net->input + net->taken, net->filled - net->taken);
    net->filled -= net->taken;
    net->taken = 0;
    if (net->filled == INPUT_SIZE) {
        return -EPROTO; /* a frame longer than any that this network can carry */
    }
    if (left <= 0) {
        return -ETIMEDOUT;
    }
    if (poll(&wait, 1, left > 60000 ? 60000 : (int)left) < 0 && errno != EINTR) {
        return -errno;
    }
    if (wait.revents == 0) {
        return 0;
    }
    n = recv(net->fd, net->input + net->filled, INPUT_SIZE - net->filled, MSG_DONTWAIT);
    if (n == 0) {
        return -ECONNRESET;
    }
    if (n < 0) {
        return errno == EINTR || errno == EAGAIN ? 0 : -errno;
    }
    net->filled += (size_t)n;
    return 0;
}

static int arp_send(struct guest_net *net, unsigned operation, const unsigned char *target_mac,
                    const unsigned char *target_address)
{
    const struct in_addr guest = guest_net_guest();
    unsigned char arp[ARP_SIZE] = {0, 1, 8, 0, MAC_SIZE, 4};

    guest_net_put16(arp + 6, operation);
    memcpy(arp + 8, guest_mac, MAC_SIZE);
    memcpy(arp + 14, &guest, 4);
    memcpy(arp + 18, target_mac, MAC_SIZE);
    memcpy(arp + 24, target_address, 4);
    return frame_send(net, operation == ARP_REQUEST ? broadcast_mac : target_mac, ETHER_ARP, arp,
                      sizeof(arp));
}

static int arp_received(struct guest_net *net, const unsigned char *arp, size_t length)
{
    const struct in_addr guest = guest_net_guest(), gateway = guest_net_gateway();
    const unsigned char *sender_mac = arp + 8, *sender = arp + 14, *target = arp + 24;
    unsigned operation;

    if (length < ARP_SIZE) {
        return 0;
    }
    operation = guest_net_get16(arp + 6);
    if (operation == ARP_REPLY && memcmp(sender, &gateway, 4) == 0) {
        memcpy(net->gateway_mac, sender_mac, MAC_SIZE);
        net->gateway_known = true;
    }
    if (operation == ARP_REQUEST && memcmp(target, &guest, 4) == 0) {
        return arp_send(net, ARP_REPLY, sender_mac, sender);
    }
    return 0;
}

/* Whether `data` is a whole IPv4 packet for the guest; if so it is in *packet. */
static bool ipv4_received(const unsigned char *data, size_t length, struct guest_packet *packet)
{
    const struct in_addr guest = guest_net_guest();
    size_t header, total;

    if (length < IPV4_HEADER || data[0] >> 4 != 4) {
        return false;
    }
    header = (size_t)(data[0] & 15) * 4;
    total = guest_net_get16(data + 2);
    if (header < IPV4_HEADER || total < header || total > length) {
        return false;
    }
    if (guest_net_checksum_fold(guest_net_checksum_add(0, data, header)) != 0) {
        return false;
    }
    if ((guest_net_get16(data + 6) & 0x3fff) != 0 || memcmp(data + 16, &guest, 4) != 0) {
        return false;
    }
    if (total - header > sizeof(packet->payload)) {
        return false;
    }
    memcpy(&packet->source, data + 12, 4);
    packet->protocol = data[9];
    packet->length = total - header;
    memcpy(packet->payload, data + header, packet->length);
    return true;
}

/* Handles input until a packet for the guest is in *packet or, where that is NULL, until the
   gateway's hardware address is known. */
static int input_handle(struct guest_net *net, int64_t deadline_ms, struct guest_packet *packet)
{
    const unsigned char *frame = NULL;
    size_t length = 0;
    int rc = 0;

    while (rc == 0) {
        if (!frame_next(net, &frame, &length)) {
            rc = input_read(net, deadline_ms);
            continue;
        }
        if (length < ETHERNET_HEADER) {
            continue;
        }
        switch (guest_net_get16(frame + ETHERTYPE_AT)) {
        case ETHER_ARP:
            rc = arp_received(net, frame + ETHERNET_HEADER, length - ETHERNET_HEADER);
            if (!packet && net->gateway_known) {
                return rc;
            }
            break;
        case ETHER_IPV4:
            if (packet &&
                ipv4_received(frame + ETHERNET_HEADER, length - ETHERNET_HEADER, packet)) {
                return 0;
            }
            break;
        default:
            break;
        }
    }
    return rc;
}

static int gateway_find(struct guest_net *net)
{
    static const unsigned char nobody[MAC_SIZE];
    const struct in_addr gateway = guest_net_gateway();
    const int64_t deadline = guest_net_now_ms() + OPEN_TIMEOUT_MS;
    int rc = -ETIMEDOUT;

    while (rc == -ETIMEDOUT && guest_net_now_ms() < deadline) {
        unsigned char address[4];

        memcpy(address, &gateway, 4);
        rc = arp_send(net, ARP_REQUEST, nobody, address);
        if (rc == 0) {
            rc = input_handle(net, guest_net_now_ms() + ARP_RETRY_MS, NULL);
        }
    }
    return rc;
}

int guest_net_open(const char *socket_path, struct guest_net **out)
{
    const struct timeval send_timeout = {.tv_sec = SEND_TIMEOUT_S};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct guest_net *net = NULL;
    int rc = 0;

    *out = NULL;
    if (strlen(socket_path) >= sizeof(address.sun_path)) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, socket_path, strlen(socket_path));
    net = calloc(1, sizeof(*net));
    if (!net) {
        return -ENOMEM;
    }
    net->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (net->fd < 0 ||
        setsockopt(net->fd, SOL_SOCKET, SO_SNDTIMEO, &send_timeout, sizeof(send_timeout)) != 0 ||
        connect(net->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        rc = -errno;
    } else {
        rc = gateway_find(net);
    }
    if (rc == 0) {
        *out = net;
    } else {
        guest_net_close(net);
    }
    return rc;
}

void guest_net_close(struct guest_net *net)
{
    if (!net) {
        return;
    }
    if (net->fd >= 0) {
        close(net->fd);
    }
    free(net);
}

int guest_net_send(struct guest_net *net, struct in_addr destination, uint8_t protocol,
                   const unsigned char *payload, size_t length)
{
    const struct in_addr guest = guest_net_guest();
    unsigned char packet[IPV4_HEADER + GUEST_NET_PAYLOAD_MAX] = {0x45};

    if (length > GUEST_NET_PAYLOAD_MAX) {
        return -EMSGSIZE;
    }
    guest_net_put16(packet + 2, (unsigned)(IPV4_HEADER + length));
    guest_net_put16(packet + 4, net->next_id++);
    packet[8] = 64;
    packet[9] = protocol;
    memcpy(packet + 12, &guest, 4);
    memcpy(packet + 16, &destination, 4);
    guest_net_put16(packet + 10,
                    guest_net_checksum_fold(guest_net_checksum_add(0, packet, IPV4_HEADER)));
    memcpy(packet + IPV4_HEADER, payload, length);
    return frame_send(net, net->gateway_mac, ETHER_IPV4, packet, IPV4_HEADER + length);
}

int guest_net_receive(struct guest_net *net, int64_t deadline_ms, struct guest_packet *packet)
{
    return input_handle(net, deadline_ms, packet);
}

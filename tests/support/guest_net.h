/*
 * A guest's network card and IPv4, as far as tests need them: Ethernet frames in QEMU's stream
 * protocol on the bridge's unix socket, ARP, and IPv4 packets to and from the gateway's network.
 * Transport protocols are built on top, in files of their own.
 */
#ifndef TESTS_SUPPORT_GUEST_NET_H
#define TESTS_SUPPORT_GUEST_NET_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum { GUEST_NET_PAYLOAD_MAX = 1480 }; /* an MTU of 1500 without the IPv4 header */

struct guest_net;

struct guest_packet {
    struct in_addr source;
    uint8_t protocol;
    size_t length;
    unsigned char payload[GUEST_NET_PAYLOAD_MAX];
};

/*
 * Connects to the bridge's socket as the guest 192.168.127.2 and finds the gateway's hardware
 * address. Returns 0 and the network in *out, which the caller ends with guest_net_close, or a
 * negative errno: -ETIMEDOUT where the gateway does not answer.
 */
int guest_net_open(const char *socket_path, struct guest_net **out);

/* Disconnects. Takes NULL. */
void guest_net_close(struct guest_net *net);

/* Sends one IPv4 packet through the gateway. Returns 0 or a negative errno. */
int guest_net_send(struct guest_net *net, struct in_addr destination, uint8_t protocol,
                   const unsigned char *payload, size_t length);

/*
 * Waits until `deadline_ms` (see guest_net_now_ms) for an IPv4 packet to the guest, answering ARP
 * meanwhile. Fragments and malformed frames are dropped. Returns 0, -ETIMEDOUT, or another negative
 * errno when the connection is of no more use.
 */
int guest_net_receive(struct guest_net *net, int64_t deadline_ms, struct guest_packet *packet);

/* The guest's address, and the gateway's, where the DNS server listens. */
struct in_addr guest_net_guest(void);
struct in_addr guest_net_gateway(void);

/* Milliseconds on a clock that never jumps. */
int64_t guest_net_now_ms(void);

/* Internet checksum (RFC 1071) over `length` bytes, continuing from `sum`; fold with
   guest_net_checksum_fold. Only the last piece of a sequence may be of odd length. */
uint32_t guest_net_checksum_add(uint32_t sum, const unsigned char *data, size_t length);
uint16_t guest_net_checksum_fold(uint32_t sum);

/* Big-endian fields of packets. */
void guest_net_put16(unsigned char *at, unsigned value);
uint16_t guest_net_get16(const unsigned char *at);

#endif

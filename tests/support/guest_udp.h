/*
 * UDP of a guest, on top of guest_net.
 */
#ifndef TESTS_SUPPORT_GUEST_UDP_H
#define TESTS_SUPPORT_GUEST_UDP_H

#include "tests/support/guest_net.h"

enum { GUEST_UDP_PAYLOAD_MAX = GUEST_NET_PAYLOAD_MAX - 8 };

struct guest_datagram {
    struct in_addr source;
    uint16_t source_port;
    uint16_t destination_port;
    size_t length;
    unsigned char payload[GUEST_UDP_PAYLOAD_MAX];
};

/* Sends one datagram. Returns 0 or a negative errno. */
int guest_udp_send(struct guest_net *net, struct in_addr destination, uint16_t destination_port,
                   uint16_t source_port, const unsigned char *payload, size_t length);

/* Waits for a datagram as guest_net_receive does; one whose checksum is wrong is dropped. */
int guest_udp_receive(struct guest_net *net, int64_t deadline_ms, struct guest_datagram *datagram);

#endif

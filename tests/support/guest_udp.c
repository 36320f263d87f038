/*
 * See guest_udp.h. Checksums are over the pseudo header of RFC 768 as well.
 */
#include "tests/support/guest_udp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { UDP_HEADER = 8 };

static uint16_t udp_checksum(struct in_addr source, struct in_addr destination,
                             const unsigned char *udp, size_t length)
{
    unsigned char pseudo[12] = {0};
    uint32_t sum;

    memcpy(pseudo, &source, 4);
    memcpy(pseudo + 4, &destination, 4);
    pseudo[9] = IPPROTO_UDP;
    guest_net_put16(pseudo + 10, (unsigned)length);
    sum = guest_net_checksum_add(0, pseudo, sizeof(pseudo));
    return guest_net_checksum_fold(guest_net_checksum_add(sum, udp, length));
}

int guest_udp_send(struct guest_net *net, struct in_addr destination, uint16_t destination_port,
                   uint16_t source_port, const unsigned char *payload, size_t length)
{
    unsigned char udp[GUEST_NET_PAYLOAD_MAX] = {0};
    uint16_t sum;

    if (length > GUEST_UDP_PAYLOAD_MAX) {
        return -EMSGSIZE;
    }
    guest_net_put16(udp, source_port);
    guest_net_put16(udp + 2, destination_port);
    guest_net_put16(udp + 4, (unsigned)(UDP_HEADER + length));
    memcpy(udp + UDP_HEADER, payload, length);
    sum = udp_checksum(guest_net_guest(), destination, udp, UDP_HEADER + length);
    /* Zero on the wire would say that there is no checksum. */
    guest_net_put16(udp + 6, sum == 0 ? 0xffff : sum);
    return guest_net_send(net, destination, IPPROTO_UDP, udp, UDP_HEADER + length);
}

static bool udp_parse(const struct guest_packet *packet, struct guest_datagram *datagram)
{
    const unsigned char *udp = packet->payload;
    size_t length;

    if (packet->protocol != IPPROTO_UDP || packet->length < UDP_HEADER) {
        return false;
    }
    length = guest_net_get16(udp + 4);
    if (length < UDP_HEADER || length > packet->length) {
        return false;
    }
    if (guest_net_get16(udp + 6) != 0 &&
        udp_checksum(packet->source, guest_net_guest(), udp, length) != 0) {
        return false;
    }
    datagram->source = packet->source;
    datagram->source_port = guest_net_get16(udp);
    datagram->destination_port = guest_net_get16(udp + 2);
    datagram->length = length - UDP_HEADER;
    memcpy(datagram->payload, udp + UDP_HEADER, datagram->length);
    return true;
}

int guest_udp_receive(struct guest_net *net, int64_t deadline_ms, struct guest_datagram *datagram)
{
    struct guest_packet packet;
    int rc;

    do {
        rc = guest_net_receive(net, deadline_ms, &packet);
    } while (rc == 0 && !udp_parse(&packet, datagram));
    return rc;
}

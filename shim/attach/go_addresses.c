/*
 * Lays pins out as Go has them in memory: slices of net.IPAddr, and the bytes that these point
 * to.
 */
#include "shim/attach/go_addresses.h"

#include <stdlib.h>
#include <string.h>

/* Go's net.IP holds IPv4 in this form too, and its own resolver gives it so. */
#define IP_SIZE 16

/* net.IPAddr{IP []byte; Zone string}, where a slice is address, length and capacity, and a string
   address and length. */
struct ip_addr {
    uint64_t ip;
    uint64_t ip_length;
    uint64_t ip_capacity;
    uint64_t zone;
    uint64_t zone_length;
};

static size_t pin_size(const struct plan_pin *pin)
{
    return pin->count * (sizeof(struct ip_addr) + IP_SIZE);
}

size_t go_addresses_size(const struct plan *plan)
{
    size_t size = 0;

    for (size_t i = 0; i < plan->pin_count; i++) {
        size += pin_size(&plan->pins[i]);
    }
    return size;
}

bool go_addresses_make(const struct plan *plan, uint64_t address, struct go_addresses *out)
{
    unsigned char *to;

    out->size = go_addresses_size(plan);
    out->bytes = calloc(1, out->size + 1);
    if (out->bytes == NULL) {
        return false;
    }
    to = out->bytes;
    for (size_t i = 0; i < plan->pin_count; i++) {
        const struct plan_pin *pin = &plan->pins[i];
        unsigned char *ip = to + pin->count * sizeof(struct ip_addr);

        for (size_t j = 0; j < pin->count; j++, ip += IP_SIZE, to += sizeof(struct ip_addr)) {
            const struct ip_addr element = {.ip = address + (uint64_t)(ip - out->bytes),
                                            .ip_length = IP_SIZE,
                                            .ip_capacity = IP_SIZE};

            memcpy(to, &element, sizeof(element));
            memset(ip + 10, 0xff, 2); /* ::ffff:a.b.c.d */
            memcpy(ip + 12, &pin->addresses[j], 4);
        }
        to = ip;
    }
    return true;
}

uint64_t go_addresses_find(const struct plan *plan, const struct plan_pin *pin, uint64_t address)
{
    for (const struct plan_pin *before = plan->pins; before < pin; before++) {
        address += pin_size(before);
    }
    return address;
}

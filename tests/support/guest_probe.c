/*
 * See guest_probe.h.
 */
#include "tests/support/guest_probe.h"

#include "tests/support/guest_dns.h"
#include "tests/support/guest_udp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DNS_PORT = 53, FIRST_PORT = 49152, PORTS = 16384, DEADLINE_MS = 5000, RETRY_MS = 500 };

/* The longest name, its dot, and the longest domain. */
enum { NAME_SIZE = 2 * 256, ANSWER_SIZE = 4096 };

static const char search_domain[] = "localdomain";

struct guest_probe {
    struct guest_net *net;
    uint16_t last_id;
};

/* Waits for the answer to `query`, which was sent from `port`. */
static int answer_await(struct guest_probe *probe, const struct guest_query *query, uint16_t port,
                        int64_t deadline, char *answer, size_t size)
{
    struct guest_datagram datagram;

    do {
        const int rc = guest_udp_receive(probe->net, deadline, &datagram);

        if (rc != 0) {
            return rc;
        }
    } while (datagram.source.s_addr != guest_net_gateway().s_addr ||
             datagram.source_port != DNS_PORT || datagram.destination_port != port ||
             !guest_dns_answers(query, datagram.payload, datagram.length));
    guest_dns_describe(query, datagram.payload, datagram.length, answer, size);
    return 0;
}

/* One question, for exactly that name. */
static int ask(struct guest_probe *probe, const char *name, uint16_t type, char *answer,
               size_t size)
{
    const int64_t deadline = guest_net_now_ms() + DEADLINE_MS;
    struct guest_query query = {0};
    uint16_t port;
    int rc = -ETIMEDOUT;

    if (!guest_dns_ask(&query, ++probe->last_id, name, type)) {
        return -EINVAL;
    }
    /* A port of its own for each question, so that a late answer to another is told apart. */
    port = (uint16_t)(FIRST_PORT + query.id % PORTS);
    for (int64_t now = guest_net_now_ms(); rc == -ETIMEDOUT && now < deadline;
         now = guest_net_now_ms()) {
        const int64_t retry = now + RETRY_MS < deadline ? now + RETRY_MS : deadline;

        rc = guest_udp_send(probe->net, guest_net_gateway(), DNS_PORT, port, query.wire,
                            query.length);
        if (rc == 0) {
            rc = answer_await(probe, &query, port, retry, answer, size);
        }
    }
    if (rc == -ETIMEDOUT) {
        snprintf(answer, size, "no-reply");
        rc = 0;
    }
    return rc;
}

/* Whether libc asks for another name after that answer. */
static bool goes_on(const char *answer, enum guest_libc libc)
{
    return strcmp(answer, "NXDOMAIN") == 0 || (libc == GUEST_GLIBC && strcmp(answer, "empty") == 0);
}

/* One that is too long together with the domain is not asked for. */
static int ask_below_domain(struct guest_probe *probe, const char *name, uint16_t type,
                            char *answer, size_t size)
{
    char searched[NAME_SIZE];
    int rc;

    snprintf(searched, sizeof(searched), "%s.%s", name, search_domain);
    rc = ask(probe, searched, type, answer, size);
    if (rc != -EINVAL) {
        return rc;
    }
    snprintf(answer, size, "NXDOMAIN");
    return 0;
}

int guest_probe_ask(struct guest_probe *probe, const char *name, uint16_t type,
                    enum guest_libc libc, char *answer, size_t size)
{
    const size_t length = strlen(name);
    const bool dotted = strchr(name, '.') != NULL;
    const bool searched = !dotted || (libc == GUEST_GLIBC && name[length - 1] != '.');
    char found[ANSWER_SIZE];
    int rc = 0;

    if (dotted) {
        rc = ask(probe, name, type, answer, size);
        if (rc != 0 || !searched || !goes_on(answer, libc)) {
            return rc;
        }
    }
    rc = ask_below_domain(probe, name, type, found, sizeof(found));
    if (rc != 0) {
        return rc;
    }
    if (!goes_on(found, libc)) {
        snprintf(answer, size, "%s", found);
        return 0;
    }
    return dotted ? 0 : ask(probe, name, type, answer, size);
}

int guest_probe_open(const char *socket_path, struct guest_probe **out)
{
    struct guest_probe *probe = calloc(1, sizeof(*probe));
    int rc;

    *out = NULL;
    if (!probe) {
        return -ENOMEM;
    }
    rc = guest_net_open(socket_path, &probe->net);
    if (rc == 0) {
        *out = probe;
    } else {
        free(probe);
    }
    return rc;
}

void guest_probe_close(struct guest_probe *probe)
{
    if (!probe) {
        return;
    }
    guest_net_close(probe->net);
    free(probe);
}

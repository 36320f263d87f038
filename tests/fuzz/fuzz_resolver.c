/*
 * A whole run of the resolver, with what nameservers answer and, if the first byte says so, the
 * text of resolv.conf taken from the input; see fake_answer.h. Whatever comes, each host ends with
 * an outcome that fits it, in time, and nothing stays behind.
 */
#include <arpa/inet.h>
#include <string.h>

#include "resolver/nsswitch.h"
#include "resolver/resolver.h"
#include "resolver/servers.h"
#include "tests/fuzz/fake_answer.h"
#include "tests/fuzz/fake_net.h"
#include "tests/fuzz/fuzz.h"

/* Bits of the first byte. */
enum {
    TWO_HOSTS = 1,
    THREE_HOSTS = 2,
    SHORT_NAME = 4,
    RETRIES = 8,
    TWO_SERVERS = 16,
    RESOLV_CONF = 32, /* the next byte is its length */
    NO_BUDGET = 64
};

/* The last is in the hosts file. */
static const char *const names[] = {"a.example", "b.c.example", "hosted.example"};

static void check_text(const struct resolver_options *options, const struct resolver_host *host)
{
    char text[256];
    char small[8];

    resolver_explain(options, host, text, sizeof(text));
    fuzz_require(text[0] != '\0');
    resolver_explain(options, host, small, sizeof(small));
    fuzz_require(strncmp(text, small, sizeof(small) - 1) == 0);
    fuzz_require(resolver_outcome_text(host->outcome)[0] != '\0');
}

static void check_host(const struct resolver_options *options, const struct resolver_host *host)
{
    fuzz_require(host->outcome <= RESOLVER_OUTCOME_LAST && host->outcome != RESOLVER_CANCELLED);
    fuzz_require(host->outcome != RESOLVER_NO_MEMORY);
    fuzz_require(host->attempts <= options->attempts);
    fuzz_require((host->outcome == RESOLVER_RESOLVED) == (host->address_count > 0));
    fuzz_require((host->addresses != NULL) == (host->address_count > 0));
    for (size_t i = 0; i < host->address_count; i++) {
        fuzz_require(host->addresses[i].s_addr != htonl(INADDR_ANY));
    }
    if (host->outcome == RESOLVER_RESOLVED && strcmp(host->name, "hosted.example") != 0) {
        fuzz_require(fake_answer_seen());
    }
    if (host->outcome == RESOLVER_IPV6_ONLY || host->outcome == RESOLVER_SINKHOLED) {
        fuzz_require(fake_answer_seen());
    }
    check_text(options, host);
}

struct told {
    size_t settled;
    size_t retries;
};

/* None twice, none never. */
static void count_settled(void *context, const struct resolver_host *host)
{
    struct told *told = context;

    (void)host;
    told->settled++;
}

static void count_retries(void *context, const struct resolver_host *host, unsigned delay_ms)
{
    struct told *told = context;

    fuzz_require(host->address_count == 0 && delay_ms > 0);
    told->retries++;
}

/* Every line of the text, whatever file it may have been meant for. */
static void check_lines(const char *text, size_t size)
{
    char line[256];
    struct nsswitch nsswitch;

    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        const size_t length = end == NULL ? size : (size_t)(end - text) + 1;
        const size_t kept = length < sizeof(line) ? length : sizeof(line) - 1;

        memcpy(line, text, kept);
        line[kept] = '\0';
        nsswitch_parse_line(line, &nsswitch);
        text += length;
        size -= length;
    }
}

static size_t choose_hosts(unsigned choice, struct resolver_host hosts[3])
{
    const size_t count = (choice & THREE_HOSTS) != 0 ? 3 : (choice & TWO_HOSTS) != 0 ? 2 : 1;

    for (size_t i = 0; i < count; i++) {
        hosts[i] = (struct resolver_host){.name = names[i]};
    }
    if ((choice & SHORT_NAME) != 0) {
        hosts[0].name = "db";
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const unsigned choice = size > 0 ? bytes[0] : 0;
    struct resolver_options options = {
        .attempts = (choice & RETRIES) != 0 ? 3 : 1,
        .timeout_ms = 200,
        .backoff_ms = 20,
        .backoff_factor = 3,
        .hedge_ms = 60,
        .budget_ms = (choice & NO_BUDGET) != 0 ? 0 : 450,
        .window = 256,
        .servers = (choice & TWO_SERVERS) != 0 ? "192.0.2.1,192.0.2.1:53" : "192.0.2.1",
    };
    struct told told = {0};
    const struct resolver_observer observer = {
        .context = &told, .retrying = count_retries, .settled = count_settled};
    struct resolver_host hosts[3];
    const size_t count = choose_hosts(choice, hosts);
    size_t used = size > 0;
    size_t conf = 0;

    if ((choice & RESOLV_CONF) != 0 && size > 1) {
        used = 2;
        conf = bytes[1] < size - used ? bytes[1] : size - used;
        options.servers = NULL;
        check_lines((const char *)bytes + used, conf);
    }
    fake_net_start(bytes + used + conf, size - used - conf, (const char *)bytes + used, conf);
    resolver_run(&options, hosts, count, &observer, &fake_net_clock);
    fuzz_require(told.settled == count);
    fuzz_require(told.retries <= count * (options.attempts - 1));
    for (size_t i = 0; i < count; i++) {
        check_host(&options, &hosts[i]);
    }
    /* Three attempts and their pauses, with a millisecond for each of the steps. */
    fuzz_require(fake_net_elapsed() <= 3 * 200 + 20 + 60 + 10);
    fuzz_require(options.budget_ms == 0 || fake_net_elapsed() <= options.budget_ms + 10);
    fuzz_require(fake_net_open() == 0);
    resolver_hosts_clear(hosts, count);
    return 0;
}

/*
 * What the resolver asks, of whom, and what it makes of the answers: hosts file, search list,
 * resolv.conf, several nameservers, TCP, damaged answers. Real time, short timeouts.
 */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "resolver/resolver.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/few_descriptors.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

enum { TYPE_A = 1, TYPE_AAAA = 28, HOSTS_MAX = 600 };

#define ONLY(first)                                                                                \
    (const enum fake_dns_mode[])                                                                   \
    {                                                                                              \
        first, FAKE_DNS_CLOSED, FAKE_DNS_CLOSED                                                    \
    }
#define ALL(first, second, third)                                                                  \
    (const enum fake_dns_mode[])                                                                   \
    {                                                                                              \
        first, second, third                                                                       \
    }

static const char three_servers[] =
    "nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n";

static struct resolver_options options;
static struct resolver_host hosts[HOSTS_MAX];
static struct fake_dns *dns;

static void resolve(const char *const *names, size_t count, const enum fake_dns_mode *modes)
{
    if (dns == NULL) {
        dns = fake_dns_start(true, modes);
    }
    for (size_t i = 0; i < count; i++) {
        hosts[i].name = names[i];
    }
    resolver_run(&options, hosts, count, NULL, fake_dns_clock(dns));
}

static void resolve_one(const char *name, const enum fake_dns_mode *modes)
{
    resolve(&name, 1, modes);
}

static void expect_address(const struct resolver_host *host, const char *address)
{
    char text[INET_ADDRSTRLEN] = "";
    struct in_addr wanted;
    char why[256];

    resolver_explain(&options, host, why, sizeof(why));
    ck_assert_msg(host->outcome == RESOLVER_RESOLVED, "%s: %s", host->name, why);
    ck_assert_uint_ge(host->address_count, 1);
    ck_assert_ptr_nonnull(inet_ntop(AF_INET, &host->addresses[0], text, sizeof(text)));
    ck_assert_int_eq(inet_pton(AF_INET, address, &wanted), 1);
    ck_assert_str_eq(text, address);
}

static void setup(void)
{
    private_net_reset();
    memset(hosts, 0, sizeof(hosts));
    options = (struct resolver_options){.attempts = 1,
                                        .timeout_ms = 600,
                                        .backoff_ms = 20,
                                        .backoff_factor = 1,
                                        .hedge_ms = 200,
                                        .budget_ms = 20000,
                                        .window = 256};
    dns = NULL;
}

static void teardown(void)
{
    resolver_hosts_clear(hosts, HOSTS_MAX);
    if (dns != NULL) {
        fake_dns_stop(dns);
    }
}

/* ---- files --------------------------------------------------------------------------------- */

START_TEST(hosts_file_is_honoured_and_no_query_sent)
{
    private_net_write("/etc/hosts", "203.0.113.5 intern.example.test alias.test\n");
    resolve_one("alias.test", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "203.0.113.5");
    ck_assert_uint_eq(fake_dns_count(dns), 0);
}
END_TEST

START_TEST(dns_before_files_is_honoured)
{
    private_net_write("/etc/hosts", "203.0.113.5 ok-a.test\n203.0.113.6 nx.test\n");
    private_net_write("/etc/nsswitch.conf", "hosts: dns files\n");
    resolve((const char *const[]){"ok-a.test", "nx.test"}, 2, ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.1");
    expect_address(&hosts[1], "203.0.113.6");
}
END_TEST

START_TEST(hosts_file_with_0000_is_a_sinkhole_and_named)
{
    char text[256];

    private_net_write("/etc/hosts", "0.0.0.0 ok-a.test\n");
    options.attempts = 4;
    resolve_one("ok-a.test", ONLY(FAKE_DNS_SCRIPT));
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_SINKHOLED);
    resolver_explain(&options, &hosts[0], text, sizeof(text));
    ck_assert_str_eq(text, "0.0.0.0 in /etc/hosts");
    ck_assert_uint_eq(fake_dns_count(dns), 0);
}
END_TEST

START_TEST(host_with_ipv6_lines_alone_is_asked_of_dns)
{
    private_net_write("/etc/hosts", "2001:db8::5 ok-a.test\n2001:db8::6 nx.test\n");
    resolve((const char *const[]){"ok-a.test", "nx.test"}, 2, ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_int_eq(hosts[1].outcome, RESOLVER_IPV6_ONLY);
    ck_assert_str_eq(hosts[1].source, "/etc/hosts");
}
END_TEST

/* What is asked of whom in which order, where there is a search list. */
static const struct search_case {
    const char *conf;
    unsigned attempts;
    const char *name;
    enum resolver_outcome outcome;
    const char *found_as;
    const char *asked; /* each name once, as it is asked first */
} search_cases[] = {
    /* Enough dots: as it stands, and through the list only before it would be refused. */
    {"search s.test", 1, "ok1-a.x", RESOLVER_RESOLVED, "", "ok1-a.x"},
    {"search s.test", 1, "only4-a.x", RESOLVER_RESOLVED, "only4-a.x.s.test",
     "only4-a.x only4-a.x.s.test"},
    {"search s.test", 2, "sf1-a.x", RESOLVER_RESOLVED, "", "sf1-a.x"},
    {"search s.test t", 1, "nx.x", RESOLVER_NO_SUCH_HOST, "", "nx.x nx.x.s.test nx.x.t"},
    {"search s.test", 1, "sink.x", RESOLVER_SINKHOLED, "", "sink.x"},
    {"search s.test", 1, "v6.x", RESOLVER_IPV6_ONLY, "", "v6.x"},
    {"", 1, "only4-a.x", RESOLVER_NO_SUCH_HOST, "", "only4-a.x"},
    /* Too few dots: in each attempt. */
    {"search s.test\noptions ndots:2", 4, "ok1-a.x", RESOLVER_RESOLVED, "", "ok1-a.x"},
    {"search t s.test\noptions ndots:2", 4, "only4-a.x", RESOLVER_RESOLVED, "only4-a.x.s.test",
     "only4-a.x only4-a.x.t only4-a.x.s.test"},
    /* A single label: the list first, the label itself last, but with ndots:0. */
    {"search s.test", 4, "ok1-db", RESOLVER_RESOLVED, "ok1-db.s.test", "ok1-db.s.test"},
    {"search s.test", 4, "only1-db", RESOLVER_RESOLVED, "", "only1-db.s.test only1-db"},
    {"search s.test\noptions ndots:0", 4, "only3-db", RESOLVER_RESOLVED, "only3-db.s.test",
     "only3-db only3-db.s.test"},
};

/* The names that were asked for, each as it came first. */
static const char *asked_names(void)
{
    static char names[512];
    size_t used = 0;

    names[0] = '\0';
    for (size_t i = 0; i < fake_dns_count(dns); i++) {
        const struct fake_dns_query *query = fake_dns_nth(dns, NULL, i);
        if (fake_dns_nth(dns, query->name, 0) == query) {
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                     used > 0 ? " " : "", query->name);
        }
    }
    return names;
}

START_TEST(search_list_is_used_where_it_is_to_be)
{
    const struct search_case *one = &search_cases[_i];
    char conf[128];

    (void)snprintf(conf, sizeof(conf), "%s\nnameserver 127.0.0.1\n", one->conf);
    private_net_write("/etc/resolv.conf", conf);
    options.attempts = one->attempts;
    resolve_one(one->name, ONLY(FAKE_DNS_SCRIPT));
    ck_assert_int_eq(hosts[0].outcome, one->outcome);
    ck_assert_str_eq(hosts[0].found_as, one->found_as);
    ck_assert_str_eq(asked_names(), one->asked);
}
END_TEST

static const struct {
    const char *conf;
    const char *name;
    const char *text;
} search_texts[] = {
    {"", "nx",
     "no such host (NXDOMAIN) after 1 attempt "
     "(not searched for: no search list in /etc/resolv.conf)"},
    {"search s.test", "nx",
     "no such host (NXDOMAIN) after 1 attempt, nor with a domain of the search list"},
    {"search s.test", "nx.x",
     "no such host (NXDOMAIN) after 1 attempt, nor with a domain of the search list"},
    {"", "nx.x", "no such host (NXDOMAIN) after 1 attempt"},
};

START_TEST(explanation_says_what_became_of_the_search_list)
{
    char conf[128];
    char text[256];

    (void)snprintf(conf, sizeof(conf), "%s\nnameserver 127.0.0.1\n", search_texts[_i].conf);
    private_net_write("/etc/resolv.conf", conf);
    resolve_one(search_texts[_i].name, ONLY(FAKE_DNS_SCRIPT));
    resolver_explain(&options, &hosts[0], text, sizeof(text));
    ck_assert_str_eq(text, search_texts[_i].text);
}
END_TEST

START_TEST(search_list_from_the_environment_is_not_used)
{
    ck_assert_int_eq(setenv("LOCALDOMAIN", "s.test", 1), 0);
    ck_assert_int_eq(setenv("RES_OPTIONS", "ndots:9", 1), 0);
    resolve_one("only4-a.x", ONLY(FAKE_DNS_SCRIPT));
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_SUCH_HOST);
    ck_assert_str_eq(asked_names(), "only4-a.x");
}
END_TEST

START_TEST(name_without_a_dot_is_searched_for)
{
    private_net_write("/etc/resolv.conf", "search sample.test\nnameserver 127.0.0.1\n");
    resolve_one("ok7-db", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.7");
    ck_assert_str_eq(fake_dns_nth(dns, NULL, 0)->name, "ok7-db.sample.test");
}
END_TEST

START_TEST(dotless_name_in_the_hosts_file_is_found)
{
    private_net_write("/etc/hosts", "203.0.113.5 db\n");
    resolve_one("db", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "203.0.113.5");
    ck_assert_uint_eq(fake_dns_count(dns), 0);
}
END_TEST

static void vpn_comes_up(void *unused)
{
    (void)unused;
    private_net_write("/etc/resolv.conf", "nameserver 127.0.0.2\n");
}

START_TEST(resolv_conf_is_read_afresh_for_each_attempt)
{
    options.attempts = 2;
    options.backoff_ms = 200;
    dns = fake_dns_start(true, ALL(FAKE_DNS_SERVFAIL, FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED));
    fake_dns_at(dns, 100, vpn_comes_up, NULL);
    resolve_one("ok-a.test", NULL);
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_uint_eq(hosts[0].attempts, 2);
    ck_assert_uint_eq(fake_dns_nth(dns, NULL, 0)->server, 0);
    ck_assert_uint_eq(fake_dns_nth(dns, NULL, 1)->server, 1);
}
END_TEST

START_TEST(without_resolv_conf_loopback_is_asked)
{
    private_net_write("/etc/resolv.conf", NULL);
    resolve_one("ok-a.test", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert(hosts[0].no_nameserver);
}
END_TEST

static const char *const empty_resolv_confs[] = {NULL, "", "# nothing\nsearch test\nnameserver\n"};

START_TEST(missing_nameserver_is_named_in_the_explanation)
{
    char text[256];

    private_net_write("/etc/resolv.conf", empty_resolv_confs[_i]);
    resolve_one("ok-a.test", ONLY(FAKE_DNS_CLOSED));
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_UNREACHABLE);
    resolver_explain(&options, &hosts[0], text, sizeof(text));
    ck_assert_str_eq(text, "no nameserver could be reached after 1 attempt (no nameserver in "
                           "/etc/resolv.conf): Connection refused");
}
END_TEST

START_TEST(servers_option_replaces_resolv_conf)
{
    options.servers = "127.0.0.2:53";
    private_net_write("/etc/resolv.conf", "");
    resolve_one("ok-a.test", ALL(FAKE_DNS_SERVFAIL, FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED));
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_uint_eq(fake_dns_count(dns), 1);
    ck_assert(!hosts[0].no_nameserver);
}
END_TEST

/* ---- several nameservers -------------------------------------------------------------------- */

START_TEST(third_nameserver_has_its_turn_inside_the_attempt)
{
    private_net_write("/etc/resolv.conf", three_servers);
    resolve_one("ok-a.test", ALL(FAKE_DNS_SILENT, FAKE_DNS_SILENT, FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_int_ge(fake_dns_nth(dns, NULL, 1)->at_ms, 200);
    ck_assert_int_ge(fake_dns_nth(dns, NULL, fake_dns_count(dns) - 1)->at_ms, 400);
    ck_assert_uint_eq(fake_dns_nth(dns, NULL, fake_dns_count(dns) - 1)->server, 2);
    ck_assert_int_lt(fake_dns_elapsed(dns), 600);
}
END_TEST

struct first_server {
    enum fake_dns_mode mode;
    size_t queries;
};

static const struct first_server failing_first[] = {{FAKE_DNS_SERVFAIL, 2}, {FAKE_DNS_CLOSED, 1}};

START_TEST(next_nameserver_is_asked_at_once_after_a_failure)
{
    private_net_write("/etc/resolv.conf", "nameserver 127.0.0.1\nnameserver 127.0.0.2\n");
    options.timeout_ms = 5000;
    resolve_one("ok-a.test", ALL(failing_first[_i].mode, FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED));
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_uint_eq(fake_dns_count(dns), failing_first[_i].queries);
    ck_assert_int_lt(fake_dns_elapsed(dns), 2500);
}
END_TEST

START_TEST(late_answer_of_an_earlier_nameserver_counts)
{
    private_net_write("/etc/resolv.conf", "nameserver 127.0.0.1\nnameserver 127.0.0.2\n");
    resolve_one("slow450-a.test", ALL(FAKE_DNS_SCRIPT, FAKE_DNS_SILENT, FAKE_DNS_CLOSED));
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_str_eq(hosts[0].source, "127.0.0.1:53");
}
END_TEST

START_TEST(nxdomain_is_not_asked_of_the_next_nameserver)
{
    private_net_write("/etc/resolv.conf", three_servers);
    resolve_one("nx.test", ALL(FAKE_DNS_SCRIPT, FAKE_DNS_SCRIPT, FAKE_DNS_SCRIPT));
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_SUCH_HOST);
    ck_assert_uint_eq(fake_dns_count(dns), 1);
}
END_TEST

struct mixed {
    const char *name;
    enum fake_dns_mode modes[FAKE_DNS_SERVERS];
    enum resolver_outcome outcome;
};

static const struct mixed mixed[] = {
    {"rf.test", {FAKE_DNS_SERVFAIL, FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED}, RESOLVER_SERVER_ERROR},
    {"rf.test", {FAKE_DNS_CLOSED, FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED}, RESOLVER_REFUSED},
    {"ok.test", {FAKE_DNS_SILENT, FAKE_DNS_SERVFAIL, FAKE_DNS_CLOSED}, RESOLVER_SERVER_ERROR},
    {"ok.test", {FAKE_DNS_SILENT, FAKE_DNS_CLOSED, FAKE_DNS_CLOSED}, RESOLVER_NO_ANSWER},
    {"ok.test", {FAKE_DNS_CLOSED, FAKE_DNS_CLOSED, FAKE_DNS_CLOSED}, RESOLVER_UNREACHABLE},
};

/* Each lookup begins with another one, in turn. */
START_TEST(rotate_spreads_the_hosts_over_the_nameservers)
{
    private_net_write("/etc/resolv.conf",
                      "nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n"
                      "options rotate\n");
    resolve((const char *const[]){"ok1-a.test", "ok2-a.test", "ok3-a.test", "ok4-a.test"}, 4,
            ALL(FAKE_DNS_SCRIPT, FAKE_DNS_SCRIPT, FAKE_DNS_SCRIPT));
    ck_assert_uint_eq(fake_dns_count(dns), 4);
    ck_assert_uint_eq(fake_dns_nth(dns, "ok1-a.test", 0)->server, 0);
    ck_assert_uint_eq(fake_dns_nth(dns, "ok2-a.test", 0)->server, 1);
    ck_assert_uint_eq(fake_dns_nth(dns, "ok3-a.test", 0)->server, 2);
    ck_assert_uint_eq(fake_dns_nth(dns, "ok4-a.test", 0)->server, 0);
}
END_TEST

START_TEST(most_telling_failure_of_the_nameservers_is_reported)
{
    private_net_write("/etc/resolv.conf", three_servers);
    resolve_one(mixed[_i].name, mixed[_i].modes);
    ck_assert_int_eq(hosts[0].outcome, mixed[_i].outcome);
}
END_TEST

/* Who gave the outcome, with the nameservers of three_servers. */
static const struct source_case {
    const char *name;
    enum fake_dns_mode modes[FAKE_DNS_SERVERS];
    const char *source;
} source_cases[] = {
    {"ok-a.test", {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED, FAKE_DNS_CLOSED}, "127.0.0.1:53"},
    {"ok-a.test", {FAKE_DNS_CLOSED, FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED}, "127.0.0.2:53"},
    {"nx.test", {FAKE_DNS_SERVFAIL, FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED}, "127.0.0.2:53"},
    {"v6.test", {FAKE_DNS_SERVFAIL, FAKE_DNS_CLOSED, FAKE_DNS_SCRIPT}, "127.0.0.3:53"},
    {"ok-a.test", {FAKE_DNS_CLOSED, FAKE_DNS_SERVFAIL, FAKE_DNS_SILENT}, "127.0.0.2:53"},
    {"ok-a.test", {FAKE_DNS_SILENT, FAKE_DNS_CLOSED, FAKE_DNS_CLOSED}, ""},
    {"intern.test", {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED, FAKE_DNS_CLOSED}, "/etc/hosts"},
};

START_TEST(it_is_told_who_gave_the_outcome)
{
    const struct source_case *one = &source_cases[_i];

    private_net_write("/etc/resolv.conf", three_servers);
    private_net_write("/etc/hosts", "203.0.113.5 intern.test\n");
    resolve_one(one->name, one->modes);
    ck_assert_str_eq(hosts[0].source, one->source);
}
END_TEST

START_TEST(with_dns_before_files_it_is_told_as_well)
{
    private_net_write("/etc/hosts", "203.0.113.6 nx.test\n");
    private_net_write("/etc/nsswitch.conf", "hosts: dns files\n");
    resolve((const char *const[]){"nx.test", "nx.none.test"}, 2, ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "203.0.113.6");
    ck_assert_str_eq(hosts[0].source, "/etc/hosts");
    ck_assert_str_eq(hosts[1].source, "127.0.0.1:53");
}
END_TEST

START_TEST(nameservers_in_force_are_listed)
{
    char text[64];

    private_net_write("/etc/resolv.conf", "nameserver 192.0.2.1\nnameserver 2001:db8::1\n");
    ck_assert(resolver_nameservers(&options, text, sizeof(text)));
    ck_assert_str_eq(text, "192.0.2.1:53, [2001:db8::1]:53");
    ck_assert(resolver_nameservers(&options, text, 4));
    ck_assert_str_eq(text, "192");
    options.servers = "192.0.2.9:5353";
    ck_assert(resolver_nameservers(&options, text, sizeof(text)));
    ck_assert_str_eq(text, "192.0.2.9:5353");
    options.servers = NULL;
    private_net_write("/etc/resolv.conf", "");
    ck_assert(!resolver_nameservers(&options, text, sizeof(text)));
    ck_assert_str_eq(text, "127.0.0.1:53, [::1]:53");
}
END_TEST

/* Servers of which the first has something against the question: how often it was put in all. */
static const struct odd_case {
    const char *name;
    enum fake_dns_mode second;
    enum resolver_outcome outcome;
    const char *address;
    size_t questions;
} odd_cases[] = {
    {"edns.test", FAKE_DNS_SILENT, RESOLVER_RESOLVED, "192.0.2.1", 2},
    {"cutedns.test", FAKE_DNS_SILENT, RESOLVER_RESOLVED, "192.0.2.1", 3},
    {"lame1-a.test", FAKE_DNS_SCRIPT, RESOLVER_RESOLVED, "192.0.2.1", 2},
    {"lame9-a.test", FAKE_DNS_CLOSED, RESOLVER_BAD_ANSWER, NULL, 1},
    {"lame9-a.test", FAKE_DNS_SCRIPT, RESOLVER_BAD_ANSWER, NULL, 2},
    {"mute1-a.test", FAKE_DNS_SCRIPT, RESOLVER_RESOLVED, "192.0.2.1", 2},
    {"mute9-a.test", FAKE_DNS_CLOSED, RESOLVER_REFUSED, NULL, 1},
    {"niahc.test", FAKE_DNS_SILENT, RESOLVER_RESOLVED, "192.0.2.7", 1},
    {"void1-a.test", FAKE_DNS_SCRIPT, RESOLVER_RESOLVED, "192.0.2.1", 2},
    {"version.test", FAKE_DNS_SILENT, RESOLVER_RESOLVED, "192.0.2.1", 2},
    {"ruin.test", FAKE_DNS_SILENT, RESOLVER_RESOLVED, "192.0.2.1", 1},
};

START_TEST(odd_answer_costs_no_wait)
{
    const struct odd_case *one = &odd_cases[_i];

    private_net_write("/etc/resolv.conf", three_servers);
    dns = fake_dns_start(true, ALL(FAKE_DNS_SCRIPT, one->second, FAKE_DNS_CLOSED));
    resolve_one(one->name, NULL);
    ck_assert_int_eq(hosts[0].outcome, one->outcome);
    if (one->address != NULL) {
        expect_address(&hosts[0], one->address);
    }
    ck_assert_uint_eq(fake_dns_count(dns), one->questions);
    /* Of a clock that moves by waiting alone. After silence the next one is asked at 200 ms. */
    ck_assert_int_lt(fake_dns_nth(dns, NULL, one->questions - 1)->at_ms, 200);
    ck_assert_uint_eq(hosts[0].attempts, 1);
}
END_TEST

START_TEST(refused_port_does_not_wait_for_the_deadline)
{
    options.timeout_ms = 5000;
    resolve_one("ok-a.test", ONLY(FAKE_DNS_CLOSED));
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_UNREACHABLE);
    ck_assert_int_lt(fake_dns_elapsed(dns), 2500);
}
END_TEST

/* ---- answers -------------------------------------------------------------------------------- */

/* In here only the loopback network has a route. */
START_TEST(addresses_without_a_route_go_behind)
{
    resolve_one("three.test", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "127.0.0.9");
    ck_assert_uint_eq(hosts[0].address_count, 3);
    ck_assert_uint_eq(hosts[0].addresses[1].s_addr, htonl(0xC0000203));
    ck_assert_uint_eq(hosts[0].addresses[2].s_addr, htonl(0xC0000202));
}
END_TEST

START_TEST(addresses_keep_the_order_of_the_answer)
{
    private_net_write("/etc/hosts", "127.0.0.7 several.test\n127.0.0.9 several.test\n"
                                    "127.0.0.8 several.test\n");
    resolve((const char *const[]){"several.test", "fat.test"}, 2, ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "127.0.0.7");
    ck_assert_uint_eq(hosts[0].addresses[1].s_addr, htonl(0x7F000009));
    ck_assert_uint_eq(hosts[0].addresses[2].s_addr, htonl(0x7F000008));
    for (unsigned i = 0; i < 25; i++) {
        ck_assert_uint_eq(hosts[1].addresses[i].s_addr, htonl(0xC0000201 + i));
    }
}
END_TEST

START_TEST(sinkhole_behind_an_address_is_left_out)
{
    resolve_one("halfsink.test", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.9");
    ck_assert_uint_eq(hosts[0].address_count, 1);
}
END_TEST

START_TEST(cname_chain_is_followed)
{
    resolve_one("chain.test", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.7");
    ck_assert_uint_eq(hosts[0].address_count, 1);
}
END_TEST

START_TEST(strays_are_ignored)
{
    resolve_one("stray.test", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_uint_eq(fake_dns_count(dns), 1);
}
END_TEST

START_TEST(strays_do_not_harm_other_hosts)
{
    resolve((const char *const[]){"slow100-a.test", "stray.test", "slow100-b.test"}, 3,
            ONLY(FAKE_DNS_SCRIPT));
    for (size_t i = 0; i < 3; i++) {
        expect_address(&hosts[i], "192.0.2.1");
    }
    ck_assert_uint_eq(fake_dns_count(dns), 3);
}
END_TEST

START_TEST(cut_answer_is_fetched_over_tcp)
{
    resolve_one("many.test", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.0");
    ck_assert_uint_eq(hosts[0].address_count, 600);
    ck_assert_uint_eq(fake_dns_count(dns), 2);
    ck_assert(!fake_dns_nth(dns, NULL, 0)->tcp);
    ck_assert(fake_dns_nth(dns, NULL, 1)->tcp);
}
END_TEST

START_TEST(cut_answer_to_a_dotless_name_is_fetched_over_tcp)
{
    resolve_one("many", ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.0");
    ck_assert_uint_eq(hosts[0].address_count, 600);
}
END_TEST

START_TEST(closed_tcp_fails_only_the_host_that_needs_it)
{
    char text[256];

    resolve((const char *const[]){"slow200-a.test", "many.test", "slow200-b.test"}, 3,
            ONLY(FAKE_DNS_UDP));
    expect_address(&hosts[0], "192.0.2.1");
    expect_address(&hosts[2], "192.0.2.1");
    ck_assert_int_eq(hosts[1].outcome, RESOLVER_CUT);
    resolver_explain(&options, &hosts[1], text, sizeof(text));
    ck_assert_str_eq(text,
                     "the answer needs TCP, and TCP to the nameserver failed after 1 attempt");
    ck_assert_int_lt(fake_dns_elapsed(dns), 600);
}
END_TEST

START_TEST(silent_tcp_ends_at_the_deadline)
{
    resolve_one("cut.test", ONLY(FAKE_DNS_SCRIPT));
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_CUT);
    ck_assert_int_ge(fake_dns_elapsed(dns), 600);
}
END_TEST

START_TEST(garbled_answer_does_not_fail_other_hosts_for_good)
{
    options.attempts = 3;
    resolve((const char *const[]){"slow100-a.test", "torn.test", "slow100-b.test"}, 3,
            ONLY(FAKE_DNS_SCRIPT));
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_int_eq(hosts[1].outcome, RESOLVER_BAD_ANSWER);
    expect_address(&hosts[2], "192.0.2.1");
}
END_TEST

START_TEST(many_hosts_are_asked_at_once)
{
    static char names[256][32];
    const char *pointers[256];

    for (unsigned i = 0; i < 256; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "slow100-%u.test", i);
        pointers[i] = names[i];
    }
    options.timeout_ms = 5000;
    resolve(pointers, 256, ONLY(FAKE_DNS_SCRIPT));
    for (size_t i = 0; i < 256; i++) {
        expect_address(&hosts[i], "192.0.2.1");
    }
    /* A host whose answer is late is asked for again. */
    ck_assert_uint_ge(fake_dns_count(dns), 256);
    ck_assert_int_lt(fake_dns_elapsed(dns), 1000);
}
END_TEST

START_TEST(burst_of_large_answers_is_not_lost)
{
    static char names[500][32];
    const char *pointers[500];

    for (unsigned i = 0; i < 500; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "fat.%u.test", i);
        pointers[i] = names[i];
    }
    /* The server answers all that is asked before the resolver gets to read. */
    options.window = 500;
    resolve(pointers, 500, ONLY(FAKE_DNS_SCRIPT));
    for (size_t i = 0; i < 500; i++) {
        expect_address(&hosts[i], "192.0.2.1");
        ck_assert_uint_eq(hosts[i].address_count, 25);
    }
    ck_assert_uint_eq(fake_dns_count(dns), 500);
}
END_TEST

/* ---- conduct -------------------------------------------------------------------------------- */

static size_t descriptors_seen;

static int64_t plain_now(void *context)
{
    (void)context;
    return fake_dns_clock(dns)->now_ms(dns);
}

static int checking_wait(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    (void)context;
    for (nfds_t i = 0; i < count; i++) {
        if (fds[i].fd >= 0) {
            ck_assert_int_eq(fcntl(fds[i].fd, F_GETFD), FD_CLOEXEC);
            descriptors_seen++;
        }
    }
    return fake_dns_clock(dns)->wait(dns, fds, count, timeout_ms);
}

START_TEST(descriptors_are_closed_on_exec)
{
    const struct resolver_clock checking = {.now_ms = plain_now, .wait = checking_wait};
    struct resolver_host host = {.name = "many.test"};

    dns = fake_dns_start(false, ONLY(FAKE_DNS_SCRIPT));
    resolver_run(&options, &host, 1, NULL, &checking);
    ck_assert_int_eq(host.outcome, RESOLVER_RESOLVED);
    resolver_hosts_clear(&host, 1);
    /* The signal's, and a socket, UDP or TCP, at least. */
    ck_assert_uint_ge(descriptors_seen, 3);
}
END_TEST

START_TEST(no_descriptor_is_left)
{
    int before = dup(STDIN_FILENO);

    (void)close(before);
    resolve((const char *const[]){"ok-a.test", "many.test", "ok2-db", "dead.test", "v6.test"}, 5,
            ONLY(FAKE_DNS_CLOSED));
    fake_dns_stop(dns);
    dns = NULL;
    int after = dup(STDIN_FILENO);
    ck_assert_int_eq(before, after);
    (void)close(after);
}
END_TEST

START_TEST(without_descriptors_the_run_ends_with_that_reason)
{
    char text[256];

    dns = fake_dns_start(true, ONLY(FAKE_DNS_SCRIPT));
    few_descriptors_begin(0);
    resolve_one("ok-a.test", NULL);
    few_descriptors_end();
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_SYSTEM_ERROR);
    resolver_explain(&options, &hosts[0], text, sizeof(text));
    ck_assert_str_eq(text,
                     "out of file descriptors or sockets after 1 attempt: Too many open files");
}
END_TEST

START_TEST(descriptors_beyond_1024_work)
{
    struct rlimit limit;
    int filler;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    dns = fake_dns_start(true, ONLY(FAKE_DNS_SCRIPT));
    do {
        filler = dup(STDIN_FILENO);
        ck_assert_int_ge(filler, 0);
    } while (filler < 1100);
    resolve((const char *const[]){"ok-a.test", "many.test"}, 2, NULL);
    expect_address(&hosts[0], "192.0.2.1");
    ck_assert_uint_eq(hosts[1].address_count, 600);
}
END_TEST

struct servers_case {
    const char *servers;
    const char *fault;
};

static const struct servers_case servers_cases[] = {
    {"192.0.2.1", NULL},
    {"192.0.2.1:5353", NULL},
    {"2001:db8::1", NULL},
    {"[2001:db8::1]", NULL},
    {"[2001:db8::1]:5353", NULL},
    {"fe80::1%lo", NULL},
    {"[fe80::1%1]:53", NULL},
    {"192.0.2.1,2001:db8::1,192.0.2.3:53", NULL},
    {"", "no nameserver is given"},
    {",", "an entry is empty"},
    {"192.0.2.1,", "an entry is empty"},
    {"192.0.2", "an entry is no IPv4 or IPv6 address"},
    {"dns.example", "an entry is no IPv4 or IPv6 address"},
    {"192.0.2.1 ", "an entry is no IPv4 or IPv6 address"},
    {"[192.0.2.1]:53", "an entry is no IPv4 or IPv6 address"},
    {"[2001:db8::1", "an entry is no IPv4 or IPv6 address"},
    {"[2001:db8::1]53", "an entry is no IPv4 or IPv6 address"},
    {"fe80::1%", "an entry is no IPv4 or IPv6 address"},
    {"192.0.2.1:", "a port is not between 1 and 65535"},
    {"192.0.2.1:0", "a port is not between 1 and 65535"},
    {"192.0.2.1:65536", "a port is not between 1 and 65535"},
    {"192.0.2.1:53x", "a port is not between 1 and 65535"},
    {"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
     "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1",
     "more than 16 nameservers"},
};

START_TEST(server_list_is_checked)
{
    const char *fault = resolver_servers_fault(servers_cases[_i].servers);

    if (servers_cases[_i].fault == NULL) {
        ck_assert_msg(fault == NULL, "%s: %s", servers_cases[_i].servers, fault);
    } else {
        ck_assert_pstr_eq(fault, servers_cases[_i].fault);
    }
}
END_TEST

/* As the kernel takes it with SIOCSIFADDR on an IPv6 socket. */
struct v6_interface_address {
    struct in6_addr address;
    uint32_t prefix_length;
    int interface;
    char rest[sizeof(struct ifreq) - sizeof(struct in6_addr) - sizeof(uint32_t) - sizeof(int)];
};

START_TEST(link_local_nameserver_is_reached_through_its_zone)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    struct v6_interface_address added = {.prefix_length = 128};
    struct resolver_host host = {.name = "ok-a.test"};
    char query[512];
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        (void)fprintf(stderr, "no IPv6 here: %s not run\n", __func__);
        return;
    }
    ck_assert_int_eq(inet_pton(AF_INET6, "fe80::53", &address.sin6_addr), 1);
    address.sin6_scope_id = if_nametoindex("lo");
    added.address = address.sin6_addr;
    added.interface = (int)address.sin6_scope_id;
    ck_assert_int_eq(ioctl(fd, SIOCSIFADDR, &added), 0);
    /* The kernel takes a new address into use a little later. */
    for (int tries = 0; bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0; tries++) {
        ck_assert_int_lt(tries, 500);
        (void)poll(NULL, 0, 10);
    }
    private_net_write("/etc/resolv.conf", "nameserver fe80::53%lo\n");
    options.timeout_ms = 100;
    resolver_run(&options, &host, 1, NULL, NULL);
    ck_assert_int_eq(host.outcome, RESOLVER_NO_ANSWER);
    ck_assert_int_gt(recv(fd, query, sizeof(query), 0), 0);
    (void)close(fd);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    TCase *cases = tcase_create("resolver");

    private_net_enter();
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, hosts_file_is_honoured_and_no_query_sent);
    tcase_add_test(cases, dns_before_files_is_honoured);
    tcase_add_test(cases, hosts_file_with_0000_is_a_sinkhole_and_named);
    tcase_add_test(cases, host_with_ipv6_lines_alone_is_asked_of_dns);
    tcase_add_loop_test(cases, search_list_is_used_where_it_is_to_be, 0, COUNT(search_cases));
    tcase_add_loop_test(cases, explanation_says_what_became_of_the_search_list, 0,
                        COUNT(search_texts));
    tcase_add_test(cases, search_list_from_the_environment_is_not_used);
    tcase_add_test(cases, name_without_a_dot_is_searched_for);
    tcase_add_test(cases, dotless_name_in_the_hosts_file_is_found);
    tcase_add_test(cases, resolv_conf_is_read_afresh_for_each_attempt);
    tcase_add_test(cases, without_resolv_conf_loopback_is_asked);
    tcase_add_loop_test(cases, missing_nameserver_is_named_in_the_explanation, 0,
                        COUNT(empty_resolv_confs));
    tcase_add_test(cases, servers_option_replaces_resolv_conf);
    tcase_add_test(cases, third_nameserver_has_its_turn_inside_the_attempt);
    tcase_add_loop_test(cases, next_nameserver_is_asked_at_once_after_a_failure, 0,
                        COUNT(failing_first));
    tcase_add_test(cases, late_answer_of_an_earlier_nameserver_counts);
    tcase_add_test(cases, nxdomain_is_not_asked_of_the_next_nameserver);
    tcase_add_test(cases, rotate_spreads_the_hosts_over_the_nameservers);
    tcase_add_loop_test(cases, most_telling_failure_of_the_nameservers_is_reported, 0,
                        COUNT(mixed));
    tcase_add_loop_test(cases, it_is_told_who_gave_the_outcome, 0, COUNT(source_cases));
    tcase_add_test(cases, with_dns_before_files_it_is_told_as_well);
    tcase_add_test(cases, nameservers_in_force_are_listed);
    tcase_add_loop_test(cases, odd_answer_costs_no_wait, 0,
                        sizeof(odd_cases) / sizeof(odd_cases[0]));
    tcase_add_test(cases, refused_port_does_not_wait_for_the_deadline);
    tcase_add_test(cases, addresses_without_a_route_go_behind);
    tcase_add_test(cases, addresses_keep_the_order_of_the_answer);
    tcase_add_test(cases, sinkhole_behind_an_address_is_left_out);
    tcase_add_test(cases, cname_chain_is_followed);
    tcase_add_test(cases, strays_are_ignored);
    tcase_add_test(cases, strays_do_not_harm_other_hosts);
    tcase_add_test(cases, cut_answer_is_fetched_over_tcp);
    tcase_add_test(cases, cut_answer_to_a_dotless_name_is_fetched_over_tcp);
    tcase_add_test(cases, closed_tcp_fails_only_the_host_that_needs_it);
    tcase_add_test(cases, silent_tcp_ends_at_the_deadline);
    tcase_add_test(cases, garbled_answer_does_not_fail_other_hosts_for_good);
    tcase_add_test(cases, many_hosts_are_asked_at_once);
    tcase_add_test(cases, burst_of_large_answers_is_not_lost);
    tcase_add_test(cases, descriptors_are_closed_on_exec);
    tcase_add_test(cases, no_descriptor_is_left);
    tcase_add_test(cases, without_descriptors_the_run_ends_with_that_reason);
    tcase_add_test(cases, descriptors_beyond_1024_work);
    tcase_add_loop_test(cases, server_list_is_checked, 0, COUNT(servers_cases));
    tcase_add_test(cases, link_local_nameserver_is_reached_through_its_zone);
    return run_cases("resolver", cases);
}

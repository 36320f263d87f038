/*
 * nsswitch.conf, and names that only libc knows. getaddrinfo is the test's own here: it knows what
 * a test tells it, and hangs when a test says so.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/nsswitch.h"
#include "resolver/resolver.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/few_descriptors.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

enum { HOSTS_MAX = 64, ASKED_MAX = 128 };

/* ---- libc as the test wants it -------------------------------------------------------------- */

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    const char *address; /* what every name resolves to, or NULL */
    const char *second;
    const char *canonical; /* may be NULL */
    int descriptors;       /* that a call needs */
    bool hang;             /* calls wait until this is cleared */
    void (*hanging)(void); /* told of each that does */
    size_t running;
    size_t most_running;
    size_t asked_count;
    char asked[ASKED_MAX][64];
    bool signals_blocked;
    int family;
    int socket_type;
} libc = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct node {
    struct addrinfo info;
    struct sockaddr_in address;
};

static struct addrinfo *node_create(const char *text, struct addrinfo *next)
{
    struct node *node = calloc(1, sizeof(*node));

    if (node == NULL || inet_pton(AF_INET, text, &node->address.sin_addr) != 1) {
        abort();
    }
    node->address.sin_family = AF_INET;
    node->info.ai_family = AF_INET;
    node->info.ai_addr = (struct sockaddr *)&node->address;
    node->info.ai_addrlen = sizeof(node->address);
    node->info.ai_next = next;
    return &node->info;
}

/* For 10 ms, without the mutex. False where there are not as many, with errno. */
static bool takes_descriptors(int count)
{
    int taken[16];
    int error = 0;
    int i = 0;

    if (count == 0) {
        return true;
    }
    (void)pthread_mutex_unlock(&libc.mutex);
    while (i < count && (taken[i] = dup(STDERR_FILENO)) >= 0) {
        i++;
    }
    error = i < count ? errno : 0;
    (void)usleep(10000);
    while (i > 0) {
        (void)close(taken[--i]);
    }
    (void)pthread_mutex_lock(&libc.mutex);
    errno = error;
    return error == 0;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    int status = EAI_NONAME;
    sigset_t mask;

    (void)service;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    (void)pthread_mutex_lock(&libc.mutex);
    if (libc.asked_count < ASKED_MAX) {
        (void)snprintf(libc.asked[libc.asked_count++], sizeof(libc.asked[0]), "%s", name);
    }
    libc.family = hints->ai_family;
    libc.socket_type = hints->ai_socktype;
    libc.signals_blocked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGUSR1) == 1;
    libc.running++;
    if (libc.running > libc.most_running) {
        libc.most_running = libc.running;
    }
    (void)pthread_cond_broadcast(&libc.changed);
    if (libc.hang && libc.hanging != NULL) {
        libc.hanging();
    }
    while (libc.hang) {
        (void)pthread_cond_wait(&libc.changed, &libc.mutex);
    }
    if (takes_descriptors(libc.descriptors) && libc.address != NULL) {
        struct addrinfo *second = libc.second != NULL ? node_create(libc.second, NULL) : NULL;
        *result = node_create(libc.address, second);
        (*result)->ai_canonname = (char *)(uintptr_t)libc.canonical;
        status = 0;
    }
    libc.running--;
    (void)pthread_cond_broadcast(&libc.changed);
    (void)pthread_mutex_unlock(&libc.mutex);
    return status;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

static void libc_release(void *unused)
{
    (void)unused;
    (void)pthread_mutex_lock(&libc.mutex);
    libc.hang = false;
    (void)pthread_cond_broadcast(&libc.changed);
    (void)pthread_mutex_unlock(&libc.mutex);
}

static size_t libc_running(void)
{
    size_t running;

    (void)pthread_mutex_lock(&libc.mutex);
    running = libc.running;
    (void)pthread_mutex_unlock(&libc.mutex);
    return running;
}

static void libc_await_idle(void)
{
    (void)pthread_mutex_lock(&libc.mutex);
    while (libc.running > 0) {
        (void)pthread_cond_wait(&libc.changed, &libc.mutex);
    }
    (void)pthread_mutex_unlock(&libc.mutex);
}

/* ---- fixture -------------------------------------------------------------------------------- */

static struct resolver_options options;
static struct resolver_observer observer;
static struct resolver_host hosts[HOSTS_MAX];
static struct fake_dns *dns;

static void resolve(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hosts[i].name = names[i];
    }
    resolver_run(&options, hosts, count, &observer, fake_dns_clock(dns));
}

static void resolve_one(const char *name)
{
    resolve(&name, 1);
}

static void setup(void)
{
    static const enum fake_dns_mode modes[FAKE_DNS_SERVERS] = {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED,
                                                               FAKE_DNS_CLOSED};

    private_net_reset();
    private_net_write("/etc/nsswitch.conf", "hosts: files mymachines dns\n");
    memset(hosts, 0, sizeof(hosts));
    observer = (struct resolver_observer){.context = NULL};
    options = (struct resolver_options){.attempts = 3,
                                        .timeout_ms = 300,
                                        .backoff_ms = 20,
                                        .backoff_factor = 1,
                                        .hedge_ms = 200,
                                        .budget_ms = 20000,
                                        .window = 256};
    dns = fake_dns_start(false, modes);
}

static void teardown(void)
{
    libc_release(NULL);
    libc_await_idle();
    resolver_hosts_clear(hosts, HOSTS_MAX);
    fake_dns_stop(dns);
}

static void expect_from_libc(const struct resolver_host *host, uint32_t address)
{
    ck_assert_int_eq(host->outcome, RESOLVER_RESOLVED);
    ck_assert_uint_eq(host->address_count, 1);
    ck_assert_uint_eq(host->addresses[0].s_addr, htonl(address));
}

/* ---- nsswitch.conf --------------------------------------------------------------------------- */

struct line_case {
    const char *line;
    bool hosts;
    bool more;
    bool dns_first;
};

static const struct line_case line_cases[] = {
    {"hosts: files dns", true, false, false},
    {"hosts:files dns\n", true, false, false},
    {"  hosts:\tfiles\tdns\r\n", true, false, false},
    {"hosts: dns files", true, false, true},
    {"hosts: dns [!UNAVAIL=return] files", true, false, true},
    {"hosts: files [NOTFOUND=return] dns", true, false, false},
    {"hosts: files [ NOTFOUND=return  UNAVAIL=continue ] dns", true, false, false},
    {"hosts: files[NOTFOUND=return]dns", true, false, false},
    {"hosts: files", true, false, false},
    {"hosts: dns", true, false, true},
    {"hosts:", true, false, false},
    {"hosts: files dns # mymachines", true, false, false},
    {"hosts: files mymachines dns", true, true, false},
    {"hosts: files dns myhostname", true, true, false},
    {"hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns", true, true, false},
    {"hosts: files mdns4_minimal [NOTFOUND=return] dns", true, true, false},
    {"hosts: sss files dns", true, true, false},
    {"hosts: db files dns", true, true, false},
    {"hosts: filesystem dns", true, true, true},
    {"hosts: files dnssec", true, true, false},
    {"hosts: files [NOTFOUND=return", true, false, false},
    {"#hosts: files mymachines", false, false, false},
    {"passwd: files sss", false, false, false},
    {"myhosts: files sss", false, false, false},
    {"hosts", false, false, false},
    {"", false, false, false},
};

START_TEST(hosts_line_is_understood)
{
    const struct line_case *expected = &line_cases[_i];
    struct nsswitch parsed = {false, false};

    ck_assert_msg(nsswitch_parse_line(expected->line, &parsed) == expected->hosts, "%s",
                  expected->line);
    ck_assert_msg(parsed.more == expected->more, "%s", expected->line);
    ck_assert_msg(parsed.dns_first == expected->dns_first, "%s", expected->line);
}
END_TEST

START_TEST(other_line_leaves_the_result_alone)
{
    struct nsswitch parsed = {true, true};

    ck_assert(!nsswitch_parse_line("passwd: files", &parsed));
    ck_assert(parsed.more && parsed.dns_first);
}
END_TEST

START_TEST(missing_file_means_files_and_dns)
{
    struct nsswitch parsed = {true, true};

    private_net_write("/etc/nsswitch.conf", NULL);
    nsswitch_read(&parsed);
    ck_assert(!parsed.more && !parsed.dns_first);
}
END_TEST

START_TEST(last_hosts_line_counts_and_tails_of_long_lines_do_not)
{
    static char text[4096];
    struct nsswitch parsed = {false, false};

    (void)snprintf(text, sizeof(text), "hosts: files\n# %01022d hosts: dns\nhosts: dns sss\n", 0);
    private_net_write("/etc/nsswitch.conf", text);
    nsswitch_read(&parsed);
    ck_assert(parsed.more && parsed.dns_first);
    (void)snprintf(text, sizeof(text), "hosts: files sss\n#%01022dhosts: dns\n", 0);
    private_net_write("/etc/nsswitch.conf", text);
    nsswitch_read(&parsed);
    ck_assert(parsed.more && !parsed.dns_first);
}
END_TEST

/* ---- the fallback ---------------------------------------------------------------------------- */

START_TEST(libc_is_asked_whatever_nsswitch_says)
{
    private_net_write("/etc/nsswitch.conf", "hosts: files dns\n");
    options.backoff_ms = 5000;
    libc.address = "203.0.113.9";
    resolve_one("nx.test");
    expect_from_libc(&hosts[0], 0xCB007109);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_uint_eq(libc.asked_count, 1);
}
END_TEST

START_TEST(last_attempt_waits_for_libc_until_its_deadline)
{
    private_net_write("/etc/nsswitch.conf", "hosts: files dns\n");
    options.attempts = 1;
    options.timeout_ms = 5000;
    libc.hang = true;
    libc.address = "203.0.113.9";
    fake_dns_at(dns, 300, libc_release, NULL);
    resolve_one("nx.test");
    expect_from_libc(&hosts[0], 0xCB007109);
    ck_assert_int_lt(fake_dns_elapsed(dns), 2500);
}
END_TEST

/* libc has a search list of its own; what it finds by it is better than to be refused. */
static const struct canonical_case {
    const char *host;
    const char *canonical;
    unsigned attempts; /* when it is taken */
    const char *found_as;
} canonical_cases[] = {
    {"nx.test", NULL, 1, ""},
    {"nx.test", "NX.test", 1, ""},
    {"nx.test", "nx.test.corp.example", 3, "nx.test.corp.example"},
    {"nx", "nx.corp.example", 1, "nx.corp.example"},
};

START_TEST(name_that_libc_searched_for_is_taken_last)
{
    const struct canonical_case *one = &canonical_cases[_i];

    libc.address = "203.0.113.9";
    libc.canonical = one->canonical;
    resolve_one(one->host);
    expect_from_libc(&hosts[0], 0xCB007109);
    ck_assert_uint_eq(hosts[0].attempts, one->attempts);
    ck_assert_str_eq(hosts[0].found_as, one->found_as);
    ck_assert_uint_eq(libc.asked_count, 1);
}
END_TEST

START_TEST(name_that_libc_searched_for_does_not_undo_ipv6_only)
{
    libc.address = "203.0.113.9";
    libc.canonical = "v6.test.corp.example";
    resolve_one("v6.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_IPV6_ONLY);
}
END_TEST

START_TEST(number_is_no_name_for_libc)
{
    static const enum fake_dns_mode modes[FAKE_DNS_SERVERS] = {FAKE_DNS_SERVFAIL, FAKE_DNS_CLOSED,
                                                               FAKE_DNS_CLOSED};

    fake_dns_stop(dns);
    dns = fake_dns_start(false, modes);
    options.attempts = 1;
    libc.address = "203.0.113.9";
    resolve((const char *const[]){"127.1", "3232268286", "0x7f.1"}, 3);
    ck_assert_uint_eq(libc.asked_count, 0);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(hosts[i].outcome, RESOLVER_SERVER_ERROR);
    }
}
END_TEST

START_TEST(host_that_dns_knows_is_not_asked_of_libc)
{
    libc.address = "203.0.113.9";
    resolve_one("ok-a.test");
    expect_from_libc(&hosts[0], 0xC0000201);
    ck_assert_uint_eq(libc.asked_count, 0);
}
END_TEST

static const char *const unresolved[] = {"nx.test", "none.test", "v6.test", "sf.test", "rf.test"};

START_TEST(host_that_only_libc_knows_is_resolved_in_the_same_attempt)
{
    libc.address = "203.0.113.9";
    resolve_one(unresolved[_i]);
    expect_from_libc(&hosts[0], 0xCB007109);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_str_eq(hosts[0].source, "getaddrinfo");
    ck_assert_uint_eq(libc.asked_count, 1);
    ck_assert_str_eq(libc.asked[0], unresolved[_i]);
    ck_assert_int_eq(libc.family, AF_INET);
    ck_assert_int_eq(libc.socket_type, SOCK_STREAM);
    ck_assert(libc.signals_blocked);
}
END_TEST

/* Without us it would be asked as well, and of the system's nameservers. */
START_TEST(nameservers_of_the_settings_do_not_keep_libc_out)
{
    options.servers = "127.0.0.1:53";
    libc.address = "203.0.113.9";
    resolve_one("nx.test");
    expect_from_libc(&hosts[0], 0xCB007109);
    ck_assert_str_eq(hosts[0].source, "getaddrinfo");
}
END_TEST

START_TEST(libc_is_asked_once_and_dns_stays_the_reason)
{
    resolve_one("nx.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_SUCH_HOST);
    ck_assert_uint_eq(hosts[0].attempts, 3);
    ck_assert_uint_eq(libc.asked_count, 1);
}
END_TEST

START_TEST(ipv6_only_stays_final_when_libc_knows_no_better)
{
    resolve_one("v6.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_IPV6_ONLY);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_uint_eq(libc.asked_count, 1);
}
END_TEST

START_TEST(sinkhole_is_not_asked_of_libc)
{
    libc.address = "203.0.113.9";
    resolve_one("sink.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_SINKHOLED);
    ck_assert_uint_eq(libc.asked_count, 0);
}
END_TEST

START_TEST(libc_answer_that_begins_with_0000_is_none)
{
    libc.address = "0.0.0.0";
    libc.second = "203.0.113.9";
    resolve_one("nx.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_SUCH_HOST);
}
END_TEST

START_TEST(hanging_libc_is_given_up_at_the_deadline_and_outlives_the_run)
{
    options.attempts = 1;
    libc.hang = true;
    libc.address = "203.0.113.9";
    resolve_one("nx.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_SUCH_HOST);
    ck_assert_int_ge(fake_dns_elapsed(dns), 300);
    ck_assert_int_lt(fake_dns_elapsed(dns), 2000);
    ck_assert_uint_eq(libc_running(), 1);
    libc_release(NULL);
    libc_await_idle();
    ck_assert_ptr_null(hosts[0].addresses);
}
END_TEST

START_TEST(late_answer_of_libc_still_resolves_the_host)
{
    options.backoff_ms = 1000;
    libc.hang = true;
    libc.address = "203.0.113.9";
    fake_dns_at(dns, 500, libc_release, NULL);
    resolve_one("nx.test");
    expect_from_libc(&hosts[0], 0xCB007109);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_int_lt(fake_dns_elapsed(dns), 1300);
}
END_TEST

START_TEST(late_answer_of_libc_ends_an_attempt_under_way)
{
    options.timeout_ms = 1000;
    libc.hang = true;
    libc.address = "203.0.113.9";
    fake_dns_at(dns, 1300, libc_release, NULL);
    resolve_one("dead.test");
    expect_from_libc(&hosts[0], 0xCB007109);
    ck_assert_uint_eq(hosts[0].attempts, 2);
    ck_assert_int_lt(fake_dns_elapsed(dns), 2000);
}
END_TEST

START_TEST(silent_dns_lets_libc_answer_before_the_next_attempt)
{
    options.backoff_ms = 5000;
    libc.address = "203.0.113.9";
    resolve_one("dead.test");
    expect_from_libc(&hosts[0], 0xCB007109);
    ck_assert_uint_eq(hosts[0].attempts, 1);
    ck_assert_int_lt(fake_dns_elapsed(dns), 3000);
}
END_TEST

START_TEST(at_most_sixteen_threads_and_every_host_gets_its_turn)
{
    static char names[HOSTS_MAX][32];
    const char *pointers[HOSTS_MAX];

    for (unsigned i = 0; i < HOSTS_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "nx.%u.test", i);
        pointers[i] = names[i];
    }
    options.timeout_ms = 5000;
    libc.hang = true;
    libc.address = "203.0.113.9";
    fake_dns_at(dns, 200, libc_release, NULL);
    resolve(pointers, HOSTS_MAX);
    for (size_t i = 0; i < HOSTS_MAX; i++) {
        expect_from_libc(&hosts[i], 0xCB007109);
        ck_assert_uint_eq(hosts[i].attempts, 1);
    }
    ck_assert_uint_le(libc.most_running, 16);
    ck_assert_uint_eq(libc.asked_count, HOSTS_MAX);
}
END_TEST

/* The last four wait for a thread when DNS comes to know them; the run goes on for another. */
START_TEST(libc_is_not_asked_for_what_dns_has_found_meanwhile)
{
    enum { COUNT = 20, THREADS = 16 };
    static const enum fake_dns_mode modes[FAKE_DNS_SERVERS] = {FAKE_DNS_SCRIPT, FAKE_DNS_CLOSED,
                                                               FAKE_DNS_CLOSED};
    static char names[COUNT][32];
    const char *pointers[COUNT + 1];

    /* In virtual time: on a loaded machine DNS may know them later than half a second from now. */
    fake_dns_stop(dns);
    dns = fake_dns_start(true, modes);
    for (unsigned i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "sf1-%u.test", i);
        pointers[i] = names[i];
    }
    pointers[COUNT] = "dead.test";
    libc.hang = true;
    fake_dns_at(dns, 500, libc_release, NULL);
    resolve(pointers, COUNT + 1);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_int_eq(hosts[i].outcome, RESOLVER_RESOLVED);
    }
    ck_assert_int_eq(hosts[COUNT].outcome, RESOLVER_NO_ANSWER);
    ck_assert_uint_le(libc.asked_count, THREADS + 1);
}
END_TEST

/* Of which a call of libc needs three, while our own questions need one each. */
START_TEST(few_descriptors_do_for_hosts_that_only_libc_knows)
{
    static const struct few_case {
        size_t left;
        unsigned hosts;
    } cases[] = {{5, 12}, {12, 40}, {24, 64}};
    static char names[HOSTS_MAX][32];
    const char *pointers[HOSTS_MAX];

    for (unsigned i = 0; i < cases[_i].hosts; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "nx.%u.test", i);
        pointers[i] = names[i];
    }
    options.attempts = 4;
    options.timeout_ms = 2000;
    libc.descriptors = 3;
    libc.address = "203.0.113.9";
    few_descriptors_begin(cases[_i].left);
    resolve(pointers, cases[_i].hosts);
    few_descriptors_end();
    for (unsigned i = 0; i < cases[_i].hosts; i++) {
        expect_from_libc(&hosts[i], 0xCB007109);
    }
}
END_TEST

START_TEST(cancel_does_not_wait_for_libc)
{
    options.timeout_ms = 5000;
    libc.hang = true;
    libc.address = "203.0.113.9";
    libc.hanging = resolver_cancel_all;
    resolve_one("nx.test");
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_CANCELLED);
    ck_assert_int_lt(fake_dns_elapsed(dns), 2500);
    ck_assert_uint_eq(libc_running(), 1);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    TCase *cases = tcase_create("nss");

    private_net_enter();
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, hosts_line_is_understood, 0, COUNT(line_cases));
    tcase_add_test(cases, other_line_leaves_the_result_alone);
    tcase_add_test(cases, missing_file_means_files_and_dns);
    tcase_add_test(cases, last_hosts_line_counts_and_tails_of_long_lines_do_not);
    tcase_add_test(cases, libc_is_asked_whatever_nsswitch_says);
    tcase_add_test(cases, last_attempt_waits_for_libc_until_its_deadline);
    tcase_add_loop_test(cases, name_that_libc_searched_for_is_taken_last, 0,
                        COUNT(canonical_cases));
    tcase_add_test(cases, name_that_libc_searched_for_does_not_undo_ipv6_only);
    tcase_add_test(cases, number_is_no_name_for_libc);
    tcase_add_test(cases, host_that_dns_knows_is_not_asked_of_libc);
    tcase_add_loop_test(cases, host_that_only_libc_knows_is_resolved_in_the_same_attempt, 0,
                        COUNT(unresolved));
    tcase_add_test(cases, nameservers_of_the_settings_do_not_keep_libc_out);
    tcase_add_test(cases, libc_is_asked_once_and_dns_stays_the_reason);
    tcase_add_test(cases, ipv6_only_stays_final_when_libc_knows_no_better);
    tcase_add_test(cases, sinkhole_is_not_asked_of_libc);
    tcase_add_test(cases, libc_answer_that_begins_with_0000_is_none);
    tcase_add_test(cases, hanging_libc_is_given_up_at_the_deadline_and_outlives_the_run);
    tcase_add_test(cases, late_answer_of_libc_still_resolves_the_host);
    tcase_add_test(cases, late_answer_of_libc_ends_an_attempt_under_way);
    tcase_add_test(cases, silent_dns_lets_libc_answer_before_the_next_attempt);
    tcase_add_test(cases, at_most_sixteen_threads_and_every_host_gets_its_turn);
    tcase_add_test(cases, libc_is_not_asked_for_what_dns_has_found_meanwhile);
    tcase_add_loop_test(cases, few_descriptors_do_for_hosts_that_only_libc_knows, 0, 3);
    tcase_add_test(cases, cancel_does_not_wait_for_libc);
    return run_cases("nss", cases);
}

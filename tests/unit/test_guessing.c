/*
 * What somebody who cannot see the questions would have to guess to answer them: the source port
 * and the identifier. Both are read off the questions as a nameserver gets them.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/nss.h"
#include "resolver/raw.h"
#include "resolver/resolver.h"
#include "tests/unit/private_net.h"
#include "tests/unit/run.h"

enum { HOSTS = 256, QUESTIONS = 1024 };

/* The names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */
ssize_t __real_raw_random(void *buffer, size_t size);
ssize_t __wrap_raw_random(void *buffer, size_t size);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
bool __real_nss_ask(struct nss *nss, size_t id, const char *name);
bool __wrap_nss_ask(struct nss *nss, size_t id, const char *name);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static bool getrandom_is_gone;
static bool urandom_is_gone;
static size_t asked_of_libc;

ssize_t __wrap_raw_random(void *buffer, size_t size)
{
    errno = ENOSYS;
    return getrandom_is_gone ? -1 : __real_raw_random(buffer, size);
}

int __wrap_open(const char *path, int flags, ...)
{
    errno = ENOENT;
    return urandom_is_gone && strcmp(path, "/dev/urandom") == 0 ? -1 : __real_open(path, flags);
}

bool __wrap_nss_ask(struct nss *nss, size_t id, const char *name)
{
    asked_of_libc++;
    return __real_nss_ask(nss, id, name);
}

/* ---- fixture --------------------------------------------------------------------------------- */

static int server = -1;
static char names[HOSTS][32];
static struct resolver_host hosts[HOSTS];

static struct {
    uint16_t id;
    in_port_t port;
} questions[QUESTIONS];
static size_t question_count;

static const struct resolver_options options = {.attempts = 1,
                                                .timeout_ms = 200,
                                                .backoff_ms = 0,
                                                .backoff_factor = 1,
                                                .hedge_ms = 200,
                                                .budget_ms = 20000,
                                                .window = HOSTS};

static void setup(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
    int size = 4 << 20;

    private_net_reset();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(server, 0);
    (void)setsockopt(server, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    question_count = 0;
    getrandom_is_gone = false;
    urandom_is_gone = false;
}

static void teardown(void)
{
    (void)close(server);
}

/* Every host asks once and nobody answers: all questions lie in the server's buffer afterwards. */
static void ask_all(void)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof(peer);
    unsigned char message[512];

    asked_of_libc = 0;
    memset(hosts, 0, sizeof(hosts));
    for (unsigned i = 0; i < HOSTS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "host%u.test", i);
        hosts[i].name = names[i];
    }
    resolver_run(&options, hosts, HOSTS, NULL, NULL);
    while (question_count < QUESTIONS &&
           recvfrom(server, message, sizeof(message), 0, (struct sockaddr *)&peer, &length) > 12) {
        questions[question_count].id = (uint16_t)(message[0] << 8 | message[1]);
        questions[question_count].port = ntohs(peer.sin_port);
        question_count++;
    }
}

/* ---- tests ------------------------------------------------------------------------------------
 */

START_TEST(each_question_has_a_port_of_its_own)
{
    static bool seen[65536];
    size_t different = 0;

    ask_all();
    ck_assert_uint_eq(question_count, HOSTS);
    ck_assert_uint_eq(asked_of_libc, HOSTS);
    memset(seen, 0, sizeof(seen));
    for (size_t i = 0; i < question_count; i++) {
        different += seen[questions[i].port] ? 0 : 1;
        seen[questions[i].port] = true;
    }
    ck_assert_uint_eq(different, HOSTS);
}
END_TEST

/* With 255 degrees of freedom a fair source is above this once in 10^9 times. */
static const double CHI_SQUARE_MOST = 410.0;

static double chi_square(const uint16_t *ids, unsigned shift)
{
    unsigned counts[256] = {0};
    const double expected = QUESTIONS / 256.0;
    double sum = 0;

    for (size_t i = 0; i < QUESTIONS; i++) {
        counts[ids[i] >> shift & 0xFF]++;
    }
    for (size_t i = 0; i < 256; i++) {
        sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    }
    return sum;
}

/* In c-ares 1.18.1 bytes below 31 are rare. 124 are to be expected, with a deviation of 10.4. */
enum { LOW_BYTE = 31, LOW_LEAST = 62, LOW_MOST = 186, REPEATED_MOST = 3 };

static unsigned low_bytes(const uint16_t *ids, unsigned shift)
{
    unsigned count = 0;

    for (size_t i = 0; i < QUESTIONS; i++) {
        count += (ids[i] >> shift & 0xFF) < LOW_BYTE ? 1 : 0;
    }
    return count;
}

/* What helps to guess the identifiers of QUESTIONS questions, HOSTS in each run; NULL: nothing. All
 * values of both bytes come equally often, and one run does not repeat another. */
static const char *weakness(const uint16_t *ids)
{
    unsigned repeated = 0;

    for (unsigned shift = 0; shift <= 8; shift += 8) {
        unsigned low = low_bytes(ids, shift);
        if (chi_square(ids, shift) > CHI_SQUARE_MOST) {
            return "uneven";
        }
        if (low < LOW_LEAST || low > LOW_MOST) {
            return "low bytes";
        }
    }
    for (size_t i = 0; i < HOSTS; i++) {
        repeated += ids[i] == ids[HOSTS + i] ? 1 : 0;
    }
    return repeated > REPEATED_MOST ? "repeated" : NULL;
}

START_TEST(identifiers_cannot_be_guessed)
{
    uint16_t ids[QUESTIONS];

    getrandom_is_gone = _i == 1;
    for (int run = 0; run < QUESTIONS / HOSTS; run++) {
        ask_all();
    }
    ck_assert_uint_eq(question_count, QUESTIONS);
    for (size_t i = 0; i < QUESTIONS; i++) {
        ids[i] = questions[i].id;
    }
    ck_assert_ptr_null(weakness(ids));
}
END_TEST

/* ---- what the statistic tells ---------------------------------------------------------------- */

/* A fair byte, the same ones in each run of the test (splitmix64). */
static unsigned char fair_byte(void)
{
    static uint64_t state;
    uint64_t mixed = state += 0x9E3779B97F4A7C15U;

    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBU;
    return (unsigned char)(mixed >> 33);
}

static uint16_t fair(const uint16_t *ids, size_t i)
{
    (void)ids;
    (void)i;
    return (uint16_t)(fair_byte() << 8 | fair_byte());
}

static uint16_t constant(const uint16_t *ids, size_t i)
{
    (void)ids;
    (void)i;
    return 0x2B67;
}

static uint16_t counted(const uint16_t *ids, size_t i)
{
    (void)ids;
    return (uint16_t)(0x2B67 + i);
}

/* As c-ares 1.18.1: of 1,024 identifiers 16 had a lower and 22 an upper byte below 31. */
static uint16_t without_low_bytes(const uint16_t *ids, size_t i)
{
    unsigned bytes[2];

    (void)ids;
    (void)i;
    for (size_t k = 0; k < 2; k++) {
        do {
            bytes[k] = fair_byte();
        } while (bytes[k] < LOW_BYTE && fair_byte() >= 38);
    }
    return (uint16_t)(bytes[1] << 8 | bytes[0]);
}

/* As from a generator that each run begins anew. */
static uint16_t begun_anew(const uint16_t *ids, size_t i)
{
    return i < HOSTS ? fair(ids, i) : ids[i - HOSTS];
}

static const struct {
    uint16_t (*next)(const uint16_t *ids, size_t i);
    bool guessable;
} sources[] = {
    {fair, false}, {constant, true}, {counted, true}, {without_low_bytes, true}, {begun_anew, true},
};

START_TEST(source_that_can_be_guessed_is_told)
{
    uint16_t ids[QUESTIONS];

    for (size_t i = 0; i < QUESTIONS; i++) {
        ids[i] = sources[_i].next(ids, i);
    }
    ck_assert_int_eq(weakness(ids) != NULL, sources[_i].guessable);
}
END_TEST

/* Nor by libc, which has no better source. */
START_TEST(without_randomness_nothing_is_asked)
{
    char text[256];

    getrandom_is_gone = true;
    urandom_is_gone = true;
    ask_all();
    ck_assert_uint_eq(question_count, 0);
    ck_assert_uint_eq(asked_of_libc, 0);
    ck_assert_int_eq(hosts[0].outcome, RESOLVER_NO_RANDOMNESS);
    resolver_explain(&options, &hosts[0], text, sizeof(text));
    ck_assert_str_eq(text, "no randomness from getrandom or /dev/urandom, so a forged answer "
                           "would be believed");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("guessing");

    private_net_enter();
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, each_question_has_a_port_of_its_own);
    tcase_add_loop_test(cases, identifiers_cannot_be_guessed, 0, 2);
    tcase_add_loop_test(cases, source_that_can_be_guessed_is_told, 0,
                        sizeof(sources) / sizeof(sources[0]));
    tcase_add_test(cases, without_randomness_nothing_is_asked);
    return run_cases("guessing", cases);
}

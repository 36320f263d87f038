/*
 * bench-plan decide CONFIG   the plan on the real resolver: its verdict and milliseconds
 * bench-plan serial CONFIG   the same hosts as the bridge asks for them: milliseconds
 * bench-plan rules CONFIG N  the plan with answers at hand, N times: nanoseconds of processor time
 *                            of each, then of copying the configuration, then the heap's peak
 * bench-plan version         of c-ares
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/plan/plan.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_heap.h"
#include "tests/support/decide.h"

static const char *const verdicts[] = {"unchanged", "rewritten", "refused"};

/* Lines are made as for an operator, and dropped. */
static void drop_line(void *context, enum log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static const struct log quiet = {.threshold = LOG_LEVEL_INFO, .sink = drop_line};

static void answer_at_once(void *context, const struct resolver_options *options,
                           struct resolver_host *hosts, size_t count,
                           const struct resolver_observer *observer)
{
    (void)context;
    (void)options;
    for (size_t i = 0; i < count; i++) {
        hosts[i].addresses = malloc(sizeof(*hosts[i].addresses));
        if (hosts[i].addresses == NULL) {
            exit(1);
        }
        hosts[i].addresses[0].s_addr = htonl(0xc6120000U + (uint32_t)i); /* 198.18.0.0/15 */
        hosts[i].address_count = 1;
        hosts[i].attempts = 1;
        hosts[i].outcome = RESOLVER_RESOLVED;
        if (observer->settled != NULL) {
            observer->settled(observer->context, &hosts[i]);
        }
    }
}

static enum plan_verdict decide(const char *json, const struct settings *settings,
                                decide_lookup_fn *lookup)
{
    enum plan_verdict verdict;
    struct answers answers;
    struct plan plan;

    plan_read(json, strlen(json), settings, &quiet, &plan);
    if (lookup != NULL) {
        decide_with(&plan, lookup, &answers);
    } else {
        plan_resolve(&plan, &answers);
        plan_decide(&plan, &answers);
    }
    verdict = plan.verdict;
    plan_clear(&plan);
    answers_clear(&answers);
    return verdict;
}

static void bench_decide(const char *json, const struct settings *settings)
{
    const int64_t begin = bench_now(CLOCK_MONOTONIC);
    const enum plan_verdict verdict = decide(json, settings, NULL);

    printf("%s %.3f\n", verdicts[verdict], (double)(bench_now(CLOCK_MONOTONIC) - begin) / 1e6);
}

static void bench_serial(const char *json, const struct settings *settings)
{
    /* As Go's cgo resolver asks. */
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct plan plan;
    int64_t begin;

    plan_read(json, strlen(json), settings, &quiet, &plan);
    begin = bench_now(CLOCK_MONOTONIC);
    for (size_t i = 0; i < plan.list.host_count; i++) {
        struct addrinfo *list = NULL;

        if (getaddrinfo(plan.list.hosts[i].name, NULL, &hints, &list) != 0) {
            exit(1);
        }
        freeaddrinfo(list);
    }
    printf("%.3f\n", (double)(bench_now(CLOCK_MONOTONIC) - begin) / 1e6);
    plan_clear(&plan);
}

/* Copies of the configuration, kept from being optimised away. */
static int64_t copy_cost(const char *json)
{
    const size_t length = strlen(json);
    char *const copy = malloc(length);
    int64_t begin;

    if (copy == NULL) {
        exit(1);
    }
    memcpy(copy, json, length);
    begin = bench_now(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < 100; i++) {
        memcpy(copy, json, length);
        __asm__ volatile("" : : "r"(copy) : "memory");
    }
    begin = bench_now(CLOCK_PROCESS_CPUTIME_ID) - begin;
    free(copy);
    return begin / 100;
}

static void bench_rules(const char *json, const struct settings *settings, long count)
{
    for (long i = 0; i <= count; i++) {
        const int64_t begin = bench_now(CLOCK_PROCESS_CPUTIME_ID);

        if (decide(json, settings, answer_at_once) != PLAN_REWRITTEN) {
            fprintf(stderr, "bench-plan: not rewritten\n");
            exit(1);
        }
        if (i > 0) {
            printf("%" PRId64 "\n", bench_now(CLOCK_PROCESS_CPUTIME_ID) - begin);
        }
    }
    printf("%" PRId64 "\n", copy_cost(json));
    bench_heap_count();
    (void)decide(json, settings, answer_at_once);
    printf("%zu\n", bench_heap_peak());
}

int main(int argc, char **argv)
{
    static struct settings settings;
    const char *const what = argc > 1 ? argv[1] : "";
    char *json;

    if (strcmp(what, "version") == 0) {
        puts(resolver_library_version());
        return 0;
    }
    if (argc < 3) {
        fprintf(stderr, "usage: bench-plan decide|serial CONFIG, rules CONFIG N, version\n");
        return 2;
    }
    settings_read(environ, &settings);
    json = bench_read(argv[2]);
    if (strcmp(what, "decide") == 0) {
        bench_decide(json, &settings);
    } else if (strcmp(what, "serial") == 0) {
        bench_serial(json, &settings);
    } else if (strcmp(what, "rules") == 0 && argc == 4) {
        bench_rules(json, &settings, strtol(argv[3], NULL, 10));
    }
    free(json);
    return 0;
}

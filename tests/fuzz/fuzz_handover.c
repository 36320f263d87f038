/*
 * What launch hands to attach: text that is read is the same once written and read again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "shim/plan/handover.h"
#include "tests/fuzz/fuzz.h"

static void require_same_host(const struct resolver_host *left, const struct resolver_host *right)
{
    const size_t size = left->address_count * sizeof(*left->addresses);

    fuzz_require(strcmp(left->name, right->name) == 0);
    fuzz_require(left->outcome == right->outcome && left->attempts == right->attempts);
    fuzz_require(left->out_of_budget == right->out_of_budget &&
                 left->no_nameserver == right->no_nameserver);
    fuzz_require(left->address_count == right->address_count);
    fuzz_require(size == 0 || memcmp(left->addresses, right->addresses, size) == 0);
}

static void require_same(const struct handover *left, const struct handover *right)
{
    fuzz_require(left->environment.count == right->environment.count);
    fuzz_require(left->environment.list == NULL ||
                 left->environment.list[left->environment.count] == NULL);
    for (size_t i = 0; i < left->environment.count; i++) {
        fuzz_require(strcmp(left->environment.list[i], right->environment.list[i]) == 0);
    }
    fuzz_require(left->answers.count == right->answers.count);
    for (size_t i = 0; i < left->answers.count; i++) {
        require_same_host(&left->answers.hosts[i], &right->answers.hosts[i]);
    }
    fuzz_require(left->logs.count == right->logs.count);
    for (size_t i = 0; i < left->logs.count; i++) {
        fuzz_require(left->logs.list[i].level == right->logs.list[i].level);
        fuzz_require(strcmp(left->logs.list[i].text, right->logs.list[i].text) == 0);
    }
}

/* Each host that is in it is found, with an outcome that it has. */
static void check_lookup(const struct handover *handover)
{
    for (size_t i = 0; i < handover->answers.count; i++) {
        const char *const name = handover->answers.hosts[i].name;
        const struct resolver_host *const host = answers_find(&handover->answers, name);

        if (host == &handover->answers.missing) {
            /* No host name: one that a rule names is in lower case and has no dot at its end. */
            const size_t length = strlen(name);
            bool odd = name[length - 1] == '.';

            for (size_t j = 0; j < length; j++) {
                odd = odd || (name[j] >= 'A' && name[j] <= 'Z');
            }
            fuzz_require(odd);
            continue;
        }
        fuzz_require((host->outcome == RESOLVER_RESOLVED) == (host->address_count > 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const int file = open(fuzz_file(bytes, size), O_RDONLY | O_CLOEXEC);
    struct handover handover;
    struct handover again;
    int written;

    fuzz_require(file >= 0);
    if (handover_read(file, &handover) != 0) {
        fuzz_require(errno == EBADMSG);
        fuzz_require(handover.answers.count == 0 && handover.environment.list == NULL);
        return 0;
    }
    written = handover_write(&handover);
    fuzz_require(written >= 10);
    fuzz_require(handover_read(written, &again) == 0);
    require_same(&handover, &again);
    check_lookup(&handover);
    handover_clear(&again);
    handover_clear(&handover);
    return 0;
}

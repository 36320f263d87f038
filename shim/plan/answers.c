/*
 * The answers table: an array that is sorted once, when it is complete.
 */
#include "shim/plan/answers.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/ascii.h"

void answers_begin(const struct allowlist *list, struct answers *out)
{
    *out = (struct answers){0};
    for (size_t i = 0; i < list->host_count && !out->failed; i++) {
        if (!list->hosts[i].configured) {
            (void)answers_add(out, list->hosts[i].name);
        }
    }
}

struct resolver_host *answers_add(struct answers *answers, const char *name)
{
    struct resolver_host *larger = answers->hosts;
    char *copy = strdup(name);

    /* Doubled at each power of two, so that no capacity has to be kept. */
    if ((answers->count & (answers->count - 1)) == 0) {
        larger =
            reallocarray(larger, answers->count == 0 ? 1 : 2 * answers->count, sizeof(*larger));
    }
    if (larger != NULL) {
        answers->hosts = larger;
    }
    if (larger == NULL || copy == NULL) {
        free(copy);
        answers->failed = true;
        return NULL;
    }
    larger += answers->count++;
    *larger = (struct resolver_host){.name = copy};
    return larger;
}

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct resolver_host *)left)->name,
                  ((const struct resolver_host *)right)->name);
}

void answers_sort(struct answers *answers)
{
    if (answers->count > 0) {
        qsort(answers->hosts, answers->count, sizeof(answers->hosts[0]), compare);
    }
}

void answers_resolve(const struct allowlist *list, const struct resolver_options *options,
                     const struct resolver_observer *observer, struct answers *out)
{
    answers_begin(list, out);
    if (out->count > 0 && !out->failed) {
        resolver_run(options, out->hosts, out->count, observer, NULL);
    }
    answers_sort(out);
}

static int compare_key(const void *key, const void *element)
{
    return ascii_compare_host(key, ((const struct resolver_host *)element)->name);
}

const struct resolver_host *answers_find(const struct answers *answers, const char *name)
{
    const struct resolver_host *found = NULL;

    if (answers->count > 0) {
        found =
            bsearch(name, answers->hosts, answers->count, sizeof(answers->hosts[0]), compare_key);
    }
    return found != NULL ? found : &answers->missing;
}

void answers_clear(struct answers *answers)
{
    if (answers->hosts != NULL) {
        resolver_hosts_clear(answers->hosts, answers->count);
        for (size_t i = 0; i < answers->count; i++) {
            free((char *)answers->hosts[i].name);
        }
    }
    free(answers->hosts);
    *answers = (struct answers){0};
}

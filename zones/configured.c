/*
 * Records by the question they answer: the record's name, a dot, the zone's name. Among zones that
 * answer the same question the longest counts, since it will come first; among zones of one name,
 * and within a zone, the first record.
 */
#include "zones/configured.h"

#include <stdlib.h>
#include <string.h>

#include "zones/hash.h"

struct answer {
    const struct zone_record *record;
    size_t zone_length;
    UT_hash_handle hh;
    char question[]; /* without the dot at its end */
};

struct configured {
    struct answer *answers;
};

bool configured_reaches(const char *zone)
{
    size_t length = strlen(zone);

    return length == 0 || (length > 1 && zone[length - 1] == '.');
}

/* "host" and "boxlite.internal." make "host.boxlite.internal". */
static struct answer *new_answer(const struct zone *zone, const struct zone_record *record)
{
    size_t label = strlen(record->name);
    size_t rest = strlen(zone->name);
    size_t length = rest == 0 ? label : label + rest;
    struct answer *answer = malloc(sizeof(*answer) + label + 1 + rest + 1);

    if (answer != NULL) {
        memcpy(answer->question, record->name, label);
        answer->question[label] = '.';
        memcpy(answer->question + label + 1, zone->name, rest);
        answer->question[length] = '\0';
        answer->record = record;
        answer->zone_length = rest;
    }
    return answer;
}

static int add_record(struct configured *index, const struct zone *zone,
                      const struct zone_record *record)
{
    struct answer *answer = new_answer(zone, record);
    struct answer *known = NULL;

    if (answer == NULL) {
        return -1;
    }
    HASH_FIND_STR(index->answers, answer->question, known);
    if (known != NULL) {
        if (answer->zone_length > known->zone_length) {
            known->zone_length = answer->zone_length;
            known->record = record;
        }
        free(answer);
        return 0;
    }
    HASH_ADD_STR(index->answers, question, answer);
    if (!HASH_ADDED(answer)) {
        free(answer);
        return -1;
    }
    return 0;
}

int configured_new(const struct config *config, struct configured **out)
{
    struct configured *index = calloc(1, sizeof(*index));

    *out = NULL;
    if (index == NULL) {
        return -1;
    }
    for (size_t i = 0; i < config->zone_count; i++) {
        const struct zone *zone = &config->zones[i];

        for (size_t j = 0; j < zone->record_count; j++) {
            if (!configured_reaches(zone->name) || zone->records[j].name[0] == '\0') {
                continue;
            }
            if (add_record(index, zone, &zone->records[j]) != 0) {
                configured_free(index);
                return -1;
            }
        }
    }
    *out = index;
    return 0;
}

void configured_free(struct configured *index)
{
    struct answer *answer = NULL;

    if (index == NULL) {
        return;
    }
    answer = index->answers;
    HASH_CLEAR(hh, index->answers);
    while (answer != NULL) {
        struct answer *next = answer->hh.next;

        free(answer);
        answer = next;
    }
    free(index);
}

const struct zone_record *configured_find(const struct configured *index, const char *name)
{
    struct answer *answer = NULL;

    HASH_FIND_STR(index->answers, name, answer);
    return answer == NULL ? NULL : answer->record;
}

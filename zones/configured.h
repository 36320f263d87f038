/*
 * Which names the records in `dns_zones` answer once the zones are in their final order.
 */
#ifndef ZONES_CONFIGURED_H
#define ZONES_CONFIGURED_H

#include <stdbool.h>

#include "zones/config.h"

struct configured;

/* Whether the matcher can reach a zone of that name: questions end in a dot, so "com" never fits,
   nor does ".", for which the question would have to end in two. */
bool configured_reaches(const char *zone);

/* Indexes the records of `config`, which must outlive the index. Returns 0, or -1 when memory is
   short. Free with configured_free. */
int configured_new(const struct config *config, struct configured **out);
void configured_free(struct configured *index);

/* The record that answers `name` (lower case, without trailing dot), NULL where none does. The
   matcher compares bytes, so a record with upper case answers no such name. */
const struct zone_record *configured_find(const struct configured *index, const char *name);

#endif

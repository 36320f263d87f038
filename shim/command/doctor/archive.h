/*
 * A package as it is fetched: a wheel of pip's, a tarball of npm's.
 */
#ifndef DOCTOR_ARCHIVE_H
#define DOCTOR_ARCHIVE_H

#include <stdbool.h>

#include "shim/command/doctor/facts.h"

/* Whether the file begins as one. */
bool archive_is_one(const char *path);

/* Adds what of boxlite is in it, "ARCHIVE:PATH" each. Returns NULL, or a static text that says why
   it could not be looked into. */
const char *archive_add(struct findings *findings, const char *path);

#endif

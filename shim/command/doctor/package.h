/*
 * The version that a package manager knows an SDK's library by.
 */
#ifndef DOCTOR_PACKAGE_H
#define DOCTOR_PACKAGE_H

#include <stddef.h>

/* Looks beside the library at `path`: package.json, or the METADATA of a Python distribution.
   Writes "npm 0.9.7", "Python 0.9.7", or "". */
void package_read(const char *path, char *out, size_t size);

#endif

/*
 * What there is of boxlite in a file or below a directory.
 */
#ifndef DOCTOR_FILES_H
#define DOCTOR_FILES_H

#include "shim/command/doctor/facts.h"

/*
 * Adds a finding for the file at `path`, whatever it is. Returns 0, or -1 with errno if it cannot
 * be read.
 */
int files_add(struct findings *findings, const char *path);

/*
 * Adds a finding for each shim, SDK library and bridge in the directory and in those below it that
 * are named as package managers and boxlite name theirs, or, `everywhere`, in any, up to a number
 * of them; beyond it findings->cut is set. Files that hold nothing of boxlite, and those that are
 * among the findings already, are left out. Returns 0, or -1 with errno if the directory itself
 * cannot be read.
 */
int files_add_below(struct findings *findings, const char *directory, bool everywhere);

/* Whether the last part of a path is that of an SDK: a Node or Python module, or a C library. */
bool files_is_library(const char *name);

/* The shim that an SDK's library without one inside has in `runtime` beside it (up to 0.6), into
 *out, which is left as it is if there is none. */
void files_read_runtime(const char *library, struct facts_build *out);

/* What a process with this BOXLITE_RUNTIME_DIR would start its shims from: boxlite takes the first
   directory in it that has one, before what its SDK carries. If that is an overlay it is put into
   facts->overlay, compared with facts->build; another shim, with `replace`, into facts->build. */
void files_read_runtime_dir(const char *list, bool replace, struct facts *facts);

/* Whether an overlay for `overlay->release` is one for the build as well. */
bool files_overlay_fits(const struct facts_overlay *overlay, const struct facts_build *build);

#endif

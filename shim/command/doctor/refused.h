/*
 * The boxes of this user that the repair has refused: where boxlite's SDK says no more than that
 * the start failed, as that of 0.10.0 to 0.10.2 does, this is where the reason is.
 */
#ifndef DOCTOR_REFUSED_H
#define DOCTOR_REFUSED_H

#include "shim/base/words.h"

/*
 * Adds the texts of the last refused boxes below `home`/.boxlite/boxes, "ID: TEXT", the newest
 * first, a few at most. The text is from the box's exit file, its standard error or its log, the
 * first of these that has one.
 */
void refused_read(const char *home, struct words *out);

#endif

/*
 * What holds for the whole process: the settings, and where log lines go.
 */
#ifndef PRELOAD_PROCESS_H
#define PRELOAD_PROCESS_H

#include "shim/base/log.h"
#include "shim/plan/settings.h"

/* The settings, or NULL before the constructor has run and while the repair is switched off: the
   hooks then pass through. Constant once set; never freed. */
const struct settings *process_settings(void);

/* A log that goes to the bridge's own callback once one is set, before that to standard error. */
struct log process_log(void);

/* Writes the build identity, once in the life of the process, and what is odd about the settings.
 */
void process_announce(const struct log *log);

#endif

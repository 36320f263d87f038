/*
 * The interposed names. exports.map lists the same ones, and a check in the test run compares the
 * two with what the object really exports.
 */
#ifndef PRELOAD_HOOKS_H
#define PRELOAD_HOOKS_H

#include <netdb.h>

#include "shim/base/hook.h"

/* boxlite's bridge. Old ones take `json` alone; the second argument is then whatever the register
   held and must not be followed. */
long long gvproxy_create(char *json, char **error_out);
void gvproxy_set_log_callback(void *function);

/* Ends every create that is resolving, within 50 ms; each fails and says so. Async-signal-safe. */
void boxlite_allownet_cancel(void);

#endif

/*
 * The bridge of the self-test, as its process sees it: boxlite's three functions, and some to look
 * inside. All of them are found by dlsym, since the preload has to come first.
 */
#ifndef SELFTEST_BRIDGE_H
#define SELFTEST_BRIDGE_H

typedef void bridge_log_fn(int level, const char *message);

typedef long long gvproxy_create_fn(char *json, char **error_out);
typedef void gvproxy_set_log_callback_fn(bridge_log_fn *function);
typedef void gvproxy_free_string_fn(char *text);

/* What the box's guest is told that asks for exactly `name` (no trailing dot): an address, or "-"
   for a record without one, or "NXDOMAIN"; constant until the next call. */
typedef const char *selftest_bridge_ask_fn(const char *name);

/* The configuration that the last create got; "" before. */
typedef const char *selftest_bridge_config_fn(void);

/* How many of the bridge's lookups have reached its own getaddrinfo. */
typedef unsigned selftest_bridge_lookups_fn(void);

#endif

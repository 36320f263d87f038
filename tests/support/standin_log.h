/*
 * Log of the stand-in bridge: to the host's callback, or to standard error in logrus' form.
 */
#ifndef TESTS_SUPPORT_STANDIN_LOG_H
#define TESTS_SUPPORT_STANDIN_LOG_H

/* The values are those of the callback. */
enum standin_level { STANDIN_DEBUG = 1, STANDIN_INFO = 2, STANDIN_WARN = 3, STANDIN_ERROR = 4 };

typedef void standin_log_fn(int level, const char *message);

/* Where lines go from now on; NULL: standard error. Any thread. */
void standin_log_set(standin_log_fn *function);

/* Logs `message` and, behind it, key=value fields. Cut at 1 KiB. Any thread. */
__attribute__((format(printf, 3, 4))) void
standin_log(enum standin_level level, const char *message, const char *fields, ...);

#endif

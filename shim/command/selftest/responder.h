/*
 * The DNS server of the self-test: a thread that answers on a port of 127.0.0.1, UDP only.
 */
#ifndef SELFTEST_RESPONDER_H
#define SELFTEST_RESPONDER_H

#include <netinet/in.h>
#include <pthread.h>

/* The names that it knows, and what becomes of their questions. */
#define RESPONDER_SHORT         "one.example"        /* 192.0.2.1 */
#define RESPONDER_LONG          "api.sample.example" /* 192.0.2.2 */
#define RESPONDER_FLAKY         "again.flaky.test" /* SERVFAIL for the first one, then 192.0.2.3 */
#define RESPONDER_WILD          "wild.invalid"     /* 192.0.2.4 */
#define RESPONDER_LABEL         "selftest"         /* 192.0.2.5 */
#define RESPONDER_IPV6          "six.example"      /* AAAA only */
#define RESPONDER_FAILING       "dead.example"     /* SERVFAIL, always */
#define RESPONDER_WILD_RULE     "*.wild.invalid"
#define RESPONDER_BELOW_WILD    "www.wild.invalid"
#define RESPONDER_ADDRESS(last) "192.0.2." last

struct responder {
    int socket;
    int stop[2]; /* a pipe: closed at one end, the thread ends */
    in_port_t port;
    pthread_t thread;
};

/* Starts it; 0, or an errno. One at a time. */
int responder_start(struct responder *responder);

/* Makes RESPONDER_FLAKY fail once more. */
void responder_reset(void);

/* Ends it. */
void responder_stop(struct responder *responder);

#endif

/*
 * Texts by which the bytes of a shim or bridge tell whether it needs the repair. They are constants
 * of its Go part, so a stripped build has them as well.
 *
 * Compared with every shim that was published, 0.9.0 to 0.10.8 of both processors, by
 * tests/carry/test_health.py.
 */
#ifndef BOXLITE_HEALTH_MARKS_H
#define BOXLITE_HEALTH_MARKS_H

/* A log text of the code that sinkholes: in every affected release and in none after it. */
#define MARKS_AFFECTED "allowNet: DNS sinkhole configured"

/* Of the bridge that replaced it and dials by name: an error text, a log text, and the methods of
   its dialer (Go keeps their names for tracebacks). In every release from 0.10.3 on and in none
   before. One is enough, so that a later release may reword the others. */
#define MARKS_UNAFFECTED                                                                           \
    "egress dialer: parse box subnet", "allowNet TCP: blocked (resolved address unroutable)",      \
        "main.(*egressDialer)."

/* The key of the rules. A bridge without it, of a release before 0.8.0, does not filter at all. */
#define MARKS_RULES_KEY "allow_net"

#endif

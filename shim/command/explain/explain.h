/*
 * `boxlite-allownet explain`: what a box's rules mean, and what its guest is told, without the
 * repair and with it.
 */
#ifndef EXPLAIN_EXPLAIN_H
#define EXPLAIN_EXPLAIN_H

/* `explain CONFIG [--answers FILE] [--query NAME]... [--json]`; argv[0] is "explain". Returns the
   exit status: 0, or 125 with the reason on standard error. */
int explain_main(int argc, char **argv);

#endif

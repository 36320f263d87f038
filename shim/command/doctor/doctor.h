/*
 * `boxlite-allownet doctor`: is this deployment affected, does the repair reach it, what to set.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

/* `doctor [--json] [PATH | PID]`; argv[0] is "doctor". Returns the exit status: 0 not affected or
   covered, 1 affected and not covered, 2 cannot be covered, 3 usage. */
int doctor_main(int argc, char **argv);

#endif

/*
 * `boxlite-allownet --selftest`: the installed files, proved on this machine.
 *
 * Boxes are created by a bridge of our own (bridge.c), an object installed beside the preload with
 * the faults of boxlite's: in processes of this same command, with the preload and without. Hosts
 * are known to a DNS server on loopback (responder.c). Nothing else is asked, not even libc: the
 * bridge brings its own getaddrinfo.
 */
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

/* `selftest`; argv[0] is the name. Prints a line for each check; the exit status is 0, 1 if one has
   failed, 125 if none could be made. */
int selftest_main(int argc, char **argv);

/*
 * `selftest-box RULE... -- NAME...`, for selftest_main's use: creates one box with the bridge that
 * is loaded in this process and prints, a line each, "created" or "refused TEXT", then "answer NAME
 * ADDRESS" ("-" for none), "config same" or "config other", and what the bridge's log gets as "log
 * LINE". The exit status is 0, or 125 where there is no bridge.
 */
int selftest_box_main(int argc, char **argv);

#endif

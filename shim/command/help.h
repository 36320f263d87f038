/*
 * What `boxlite-allownet help` says about each command.
 */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

/* Texts for a terminal of 80 columns, each ending with a newline. */
extern const char help_run[];
extern const char help_doctor[];
extern const char help_explain[];
extern const char help_resolve[];
extern const char help_overlay[];
extern const char help_selftest[];
extern const char help_version[];
extern const char help_help[];
extern const char help_settings[];

#endif

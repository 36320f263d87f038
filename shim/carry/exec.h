/*
 * A start that has happened already.
 */
#ifndef CARRY_EXEC_H
#define CARRY_EXEC_H

#include "shim/carry/carry.h"

/*
 * For the constructor in a bwrap: if the arguments show a start of boxlite-shim, executes our
 * command in its place, as the hooks would have done. Returns if there is nothing to repair, or if
 * the start may go on unrepaired; ends the process if our command cannot be started.
 */
void exec_start_over(const struct carry *carry, char *const argv[], char *const envp[]);

#endif

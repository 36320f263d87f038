/*
 * What launch executes in the end, caught at its system call and compared with what it was to
 * start.
 */
#ifndef FUZZ_JAIL_EXEC_H
#define FUZZ_JAIL_EXEC_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/launch/start.h"

#define OWN_COMMAND "/opt/allownet/boxlite-allownet"
#define OWN_OBJECT  "/opt/allownet/libboxlite_allownet.so"

/* The descriptor that is handed on, and as a word. */
#define HANDOVER      12
#define HANDOVER_WORD "12"

/* The next system calls that execute a program have to be those for `start`: with `attach` in front
   of the shim, or plain. They fail with ENOEXEC. */
void jail_exec_expect(const struct start *start, bool attached);

/* How many there were. */
size_t jail_exec_count(void);

/* The next of `list` is `word`, or are `count` words. Moves it behind them. */
void require_word(char *const **list, const char *word);
void require_words(char *const **list, char *const *words, size_t count);

size_t count_words(char *const *list);

#endif

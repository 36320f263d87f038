/*
 * The allocator's functions as the linker's --wrap sees them. Not for several threads.
 */
#include "tests/support/failing_alloc.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool counting;
static size_t asked;
static size_t failing;
static bool stays;
static long live;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *old);

void failing_alloc_start(size_t nth)
{
    counting = true;
    asked = 0;
    failing = nth;
    stays = false;
    live = 0;
}

void failing_alloc_start_from(size_t nth)
{
    failing_alloc_start(nth);
    stays = true;
}

size_t failing_alloc_stop(void)
{
    counting = false;
    return asked;
}

long failing_alloc_live(void)
{
    return live;
}

static bool fails(void)
{
    if (!counting) {
        return false;
    }
    asked++;
    if (asked != failing && !(stays && failing != 0 && asked > failing)) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

static void *counted(void *made)
{
    if (counting && made != NULL) {
        live++;
    }
    return made;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    void *made = fails() ? NULL : __real_realloc(old, size);

    return old == NULL ? counted(made) : made;
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return __wrap_realloc(old, count * size);
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *made = __wrap_malloc(size);

    return made == NULL ? NULL : memcpy(made, text, size);
}

void __wrap_free(void *old)
{
    if (counting && old != NULL) {
        live--;
    }
    __real_free(old);
}

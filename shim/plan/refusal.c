/* Puts findings together into one line of text. */
#include "shim/plan/refusal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define SPELT_OUT 20

struct refusal {
    FILE *stream; /* over `text` */
    char *text;
    size_t length;
    size_t count;
    bool failed;
};

struct refusal *refusal_new(void)
{
    struct refusal *refusal = calloc(1, sizeof(*refusal));

    if (refusal == NULL) {
        return NULL;
    }
    refusal->stream = open_memstream(&refusal->text, &refusal->length);
    if (refusal->stream == NULL) {
        free(refusal);
        return NULL;
    }
    refusal->failed = fputs("allowNet: ", refusal->stream) < 0;
    return refusal;
}

void refusal_add(struct refusal *refusal, const char *format, ...)
{
    va_list arguments;

    if (refusal == NULL || refusal->count++ >= SPELT_OUT) {
        return;
    }
    if (refusal->count > 1 && fputs("; ", refusal->stream) < 0) {
        refusal->failed = true;
    }
    va_start(arguments, format);
    if (vfprintf(refusal->stream, format, arguments) < 0) {
        refusal->failed = true;
    }
    va_end(arguments);
}

void refusal_fail(struct refusal *refusal)
{
    if (refusal != NULL) {
        refusal->failed = true;
    }
}

size_t refusal_count(const struct refusal *refusal)
{
    return refusal == NULL || refusal->failed ? 1 : refusal->count;
}

char *refusal_take(struct refusal *refusal)
{
    char *text = NULL;

    if (refusal == NULL) {
        return NULL;
    }
    if (refusal->count > SPELT_OUT &&
        fprintf(refusal->stream, " and %zu more", refusal->count - SPELT_OUT) < 0) {
        refusal->failed = true;
    }
    if (fclose(refusal->stream) != 0) {
        refusal->failed = true;
    }
    if (refusal->failed) {
        free(refusal->text);
    } else {
        text = refusal->text;
    }
    free(refusal);
    return text;
}

void refusal_free(struct refusal *refusal)
{
    free(refusal_take(refusal));
}

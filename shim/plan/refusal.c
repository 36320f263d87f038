/* Puts findings together into one line of text. */
#include "shim/plan/refusal.h"

#include <stdarg.h>

#define SPELT_OUT 20

void refusal_add(struct refusal *refusal, const char *format, ...)
{
    va_list arguments;

    if (refusal->count++ >= SPELT_OUT) {
        return;
    }
    text_add_string(&refusal->text, refusal->count == 1 ? "allowNet: " : "; ");
    va_start(arguments, format);
    text_vformat(&refusal->text, format, arguments);
    va_end(arguments);
}

size_t refusal_count(const struct refusal *refusal)
{
    return refusal->text.failed ? 1 : refusal->count;
}

char *refusal_take(struct refusal *refusal)
{
    if (refusal->count > SPELT_OUT) {
        text_format(&refusal->text, " and %zu more", refusal->count - SPELT_OUT);
    }
    return text_take(&refusal->text);
}

#include "shim/output/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zones/utf8.h"

json_t *output_text(const char *text)
{
    json_t *value;
    char *clean;
    size_t length;
    size_t written = 0;

    if (text == NULL)
        return json_null();
    length = strlen(text);
    clean = malloc(3 * length + 1); /* U+FFFD takes three bytes */
    if (clean == NULL)
        return NULL;
    for (size_t at = 0; at < length;) {
        uint32_t rune;

        at += utf8_read(text + at, length - at, &rune);
        written += utf8_write(rune, clean + written);
    }
    value = json_stringn(clean, written);
    free(clean);
    return value;
}

void output_put(json_t *object, const char *key, json_t *value, bool *failed)
{
    if (json_object_set_new(object, key, value) != 0)
        *failed = true;
}

void output_add(json_t *array, json_t *value, bool *failed)
{
    if (json_array_append_new(array, value) != 0)
        *failed = true;
}

int output_finish(json_t *root, bool failed)
{
    int status = 0;

    if (failed || root == NULL) {
        fputs("boxlite-allownet: out of memory\n", stderr);
        status = -1;
    } else if (json_dumpf(root, stdout, JSON_INDENT(2)) != 0 || putchar('\n') == EOF ||
               fflush(stdout) != 0) {
        fprintf(stderr, "boxlite-allownet: cannot write: %s\n", strerror(errno));
        status = -1;
    }
    json_decref(root);
    return status;
}

/* Builds JSON documents and writes them. */
#include "shim/command/output/json.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/command/output/usage.h"
#include "zones/utf8.h"

json_t *output_text(const char *text)
{
    json_t *value;
    char *clean;
    size_t length;
    size_t written = 0;

    if (text == NULL) {
        return json_null();
    }
    length = strlen(text);
    clean = malloc(3 * length + 1); /* U+FFFD takes three bytes */
    if (clean == NULL) {
        return NULL;
    }
    for (size_t at = 0; at < length;) {
        uint32_t rune;

        at += utf8_read(text + at, length - at, &rune);
        written += utf8_write(rune, clean + written);
    }
    value = json_stringn(clean, written);
    free(clean);
    return value;
}

json_t *output_text_or_null(const char *text)
{
    return output_text(text != NULL && text[0] != '\0' ? text : NULL);
}

json_t *output_address(const struct in_addr *address)
{
    char text[INET_ADDRSTRLEN];

    return output_text(inet_ntop(AF_INET, address, text, sizeof(text)));
}

void output_put(json_t *object, const char *key, json_t *value, bool *failed)
{
    if (json_object_set_new(object, key, value) != 0) {
        *failed = true;
    }
}

void output_add(json_t *array, json_t *value, bool *failed)
{
    if (json_array_append_new(array, value) != 0) {
        *failed = true;
    }
}

int output_finish(const char *command, json_t *root, bool failed)
{
    char *const text = failed || root == NULL ? NULL : json_dumps(root, JSON_INDENT(2));

    if (text == NULL) {
        usage_complain(command, "out of memory");
    } else {
        puts(text);
    }
    free(text);
    json_decref(root);
    return text == NULL ? -1 : 0;
}

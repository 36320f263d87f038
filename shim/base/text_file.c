/* Reads files whose content is text of ours or of the kernel's. */
#include "shim/base/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/descriptors.h"
#include "shim/base/whole_file.h"

/* The log of a box at level debug may be long. */
#define SIZE_LIMIT (256UL << 20)

char *text_file_read(const char *path, size_t *length)
{
    const int file = descriptors_open_file(path);
    struct whole_file whole = {0};

    if (file < 0) {
        return NULL;
    }
    whole_file_take(file, SIZE_LIMIT, &whole);
    descriptors_close_one(file);
    if (length != NULL) {
        *length = whole.length;
    }
    return whole.bytes;
}

char *text_file_of_process(pid_t pid, const char *name, size_t *length)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return text_file_read(path, length);
}

int text_file_link(pid_t pid, const char *name, char *out, size_t size)
{
    char path[64];
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    length = readlink(path, out, size - 1);
    out[length < 0 ? 0 : length] = '\0';
    return length < 0 ? -1 : 0;
}

long long text_file_number(const char *text, const char *key, int base)
{
    const size_t length = strlen(key);

    while (text != NULL && *text != '\0') {
        const char *end = strchrnul(text, '\n');

        if (strncmp(text, key, length) == 0) {
            char *behind;
            const unsigned long long value = strtoull(text + length, &behind, base);

            return behind == text + length ? -1 : (long long)value;
        }
        text = *end == '\n' ? end + 1 : end;
    }
    return -1;
}

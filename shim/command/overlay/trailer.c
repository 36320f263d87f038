/* Writes and reads what is appended to the copy of our command. */
#include "shim/command/overlay/trailer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/descriptors.h"
#include "shim/base/keep.h"
#include "shim/base/whole_file.h"
#include "zones/text.h"

#define MARK   "boxlite-allownet overlay "
#define FORMAT "2"

/* MARK, FORMAT, a space, 16 digits, a newline. */
#define LAST_LINE_LENGTH (sizeof(MARK) - 1 + sizeof(FORMAT) - 1 + 18)
/* Settings are shorter than the environment may be. */
#define TEXT_MAX (4L << 20)

/* Of the strings, whose order the header has. */
enum { FIRST_SETTING = 5 };

/* Length of the strings, or -1. */
static off_t parse_last_line(const char *line)
{
    const char *digits = line + sizeof(MARK) - 1 + sizeof(FORMAT);
    const unsigned long length = strtoul(digits, NULL, 16);

    /* strtoul takes blanks, a sign and "0x" as well. */
    if (strncmp(line + sizeof(MARK) - 1, FORMAT " ", sizeof(FORMAT)) != 0 ||
        strspn(digits, "0123456789abcdef") != 16 || digits[16] != '\n' || length > TEXT_MAX) {
        return -1;
    }
    return (off_t)length;
}

/* The strings of `text`, which ends with a NUL, are made the structure's. */
static bool divide(struct trailer *trailer, size_t length)
{
    const char **const fields[FIRST_SETTING] = {&trailer->directory, &trailer->shim,
                                                &trailer->release, &trailer->revision,
                                                &trailer->generation};
    const char *end = trailer->text + length;
    size_t count = 0;
    size_t i = 0;

    for (const char *byte = trailer->text; byte < end; byte++) {
        count += *byte == '\0';
    }
    if (length == 0 || end[-1] != '\0' || count < FIRST_SETTING) {
        return false;
    }
    trailer->settings = calloc(count - FIRST_SETTING + 1, sizeof(*trailer->settings));
    if (trailer->settings == NULL) {
        return false;
    }
    for (char *string = trailer->text; string < end; string += strlen(string) + 1, i++) {
        if (i < FIRST_SETTING) {
            *fields[i] = string;
        } else {
            trailer->settings[trailer->setting_count++] = string;
        }
    }
    return true;
}

static enum trailer_status read_from(int file, struct trailer *out)
{
    char line[LAST_LINE_LENGTH + 1] = "";
    struct stat status;
    off_t length;

    if (fstat(file, &status) != 0) {
        return TRAILER_UNREADABLE;
    }
    if (status.st_size < (off_t)LAST_LINE_LENGTH) {
        return TRAILER_ABSENT;
    }
    if (whole_file_read_at(file, line, LAST_LINE_LENGTH,
                           status.st_size - (off_t)LAST_LINE_LENGTH) != 0) {
        return TRAILER_UNREADABLE;
    }
    if (strncmp(line, MARK, sizeof(MARK) - 1) != 0) {
        return TRAILER_ABSENT;
    }
    length = parse_last_line(line);
    out->begin = status.st_size - (off_t)LAST_LINE_LENGTH - length;
    if (length < 0 || out->begin < 0) {
        return TRAILER_DAMAGED;
    }
    out->text = malloc((size_t)length + 1);
    if (out->text == NULL || whole_file_read_at(file, out->text, (size_t)length, out->begin) != 0) {
        return TRAILER_UNREADABLE;
    }
    return divide(out, (size_t)length) ? TRAILER_READ : TRAILER_DAMAGED;
}

enum trailer_status trailer_read(const char *path, struct trailer *out)
{
    const int file = descriptors_open_file(path);
    enum trailer_status status;

    memset(out, 0, sizeof(*out));
    if (file < 0) {
        return errno == ENODEV ? TRAILER_ABSENT : TRAILER_UNREADABLE;
    }
    status = read_from(file, out);
    if (status != TRAILER_READ) {
        KEEP_ERRNO;

        trailer_clear(out);
    }
    descriptors_close_one(file);
    return status;
}

char *trailer_format(const struct trailer *trailer, size_t *length)
{
    const char *const strings[FIRST_SETTING] = {trailer->directory, trailer->shim, trailer->release,
                                                trailer->revision, trailer->generation};
    struct text text = {0};

    for (size_t i = 0; i < FIRST_SETTING; i++) {
        text_add(&text, strings[i], strlen(strings[i]) + 1);
    }
    for (size_t i = 0; i < trailer->setting_count; i++) {
        text_add(&text, trailer->settings[i], strlen(trailer->settings[i]) + 1);
    }
    text_format(&text, MARK FORMAT " %016zx\n", text.length);
    *length = text.length;
    return text_take(&text);
}

void trailer_clear(struct trailer *trailer)
{
    free(trailer->settings);
    free(trailer->text);
    memset(trailer, 0, sizeof(*trailer));
}

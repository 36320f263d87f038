/*
 * Parser for the hosts line. Criteria in brackets are skipped whole: `[!UNAVAIL=return]` decides
 * what libc does between its services, not which services there are. Of several hosts lines the
 * last one counts, as in glibc since 2.34.
 */
#include "resolver/nsswitch.h"

#include <stdio.h>
#include <string.h>

static const char nsswitch_path[] = "/etc/nsswitch.conf";
static const char blanks[] = " \t\r\n\f\v";

static bool word_is(const char *word, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(word, text, length) == 0;
}

bool nsswitch_parse_line(const char *line, struct nsswitch *result)
{
    static const char database[] = "hosts:";
    struct nsswitch seen = {false, false};
    bool files = false;

    line += strspn(line, blanks);
    if (strncmp(line, database, sizeof(database) - 1) != 0) {
        return false;
    }
    line += sizeof(database) - 1;
    for (;;) {
        line += strspn(line, blanks);
        if (*line == '\0' || *line == '#') {
            break;
        }
        if (*line == '[') {
            line += strcspn(line, "]#");
            line += *line == ']' ? 1 : 0;
            continue;
        }
        size_t length = strcspn(line, " \t\r\n\f\v[#");
        if (word_is(line, length, "files")) {
            files = true;
        } else if (word_is(line, length, "dns")) {
            seen.dns_first = !files;
        } else {
            seen.more = true;
        }
        line += length;
    }
    *result = seen;
    return true;
}

void nsswitch_read(struct nsswitch *result)
{
    char line[1024];
    bool at_start = true;
    FILE *file = fopen(nsswitch_path, "re");

    result->more = false;
    result->dns_first = false;
    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        /* The tail of an over-long line is no line. */
        if (at_start) {
            (void)nsswitch_parse_line(line, result);
        }
        at_start = strchr(line, '\n') != NULL;
    }
    (void)fclose(file);
}

#include "shim/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 4096

static const char *const level_names[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR"};

/* One writev, so that lines of several processes do not mix. A short or failed write is given up.
 */
static void write_line(int descriptor, const char *head, const char *line)
{
    struct iovec parts[] = {
        {.iov_base = (void *)head, .iov_len = strlen(head)},
        {.iov_base = (void *)line, .iov_len = strlen(line)},
        {.iov_base = (void *)"\n", .iov_len = 1},
    };
    ssize_t ignored = writev(descriptor, parts, 3);

    (void)ignored;
}

void log_to_stderr(void *context, enum log_level level, const char *line)
{
    char head[64];

    (void)context;
    snprintf(head, sizeof head, "boxlite-allownet: %s ", level_names[level]);
    write_line(STDERR_FILENO, head, line);
}

/* Opened for each line: a descriptor kept in a foreign process may be closed and reused by it. */
static void append_to_file(const char *path, enum log_level level, const char *line)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    struct timespec now;
    struct tm utc;
    char stamp[32];
    char head[96];

    if (file < 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(head, sizeof head, "%s.%03ldZ %ld %s ", stamp, now.tv_nsec / 1000000, (long)getpid(),
             level_names[level]);
    write_line(file, head, line);
    close(file);
}

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
    const int saved = errno;
    char line[LINE_SIZE];
    va_list arguments;
    int length;

    if (level < log->threshold)
        return;
    va_start(arguments, format);
    length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if ((size_t)length >= sizeof line)
        memcpy(line + sizeof line - 4, "...", 4);
    if (log->file != NULL && log->file[0] != '\0')
        append_to_file(log->file, level, line);
    if (log->sink != NULL)
        log->sink(log->context, level, line);
    else
        log_to_stderr(NULL, level, line);
    errno = saved;
}

const char *log_quote(const char *text, char *buffer, size_t size)
{
    size_t used = 0;

    if (size < 3)
        return "";
    buffer[used++] = '"';
    /* Room for the longest escape, the closing quote and the terminator. */
    for (; *text != '\0' && used + 6 < size; text++) {
        const unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\') {
            buffer[used++] = '\\';
            buffer[used++] = (char)byte;
        } else if (byte < ' ' || byte == 0x7f) {
            used += (size_t)snprintf(buffer + used, size - used, "\\x%02x", byte);
        } else {
            buffer[used++] = (char)byte;
        }
    }
    buffer[used++] = '"';
    buffer[used] = '\0';
    return buffer;
}

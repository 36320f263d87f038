/*
 * Writes log lines, and never more than that: no signal, no end of the process, errno as it was.
 */
#include "shim/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shim/base/keep.h"
#include "shim/base/quiet.h"

#define LINE_SIZE 4096

static const char *const level_names[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR"};

/* One writev, so that lines of several processes do not mix. What was not written of it is given
   up. False with errno then. */
static bool write_line(int descriptor, const char *head, const char *line)
{
    const struct iovec parts[] = {
        {.iov_base = (void *)head, .iov_len = strlen(head)},
        {.iov_base = (void *)line, .iov_len = strlen(line)},
        {.iov_base = (void *)"\n", .iov_len = 1},
    };
    const ssize_t written = quiet_writev(descriptor, parts, 3);

    if (written >= 0 && (size_t)written < parts[0].iov_len + parts[1].iov_len + 1) {
        errno = ENOSPC;
    }
    return written >= 0 && (size_t)written == parts[0].iov_len + parts[1].iov_len + 1;
}

void log_to_stderr(void *context, enum log_level level, const char *line)
{
    char head[64];

    (void)context;
    snprintf(head, sizeof(head), "boxlite-allownet: %s ", level_names[level]);
    write_line(STDERR_FILENO, head, line);
}

/*
 * Opened for each line: a descriptor kept in a foreign process may be closed and reused by it.
 * Returns NULL, or what is wrong. Somebody who can write to the directory may have put something
 * else there: a link, or a second name of a file that only we may write to, would have us write
 * elsewhere, and to write to a device may set it going.
 */
static const char *open_file(const char *path, int *out)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    const char *fault = NULL;
    struct stat status;

    *out = open(path, flags | O_NOFOLLOW, 0600);
    if (*out < 0) {
        return errno == ELOOP ? "it is a link" : strerror(errno);
    }
    if (fstat(*out, &status) != 0) {
        fault = strerror(errno);
    } else if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
        fault = "it is neither a file nor a pipe";
    } else if (S_ISREG(status.st_mode) && status.st_nlink != 1) {
        fault = "the file has another name as well";
    }
    if (fault != NULL) {
        close(*out);
    }
    return fault;
}

/* NULL, or what is wrong. */
static const char *append_to_file(const char *path, enum log_level level, const char *line)
{
    struct timespec now;
    struct tm utc;
    char stamp[32];
    char head[96];
    const char *fault;
    int file;

    fault = open_file(path, &file);
    if (fault != NULL) {
        return fault;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(head, sizeof(head), "%s.%03ldZ %ld %s ", stamp, now.tv_nsec / 1000000, (long)getpid(),
             level_names[level]);
    if (!write_line(file, head, line)) {
        fault = strerror(errno);
    }
    close(file);
    return fault;
}

static void tell(const struct log *log, enum log_level level, const char *line)
{
    if (log->sink != NULL) {
        log->sink(log->context, level, line);
    } else {
        log_to_stderr(NULL, level, line);
    }
}

/* Once in the life of the process, where the other lines go. */
static void tell_unwritten(const struct log *log, const char *fault)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    char line[LINE_SIZE];
    char path[1024];

    if (log->threshold > LOG_LEVEL_WARN || atomic_flag_test_and_set(&told)) {
        return;
    }
    snprintf(line, sizeof(line), "allowNet: cannot append to the log file path=%s error=\"%s\"",
             log_quote(log->file, path, sizeof(path)), fault);
    tell(log, LOG_LEVEL_WARN, line);
}

/* Names of files and what others have written stand in lines: whatever could begin another line, or
   drive the terminal that shows it (C0, DEL, C1), is a question mark. */
static void make_one_line(char *line)
{
    for (unsigned char *at = (unsigned char *)line; *at != '\0'; at++) {
        if (*at < ' ' || *at == 0x7f) {
            *at = '?';
        } else if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) {
            at[0] = '?';
            at[1] = '?';
        }
    }
}

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
    KEEP_ERRNO;
    char line[LINE_SIZE];
    va_list arguments;
    int length;
    const char *fault = NULL;

    if (log == NULL || level < log->threshold) {
        return;
    }
    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length < 0) {
        return;
    }
    if ((size_t)length >= sizeof(line)) {
        memcpy(line + sizeof(line) - 4, "...", 4);
    }
    make_one_line(line);
    if (log->file != NULL && log->file[0] != '\0') {
        fault = append_to_file(log->file, level, line);
    }
    /* The line itself first: of a shim's standard error boxlite shows its user the beginning. */
    tell(log, level, line);
    if (fault != NULL) {
        tell_unwritten(log, fault);
    }
}

const char *log_quote(const char *text, char *buffer, size_t size)
{
    size_t used = 0;

    if (size < 3) {
        return "";
    }
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

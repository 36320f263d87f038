/* Writes an overlay's messages. */
#include "shim/command/overlay/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/quiet.h"

/* A path or two, and what is wrong with them. */
#define LINE_SIZE 16384

/* The overlay's shim has a status to end with, whether or not anybody reads what it says. */
void complain(const char *format, ...)
{
    static const char head[] = "boxlite-allownet: ";
    char line[LINE_SIZE];
    va_list arguments;
    ssize_t ignored;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    ignored = quiet_writev(STDERR_FILENO,
                           (const struct iovec[]){
                               {.iov_base = (void *)head, .iov_len = sizeof(head) - 1},
                               {.iov_base = line, .iov_len = strlen(line)},
                               {.iov_base = (void *)"\n", .iov_len = 1},
                           },
                           3);
    (void)ignored;
}

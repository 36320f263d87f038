/* Reads to the end, whatever it is that is read, up to a limit. */
#include "shim/base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/descriptors.h"
#include "shim/base/keep.h"

#define FIRST_ROOM 4096U

/* More room, without leaving a copy behind as realloc(3) might. False with errno. */
static bool enlarge(struct whole_file *file, size_t *room, size_t limit)
{
    const size_t wanted = *room == 0 ? FIRST_ROOM : 2 * *room;
    char *larger;

    if (file->length >= limit) {
        errno = EFBIG;
        return false;
    }
    larger = malloc(wanted);
    if (larger == NULL) {
        return false;
    }
    if (file->bytes != NULL) {
        memcpy(larger, file->bytes, file->length);
        explicit_bzero(file->bytes, file->length);
        free(file->bytes);
    }
    file->bytes = larger;
    *room = wanted;
    return true;
}

/* 0, or -1 with errno and part of it in *out. */
static int read_all(int file, size_t limit, struct whole_file *out)
{
    size_t room = 0;

    for (;;) {
        ssize_t count;

        /* One byte is for the NUL. */
        if (out->length + 1 >= room && !enlarge(out, &room, limit)) {
            return -1;
        }
        count = read(file, out->bytes + out->length, room - 1 - out->length);
        if (count == 0) {
            break;
        }
        if (count > 0) {
            out->length += (size_t)count;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    out->bytes[out->length] = '\0';
    if (out->length < limit) {
        return 0;
    }
    errno = EFBIG;
    return -1;
}

int whole_file_take(int file, size_t limit, struct whole_file *out)
{
    *out = (struct whole_file){0};
    if (read_all(file, limit, out) == 0) {
        return 0;
    }
    whole_file_clear(out);
    return -1;
}

int whole_file_read(const char *path, size_t limit, struct whole_file *out)
{
    const bool standard = strcmp(path, "-") == 0;
    const int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int status;

    *out = (struct whole_file){0};
    if (file < 0) {
        return -1;
    }
    status = whole_file_take(file, limit, out);
    if (!standard) {
        descriptors_close_one(file);
    }
    return status;
}

int whole_file_read_at(int file, void *out, size_t size, off_t offset)
{
    for (size_t done = 0; done < size;) {
        const ssize_t count = pread(file, (char *)out + done, size - done, offset + (off_t)done);

        if (count == 0) {
            errno = EBADMSG;
        }
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return -1;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return 0;
}

void whole_file_clear(struct whole_file *file)
{
    KEEP_ERRNO;

    if (file->bytes != NULL) {
        explicit_bzero(file->bytes, file->length);
    }
    free(file->bytes);
    *file = (struct whole_file){0};
}

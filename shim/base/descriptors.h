/*
 * Descriptors: of files alone, and those that a process of ours must not keep.
 */
#ifndef BASE_DESCRIPTORS_H
#define BASE_DESCRIPTORS_H

/* Opens a regular file to be read, with O_CLOEXEC. Nothing else is opened: where others may put a
   link, it may lead to a device that is set going by being opened, such as /dev/watchdog, or to a
   pipe that nobody writes to. Returns the descriptor, or -1 with errno: ENODEV for what is no
   regular file. Without /proc, whoever changes the path meanwhile can have another thing opened. */
int descriptors_open_file(const char *path);

/* Closes one; keeps errno. Async-signal-safe. */
void descriptors_close_one(int descriptor);

/* Closes those from `first` to `last`, both included, as close_range(2) does, which neither
   glibc 2.28 nor Linux before 5.9 has. Async-signal-safe. */
void descriptors_close(unsigned first, unsigned last);

#endif

/*
 * A file that has no name, for what is handed to the program that is executed next.
 */
#ifndef BASE_MEMORY_FILE_H
#define BASE_MEMORY_FILE_H

/*
 * Makes one, empty, close-on-exec, open to seals (memfd_create(2)); nobody but this user can open
 * it again by way of /proc, and nobody execute it, which Linux 6.3 to 6.5 demand under
 * vm.memfd_noexec=2. The descriptor, the caller's to close, or -1 with errno.
 */
int memory_file_make(void);

#endif

/* memfd_create(2), not executable where the kernel can be told so. */
#include "shim/base/memory_file.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* <linux/memfd.h>, from Linux 6.3 on. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

int memory_file_make(void)
{
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int file = memfd_create("boxlite-allownet", flags | MFD_NOEXEC_SEAL);

    /* A kernel that does not know the flag. */
    if (file < 0 && errno == EINVAL) {
        file = memfd_create("boxlite-allownet", flags);
    }
    /* As far as a filter on system calls lets us: others could not reach the process's descriptors
       in any case. */
    if (file >= 0) {
        (void)!fchmod(file, S_IRUSR | S_IWUSR);
    }
    return file;
}

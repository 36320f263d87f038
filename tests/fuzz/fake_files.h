/*
 * Files that only the code under test sees, by the linker's --wrap: below /v every bwrap and
 * boxlite-shim is there and executable, in /v/dyn with a loader, in /v/script as a script, and
 * nothing is in /v/none. Other paths are the kernel's.
 */
#ifndef FUZZ_FAKE_FILES_H
#define FUZZ_FAKE_FILES_H

/* No descriptor, but known to these files: that of the directory /v/bin, and of /v/bin/bwrap. */
enum { FAKE_DIRECTORY = 1 << 20, FAKE_BWRAP };

/* Makes them ready for the first use, and sets PATH to some of them. */
void fake_files_prepare(void);

#endif

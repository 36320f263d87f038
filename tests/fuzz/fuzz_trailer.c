/*
 * A file that may carry an overlay's trailer: read, it is exactly what this build would write.
 */
#include <stdlib.h>
#include <string.h>

#include "shim/command/overlay/trailer.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct trailer trailer;
    size_t length = 0;
    char *written;

    if (trailer_read(fuzz_file(bytes, size), &trailer) != TRAILER_READ) {
        fuzz_require(trailer.text == NULL && trailer.settings == NULL);
        return 0;
    }
    fuzz_require(trailer.settings[trailer.setting_count] == NULL);
    written = trailer_format(&trailer, &length);
    fuzz_require(written != NULL);
    fuzz_require(trailer.begin >= 0 && (size_t)trailer.begin + length == size);
    fuzz_require(memcmp(bytes + trailer.begin, written, length) == 0);
    free(written);
    trailer_clear(&trailer);
    return 0;
}

/*
 * A file that is said to be a boxlite-shim: what attach is told of it lies inside it.
 */
#include <elf.h>
#include <string.h>

#include "shim/boxlite/image.h"
#include "shim/boxlite/symbols.h"
#include "tests/fuzz/fuzz.h"

static void check_symbols(const struct symbols *symbols, const uint8_t *bytes, size_t size)
{
    fuzz_require(symbols->malloc != 0 && symbols->free != 0);
    fuzz_require(symbols->create_arguments >= 0 && symbols->create_arguments <= 2);
    fuzz_require(memmem(bytes, size, symbols->evidence, sizeof(symbols->evidence)) != NULL);
    fuzz_require(memmem(bytes, size, "gvproxy_create", sizeof("gvproxy_create")) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_file(bytes, size);
    const enum image_kind kind = image_read(path);
    struct symbols symbols;
    const enum symbols_status status = symbols_read(path, &symbols);

    fuzz_require(kind != IMAGE_UNREADABLE);
    if (size < sizeof(Elf64_Ehdr)) {
        fuzz_require(kind == IMAGE_FOREIGN);
    }
    switch (status) {
    case SYMBOLS_OK:
        fuzz_require(symbols.lookup_call_count > 0 &&
                     symbols.lookup_call_count <= SYMBOLS_LOOKUPS_MAX);
        check_symbols(&symbols, bytes, size);
        break;
    case SYMBOLS_NO_LOOKUPS:
        fuzz_require(symbols.lookup_call_count == 0);
        check_symbols(&symbols, bytes, size);
        break;
    default:
        break;
    }
    return 0;
}

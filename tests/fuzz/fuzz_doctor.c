/*
 * A file in which doctor looks for a bridge: itself, or an image somewhere inside. What it says is
 * about bytes of the file, and fit to be printed.
 */
#include <stdlib.h>
#include <string.h>

#include "shim/boxlite/go_info.h"
#include "shim/command/doctor/bridge_image.h"
#include "shim/command/doctor/build.h"
#include "tests/fuzz/fuzz.h"

static void check_image(const uint8_t *bytes, size_t size)
{
    struct bridge_image image;
    const enum bridge_search status = bridge_image_find(bytes, size, &image);

    fuzz_require(status != BRIDGE_NO_MEMORY);
    if (image.bytes != NULL) {
        fuzz_require(image.size <= size && memmem(bytes, size, image.bytes, image.size) != NULL);
        fuzz_require(image.embedded == (image.copy != NULL));
        fuzz_require(status == BRIDGE_SEARCHED);
    } else {
        fuzz_require(image.copy == NULL);
    }
    bridge_image_clear(&image);
}

static void check_info(const uint8_t *bytes, size_t size)
{
    struct go_info info;
    const bool found = go_info_read(bytes, size, &info);

    fuzz_require(found == (info.matcher[0] != '\0'));
    if (found) {
        fuzz_require(memmem(bytes, size, info.matcher, strlen(info.matcher)) != NULL);
    }
    fuzz_require(memmem(bytes, size, info.revision, strlen(info.revision)) != NULL);
    fuzz_require(strchr(info.version, ' ') == NULL);
}

static void check_build(const uint8_t *bytes, size_t size)
{
    static struct facts_build build;
    const enum build_status status = build_read(fuzz_file(bytes, size), "/opt/v0.9.7/shim", &build);

    fuzz_require(status != BUILD_UNREADABLE);
    fuzz_require(status == BUILD_READ || !build.found);
    fuzz_require(!build.exact || (build.release[0] != '\0' && build.revision[0] != '\0'));
    fuzz_require(build.create_arguments >= 0 && build.create_arguments <= 2);
    fuzz_require(!build.evidence.failed);
    for (size_t i = 0; i < build.evidence.count; i++) {
        fuzz_require(strlen(build.evidence.list[i]) < 512);
    }
    words_clear(&build.evidence);
    memset(&build, 0, sizeof(build));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    check_image(bytes, size);
    check_info(bytes, size);
    check_build(bytes, size);
    return 0;
}

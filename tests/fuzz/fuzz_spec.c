/*
 * The InstanceSpec on a shim's standard input, and any other document that says what a box may
 * reach: what comes out is a configuration that the plan takes, and it is found in itself again.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shim/boxlite/document.h"
#include "shim/boxlite/spec.h"
#include "tests/fuzz/fuzz.h"
#include "zones/config.h"

/* Whether the text stands in the input, as it must where it needed no decoding. */
static bool is_from(const struct config_entry *entry, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < entry->length; i++) {
        const char byte = entry->text[i];

        if (byte < ' ' || byte > '~' || byte == '\\' || byte == '"') {
            return true; /* was an escape, or may have been */
        }
    }
    return memmem(bytes, size, entry->text, entry->length) != NULL ||
           memchr(bytes, '\\', size) != NULL;
}

static void check_spec(const uint8_t *bytes, size_t size)
{
    const char *duplicate = NULL;
    char *config = NULL;
    char *again = NULL;
    struct config read;

    if (spec_read((const char *)bytes, size, &config) != SPEC_READ) {
        fuzz_require(config == NULL);
        return;
    }
    fuzz_require(config_parse(config, strlen(config), &read, &duplicate) == CONFIG_OK);
    fuzz_require(read.has_host_ip && read.zone_count == 1);
    for (size_t i = 0; i < read.allow_net_count; i++) {
        fuzz_require(is_from(&read.allow_net[i], bytes, size));
    }
    fuzz_require(spec_read(config, strlen(config), &again) == SPEC_READ);
    fuzz_require(strcmp(config, again) == 0);
    config_clear(&read);
    free(again);
    free(config);
}

static void check_document(const uint8_t *bytes, size_t size)
{
    const char *duplicate = NULL;
    struct document document;
    struct config read;

    if (document_read((const char *)bytes, size, &document) != DOCUMENT_READ) {
        fuzz_require(document.json == NULL);
        return;
    }
    fuzz_require(document.json[document.length] == '\0');
    if (document.kind == DOCUMENT_CONFIG) {
        fuzz_require(document.length == size && memcmp(document.json, bytes, size) == 0);
    } else {
        fuzz_require(config_parse(document.json, document.length, &read, &duplicate) == CONFIG_OK);
        fuzz_require(read.has_host_ip);
        config_clear(&read);
    }
    document_clear(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    check_spec(bytes, size);
    check_document(bytes, size);
    return 0;
}

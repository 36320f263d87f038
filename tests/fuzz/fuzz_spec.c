/*
 * The InstanceSpec on a shim's standard input, and any other document that says what a box may
 * reach: what comes out is a configuration that the plan takes.
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

static bool is_empty(const struct config *config)
{
    return config->allow_net == NULL && config->zones == NULL && config->search_domains == NULL;
}

/* What the shim adds to every box is in it. */
static void check_config(const struct config *config, const uint8_t *bytes, size_t size)
{
    fuzz_require(config->configured_first && config->zone_count == 1 &&
                 config->search_domain_count == 1);
    for (size_t i = 0; i < config->allow_net_count; i++) {
        fuzz_require(config->allow_net[i].text[config->allow_net[i].length] == '\0');
        fuzz_require(is_from(&config->allow_net[i], bytes, size));
    }
}

static void check_spec(const uint8_t *bytes, size_t size)
{
    struct spec spec;

    if (spec_read((const char *)bytes, size, &spec) != SPEC_READ) {
        fuzz_require(is_empty(&spec.config));
        return;
    }
    check_config(&spec.config, bytes, size);
    config_clear(&spec.config);
}

static void check_document(const uint8_t *bytes, size_t size)
{
    struct document document;
    struct config read;
    const char *duplicate = NULL;

    if (document_read((const char *)bytes, size, &document) != DOCUMENT_READ) {
        fuzz_require(is_empty(&document.config));
        return;
    }
    if (document.kind == DOCUMENT_CONFIG) {
        const enum config_status status =
            config_parse((const char *)bytes, size, &read, &duplicate);

        fuzz_require(status == (document.duplicate != NULL ? CONFIG_AMBIGUOUS : CONFIG_OK));
        fuzz_require(read.allow_net_count == document.config.allow_net_count &&
                     read.zone_count == document.config.zone_count);
        config_clear(&read);
    } else {
        check_config(&document.config, bytes, size);
    }
    document_clear(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    check_spec(bytes, size);
    check_document(bytes, size);
    return 0;
}

/* Finds Go's build information in the bytes of a program, and reads a setting in it. */
#include "shim/boxlite/go_info.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* debug/buildinfo/buildinfo.go: buildInfoMagic, and the bit in the flags behind the pointer size
   that says that the strings follow, 32 bytes from the beginning. */
static const char magic[] = "\xff Go buildinf:";
#define FLAGS_AT   15U
#define FLAG_HERE  2U
#define STRINGS_AT 32U

/* The module text lies between two marks of this length (runtime/debug, modinfo). */
#define MARK_LENGTH 16U
#define TEXT_MAX    (1U << 20)

struct text {
    const char *bytes;
    size_t length;
};

/* A string behind its length as a varint. Returns where it ends, or NULL. */
static const unsigned char *read_string(const unsigned char *at, const unsigned char *end,
                                        struct text *out)
{
    uint64_t length = 0;
    unsigned shift = 0;

    while (at < end && shift < 28) {
        const unsigned char byte = *at++;

        length |= (uint64_t)(byte & 0x7fU) << shift;
        shift += 7;
        if ((byte & 0x80U) == 0) {
            break;
        }
    }
    if (length > TEXT_MAX || length > (size_t)(end - at)) {
        return NULL;
    }
    *out = (struct text){.bytes = (const char *)at, .length = (size_t)length};
    return at + length;
}

/* What stands behind `key` in the text, up to the end of the field. */
static void take_field(const struct text *text, const char *key, char *out, size_t size)
{
    const char *found = memmem(text->bytes, text->length, key, strlen(key));
    size_t length = 0;

    out[0] = '\0';
    if (found == NULL) {
        return;
    }
    found += strlen(key);
    while (found + length < text->bytes + text->length && strchr("\t\n", found[length]) == NULL) {
        length++;
    }
    if (length < size) {
        snprintf(out, size, "%.*s", (int)length, found);
    }
}

static bool read_info(const unsigned char *at, const unsigned char *end, struct go_info *out)
{
    struct text version;
    struct text modules;

    if ((size_t)(end - at) < STRINGS_AT || (at[FLAGS_AT] & FLAG_HERE) == 0) {
        return false;
    }
    at = read_string(at + STRINGS_AT, end, &version);
    if (at == NULL || read_string(at, end, &modules) == NULL ||
        modules.length < 2UL * MARK_LENGTH) {
        return false;
    }
    modules.bytes += MARK_LENGTH;
    modules.length -= 2UL * MARK_LENGTH;
    snprintf(out->version, sizeof(out->version), "%.*s", (int)version.length, version.bytes);
    /* A vendor's addition, such as " (Red Hat 1.25.5-1)". */
    out->version[strcspn(out->version, " ")] = '\0';
    take_field(&modules, "\tvcs.revision=", out->revision, sizeof(out->revision));
    take_field(&modules, "gvisor-tap-vsock\t", out->matcher, sizeof(out->matcher));
    return out->matcher[0] != '\0';
}

bool go_info_read(const void *bytes, size_t size, struct go_info *out)
{
    const unsigned char *at = bytes;
    const unsigned char *const end = at + size;

    memset(out, 0, sizeof(*out));
    while ((at = memmem(at, (size_t)(end - at), magic, sizeof(magic) - 1)) != NULL) {
        if (read_info(at, end, out)) {
            return true;
        }
        at++;
    }
    memset(out, 0, sizeof(*out));
    return false;
}

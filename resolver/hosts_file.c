/*
 * All names of the file in one piece of memory, found by their hash: a blocker's list has 200,000
 * of them, and hundreds of hosts ask. Entries of one hash are chained in the order of the file.
 */
#include "resolver/hosts_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/ascii.h"
#include "resolver/lines.h"

static const char hosts_path[] = "/etc/hosts";

#define NO_ENTRY UINT32_MAX
enum { FIRST_CAPACITY = 64, FIRST_ROOM = 4096 };

struct entry {
    size_t address; /* where its text begins */
    size_t name;
    uint32_t line;
    uint32_t hash;
    uint32_t next; /* of the same bucket */
    bool is_v4;
    struct in_addr v4;
};

struct hosts_file {
    char *text;
    size_t used;
    size_t room;
    struct entry *entries;
    size_t count;
    size_t capacity;
    uint32_t *buckets;
    size_t bucket_mask;
    int error;
};

/* ---- names: as Go's absDomainName and in lower case ---- */

static size_t key_length(const char *name)
{
    size_t length = strlen(name);

    return length + (memchr(name, '.', length) != NULL && name[length - 1] != '.' ? 1 : 0);
}

/* Byte `i` of the key; the last may be a dot that is not written. */
static char key_byte(const char *name, size_t i)
{
    return name[i] != '\0' ? ascii_lower_of(name[i]) : '.';
}

/* FNV-1a, 32 bits. */
static uint32_t key_hash(const char *name)
{
    size_t length = key_length(name);
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)key_byte(name, i)) * 16777619U;
    }
    return hash;
}

static bool keys_equal(const char *a, const char *b)
{
    size_t length = key_length(a);
    size_t i = 0;

    if (key_length(b) != length) {
        return false;
    }
    while (i < length && key_byte(a, i) == key_byte(b, i)) {
        i++;
    }
    return i == length;
}

/* ---- reading ---- */

/* Returns where the copy begins, or SIZE_MAX when memory is short. */
static size_t add_text(struct hosts_file *file, struct slice text)
{
    size_t at = file->used;

    if (file->text == NULL || text.length + 1 > file->room - file->used) {
        size_t room = 2 * file->room + text.length + FIRST_ROOM;
        char *grown = realloc(file->text, room);
        if (grown == NULL) {
            return SIZE_MAX;
        }
        file->text = grown;
        file->room = room;
    }
    for (size_t i = 0; i < text.length; i++) {
        file->text[at + i] = (char)(text.text[i] != '\0' ? text.text[i] : '?');
    }
    file->text[at + text.length] = '\0';
    file->used += text.length + 1;
    return at;
}

static bool add_entry(struct hosts_file *file, struct entry *entry, struct slice name)
{
    entry->name = add_text(file, name);
    if (entry->name == SIZE_MAX) {
        return false;
    }
    if (file->count == file->capacity) {
        size_t capacity = 2 * file->capacity + FIRST_CAPACITY;
        struct entry *grown = realloc(file->entries, capacity * sizeof(*grown));
        if (grown == NULL || capacity > NO_ENTRY) {
            file->entries = grown != NULL ? grown : file->entries;
            return false;
        }
        file->entries = grown;
        file->capacity = capacity;
    }
    entry->hash = key_hash(file->text + entry->name);
    file->entries[file->count++] = *entry;
    return true;
}

/* As netip.ParseAddr: inet_pton(3)'s forms, and behind IPv6 a zone, which must not have another. */
static bool read_address(struct slice text, struct entry *entry)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    struct slice bare = slice_before(text, '%');
    struct slice zone = {bare.text + bare.length, text.length - bare.length};
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr v6;

    if (bare.length >= sizeof(copy) || memchr(bare.text, '\0', bare.length) != NULL ||
        zone.length == 1 ||
        (zone.length > 1 && memchr(zone.text + 1, '%', zone.length - 1) != NULL)) {
        return false;
    }
    memcpy(copy, bare.text, bare.length);
    copy[bare.length] = '\0';
    entry->is_v4 = inet_pton(AF_INET, copy, &entry->v4) == 1;
    if (entry->is_v4) {
        return zone.length == 0;
    }
    if (inet_pton(AF_INET6, copy, &v6) != 1) {
        return false;
    }
    entry->is_v4 = memcmp(&v6, mapped, sizeof(mapped)) == 0;
    if (entry->is_v4) {
        memcpy(&entry->v4, v6.s6_addr + sizeof(mapped), sizeof(entry->v4));
    }
    return true;
}

/* False when memory is short. */
static bool add_line(struct hosts_file *file, struct slice line, uint32_t number)
{
    struct slice rest = slice_before(line, '#');
    struct entry entry = {.line = number};
    struct slice address;
    struct slice name;

    if (!slice_next_field(&rest, &address) || !slice_next_field(&rest, &name) ||
        !read_address(address, &entry)) {
        return true;
    }
    entry.address = add_text(file, address);
    if (entry.address == SIZE_MAX) {
        return false;
    }
    do {
        if (!add_entry(file, &entry, name)) {
            return false;
        }
    } while (slice_next_field(&rest, &name));
    return true;
}

static bool make_buckets(struct hosts_file *file)
{
    size_t size = FIRST_CAPACITY;

    while (size < file->count) {
        size *= 2;
    }
    file->buckets = malloc(size * sizeof(*file->buckets));
    if (file->buckets == NULL) {
        return false;
    }
    file->bucket_mask = size - 1;
    memset(file->buckets, 0xFF, size * sizeof(*file->buckets));
    /* Backwards, so that the first of the file is the first of its bucket. */
    for (size_t i = file->count; i-- > 0;) {
        uint32_t *bucket = &file->buckets[file->entries[i].hash & file->bucket_mask];
        file->entries[i].next = *bucket;
        *bucket = (uint32_t)i;
    }
    return true;
}

struct hosts_file *hosts_file_read_path(const char *path)
{
    struct hosts_file *file = calloc(1, sizeof(*file));
    struct lines lines;
    struct slice line;
    uint32_t number = 0;
    bool good = true;
    int error;

    if (file == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    error = lines_open(&lines, path);
    if (error != 0) {
        free(file);
        errno = error;
        return NULL;
    }
    while (good && lines_next(&lines, &line)) {
        good = add_line(file, line, number++);
    }
    file->error = lines.error;
    lines_close(&lines);
    if (!good || !make_buckets(file)) {
        hosts_file_free(file);
        errno = ENOMEM;
        return NULL;
    }
    return file;
}

struct hosts_file *hosts_file_read(void)
{
    return hosts_file_read_path(hosts_path);
}

void hosts_file_free(struct hosts_file *file)
{
    if (file == NULL) {
        return;
    }
    free(file->text);
    free(file->entries);
    free(file->buckets);
    free(file);
}

/* ---- asking ---- */

/* The next entry of the name, `at` being what its bucket has next. */
static uint32_t seek(const struct hosts_file *file, uint32_t at, uint32_t hash, const char *name)
{
    while (at != NO_ENTRY && (file->entries[at].hash != hash ||
                              !keys_equal(file->text + file->entries[at].name, name))) {
        at = file->entries[at].next;
    }
    return at;
}

static uint32_t seek_first(const struct hosts_file *file, uint32_t hash, const char *name)
{
    return file == NULL ? NO_ENTRY
                        : seek(file, file->buckets[hash & file->bucket_mask], hash, name);
}

int hosts_file_find(const struct hosts_file *file, const char *name, struct in_addr **addresses,
                    size_t *count)
{
    uint32_t hash = key_hash(name);

    for (uint32_t at = seek_first(file, hash, name); at != NO_ENTRY;
         at = seek(file, file->entries[at].next, hash, name)) {
        struct in_addr *grown;

        if (!file->entries[at].is_v4) {
            continue;
        }
        grown = realloc(*addresses, (*count + 1) * sizeof(*grown));
        if (grown == NULL) {
            free(*addresses);
            *addresses = NULL;
            *count = 0;
            return ENOMEM;
        }
        *addresses = grown;
        grown[(*count)++] = file->entries[at].v4;
    }
    return 0;
}

bool hosts_file_knows(const struct hosts_file *file, const char *name)
{
    return seek_first(file, key_hash(name), name) != NO_ENTRY;
}

size_t hosts_file_count(const struct hosts_file *file)
{
    return file->count;
}

struct hosts_entry hosts_file_entry(const struct hosts_file *file, size_t i)
{
    const struct entry *entry = &file->entries[i];

    return (struct hosts_entry){file->text + entry->address, file->text + entry->name, entry->line};
}

int hosts_file_error(const struct hosts_file *file)
{
    return file->error;
}

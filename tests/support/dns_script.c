/*
 * The script file, and finding the entry for a question.
 *
 * Entries sit in one tree under "ADDRESS NAME" ("" for an unrestricted address). A wildcard is the
 * name "*.domain" and `default` the name "*", so that a search only has to cut labels off.
 */
#include "tests/support/dns_script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_keys(const void *left, const void *right)
{
    return strcmp(left, right);
}

static void entry_destroy(struct dns_entry *entry)
{
    if (entry == NULL) {
        return;
    }
    for (size_t i = 0; i < entry->step_count; i++) {
        dns_action_clear(&entry->steps[i]);
    }
    free(entry->steps);
    free(entry->key);
    free(entry);
}

static struct dns_entry *entry_new(const char *address, const char *name)
{
    size_t size = strlen(address) + 1 + strlen(name) + 1;
    struct dns_entry *entry = calloc(1, sizeof(*entry));

    if (entry == NULL) {
        return NULL;
    }
    entry->address = address;
    entry->key = malloc(size);
    if (entry->key == NULL) {
        free(entry);
        return NULL;
    }
    snprintf(entry->key, size, "%s %s", address, name);
    entry->node.key = entry->key;
    return entry;
}

/* Cuts `line` at white space, a comment's start and around `;`. NULL when memory is short. */
static char **split_words(char *line, size_t *count)
{
    static char semicolon[] = ";";
    size_t length = strcspn(line, "#\r\n");
    /* A word and a semicolon take at least one byte each. */
    char **words = malloc((length + 1) * sizeof(*words));
    size_t found = 0;
    char *next = line;

    line[length] = '\0';
    while (words != NULL) {
        char *end;

        next += strspn(next, " \t");
        if (*next == '\0') {
            break;
        }
        end = next + strcspn(next, " \t;");
        if (end > next) {
            words[found++] = next;
        }
        next = end;
        if (*end == ';') {
            words[found++] = semicolon;
        }
        if (*end != '\0') {
            *end = '\0';
            next = end + 1;
        }
    }
    *count = found;
    return words;
}

static const char *parse_restriction(struct dns_words *words, const char *const *addresses,
                                     size_t count, char *error, size_t size)
{
    const char *word = words->list[words->next];

    if (word[0] != '@') {
        return "";
    }
    words->next++;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word + 1, addresses[i]) == 0) {
            return addresses[i];
        }
    }
    snprintf(error, size, "not a listen address: \"%s\"", word);
    return NULL;
}

/* Lower case, no trailing dot; `default` becomes the wildcard for everything. In place. */
static const char *normalise_name(char *name)
{
    static const char everything[] = "*";
    size_t length = strlen(name);

    if (strcmp(name, "default") == 0) {
        return everything;
    }
    for (size_t i = 0; i < length; i++) {
        name[i] = (char)tolower((unsigned char)name[i]);
    }
    if (length > 1 && name[length - 1] == '.') {
        name[length - 1] = '\0';
    }
    return name;
}

static int parse_steps(struct dns_words *words, struct dns_entry *entry, char *error, size_t size)
{
    for (;;) {
        struct dns_action action;
        struct dns_action *grown;

        if (dns_action_parse(words, &action, error, size) != 0) {
            return -1;
        }
        grown = realloc(entry->steps, (entry->step_count + 1) * sizeof(*grown));
        if (grown == NULL) {
            dns_action_clear(&action);
            snprintf(error, size, "out of memory");
            return -1;
        }
        grown[entry->step_count++] = action;
        entry->steps = grown;
        if (words->next == words->count) {
            return 0;
        }
        if (strcmp(words->list[words->next], ";") != 0) {
            snprintf(error, size, "unexpected \"%s\"", words->list[words->next]);
            return -1;
        }
        words->next++;
    }
}

static int parse_line(struct dns_script *script, struct dns_words *words,
                      const char *const *addresses, size_t count, char *error, size_t size)
{
    const char *address = parse_restriction(words, addresses, count, error, size);
    struct dns_entry *entry;
    char *word;

    if (address == NULL) {
        return -1;
    }
    if (words->next == words->count || strcmp(words->list[words->next], ";") == 0) {
        snprintf(error, size, "no name behind \"%s\"", words->list[0]);
        return -1;
    }
    word = words->list[words->next++];
    if (strlen(word) >= DNS_KEY_SIZE / 2) {
        snprintf(error, size, "too long: \"%.60s...\"", word);
        return -1;
    }
    entry = entry_new(address, normalise_name(word));
    if (entry == NULL) {
        snprintf(error, size, "out of memory");
        return -1;
    }
    if (parse_steps(words, entry, error, size) != 0) {
        entry_destroy(entry);
        return -1;
    }
    if (ldns_rbtree_insert(script->entries, &entry->node) == NULL) {
        snprintf(error, size, "listed twice: \"%s\"", word);
        entry_destroy(entry);
        return -1;
    }
    return 0;
}

static int add_default(struct dns_script *script)
{
    struct dns_entry *entry = NULL;

    if (ldns_rbtree_search(script->entries, " *") != NULL) {
        return 0;
    }
    entry = entry_new("", "*");
    if (entry == NULL) {
        return -1;
    }
    entry->steps = calloc(1, sizeof(*entry->steps));
    if (entry->steps == NULL) {
        entry_destroy(entry);
        return -1;
    }
    entry->step_count = 1;
    entry->steps[0].kind = DNS_ACTION_RCODE;
    entry->steps[0].rcode = LDNS_RCODE_NXDOMAIN;
    ldns_rbtree_insert(script->entries, &entry->node);
    return 0;
}

int dns_script_read(const char *path, const char *const *addresses, size_t count,
                    struct dns_script *out, char *error, size_t size)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    unsigned number = 0;
    int result = -1;

    out->entries = ldns_rbtree_create(compare_keys);
    if (file == NULL || out->entries == NULL) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        goto out;
    }
    while (getline(&line, &capacity, file) >= 0) {
        struct dns_words words = {0};
        char text[256] = "out of memory";
        int parsed;

        number++;
        words.list = split_words(line, &words.count);
        parsed = words.list == NULL ? -1 : 0;
        if (words.count > 0) {
            parsed = parse_line(out, &words, addresses, count, text, sizeof(text));
        }
        free(words.list);
        if (parsed != 0) {
            snprintf(error, size, "%s:%u: %s", path, number, text);
            goto out;
        }
    }
    if (ferror(file)) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        goto out;
    }
    result = add_default(out);
    if (result != 0) {
        snprintf(error, size, "out of memory");
    }
out:
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    if (result != 0) {
        dns_script_clear(out);
    }
    return result;
}

static const struct dns_entry *find_key(const struct dns_script *script, const char *address,
                                        const char *star, const char *name)
{
    char key[DNS_KEY_SIZE];

    snprintf(key, sizeof(key), "%s %s%s", address, star, name);
    return (const struct dns_entry *)ldns_rbtree_search(script->entries, key);
}

static const struct dns_entry *find_below(const struct dns_script *script, const char *address,
                                          const char *name)
{
    const struct dns_entry *entry = find_key(script, address, "", name);
    const char *dot = strchr(name, '.');

    /* The root's own name is a dot and has nothing above it. */
    while (entry == NULL && dot != NULL && dot[1] != '\0') {
        entry = find_key(script, address, "*", dot);
        dot = strchr(dot + 1, '.');
    }
    return entry != NULL ? entry : find_key(script, address, "*", "");
}

const struct dns_entry *dns_script_find(const struct dns_script *script, const char *address,
                                        const char *name)
{
    const struct dns_entry *entry = find_below(script, address, name);

    return entry != NULL ? entry : find_below(script, "", name);
}

static void destroy_node(ldns_rbnode_t *node, void *context)
{
    (void)context;
    entry_destroy((struct dns_entry *)node);
}

void dns_script_clear(struct dns_script *script)
{
    if (script->entries != NULL) {
        ldns_traverse_postorder(script->entries, destroy_node, NULL);
        ldns_rbtree_free(script->entries);
    }
    script->entries = NULL;
}

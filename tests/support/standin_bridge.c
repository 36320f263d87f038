/*
 * A bridge in C for machines without a Go toolchain: the C interface and the configuration of
 * boxlite 0.9.7's bridge, and a DNS server that answers A questions as that one does, faults and
 * all. gvproxy_get_version says "stand-in". The rest of the original is left out: forwarded ports,
 * TCP, NAT, secrets, capture, other record types.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/standin_box.h"
#include "tests/support/standin_log.h"
#include "tests/support/standin_zones.h"
#include "zones/config.h"
#include "zones/json.h"
#include "zones/json_string.h"
#include "zones/text.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT long long gvproxy_create(char *json, char **error_out);
EXPORT int gvproxy_destroy(long long handle);
EXPORT char *gvproxy_get_stats(long long handle);
EXPORT char *gvproxy_get_version(void);
EXPORT void gvproxy_set_log_callback(standin_log_fn *function);
EXPORT void gvproxy_free_string(char *text);

struct instance {
    struct instance *next;
    long long handle;
    const char *config_address; /* for the statistics alone: it is the caller's */
    size_t rule_count;
    struct standin_zones zones;
    struct standin_box *box;
};

/* As cgo's wrapper packs arguments and result. */
struct create_frame {
    char *json;
    char **error_out;
    long long handle;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct instance *instances; /* under the lock, as is the next */
static long long last_handle;

static void instance_free(struct instance *instance)
{
    if (instance == NULL) {
        return;
    }
    standin_box_end(instance->box);
    standin_zones_clear(&instance->zones);
    free(instance);
}

/* The value of socket_path, which the caller frees; NULL where there is none. */
static char *find_socket_path(const char *text)
{
    struct json *json = NULL;
    char *path = NULL;
    size_t length;

    if (json_read(text, strlen(text), &json) != JSON_OK) {
        return NULL;
    }
    for (size_t key = json_kind(json, 0) == JSON_OBJECT ? json_first(json, 0) : JSON_NONE;
         key != JSON_NONE; key = json_next(json, key)) {
        if (!json_key_is(json, key, "socket_path") ||
            json_kind(json, json_member(key)) != JSON_STRING) {
            continue;
        }
        free(path);
        path = json_text(json, json_member(key), &length);
    }
    json_free(json);
    return path;
}

/* Sets *out to the instance, or leaves it and returns what is wrong. The caller frees the text. */
static char *instance_new(const char *text, struct instance **out)
{
    struct instance *instance = calloc(1, sizeof(*instance));
    struct config config = {0};
    const char *duplicate = NULL;
    const enum config_status read = config_parse(text, strlen(text), &config, &duplicate);
    char *path = read == CONFIG_OK ? find_socket_path(text) : NULL;
    struct text why = {0};
    int fault;

    if (read == CONFIG_NOMEM || instance == NULL) {
        text_add_string(&why, "out of memory");
    } else if (read == CONFIG_AMBIGUOUS) {
        text_format(&why, "%s is given twice, which the stand-in does not merge", duplicate);
    } else if (read == CONFIG_INVALID) {
        text_add_string(&why, text[0] == '\0' ? "unexpected end of JSON input"
                                              : "no JSON of the form of GvproxyConfig");
    } else if (path == NULL || path[0] == '\0') {
        text_add_string(&why, "socket_path is required in GvproxyConfig");
    } else if (standin_zones_make(&config, &instance->zones) != 0) {
        text_add_string(&why, "out of memory");
    } else if ((fault = standin_box_start(path, &instance->zones, &instance->box)) != 0) {
        text_format(&why, "failed to create Unix stream socket \"%s\": %s", path, strerror(-fault));
    } else {
        instance->rule_count = config.allow_net_count;
        *out = instance;
        instance = NULL;
    }
    free(path);
    config_clear(&config);
    instance_free(instance);
    return text_take(&why);
}

static void create(struct create_frame *frame)
{
    struct instance *instance = NULL;
    char *const why = instance_new(frame->json != NULL ? frame->json : "", &instance);

    if (instance == NULL) {
        standin_log(STANDIN_ERROR, "Failed to create gvproxy instance", "error=%s",
                    why != NULL ? why : "out of memory");
        if (frame->error_out != NULL) {
            *frame->error_out = why;
        } else {
            free(why);
        }
        frame->handle = -1;
        return;
    }
    free(why);
    instance->config_address = frame->json;
    pthread_mutex_lock(&lock);
    frame->handle = instance->handle = ++last_handle;
    instance->next = instances;
    instances = instance;
    pthread_mutex_unlock(&lock);
    standin_log(STANDIN_INFO, "Created gvproxy instance", "id=%lld", frame->handle);
}

static void cross(void (*function)(struct create_frame *), struct create_frame *frame, size_t size)
{
    (void)size;
    function(frame);
}

/* As in cgo's wrapper the size of the frame is the third argument of a call, by which the number of
   our own arguments is told. A volatile pointer keeps the compiler from seeing who is called. */
long long gvproxy_create(char *json, char **error_out)
{
    static void (*volatile const crossing)(void (*)(struct create_frame *), struct create_frame *,
                                           size_t) = cross;
    struct create_frame frame = {.json = json, .error_out = error_out, .handle = -1};

    crossing(create, &frame, sizeof(frame));
    return frame.handle;
}

int gvproxy_destroy(long long handle)
{
    struct instance *found = NULL;

    pthread_mutex_lock(&lock);
    for (struct instance **link = &instances; *link != NULL; link = &(*link)->next) {
        if ((*link)->handle == handle) {
            found = *link;
            *link = found->next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    if (found == NULL) {
        return -1;
    }
    instance_free(found);
    standin_log(STANDIN_INFO, "Destroyed gvproxy instance", "id=%lld", handle);
    return 0;
}

static void describe(const struct instance *instance, struct text *out)
{
    text_format(out, "{\"config_address\":\"%p\",\"allow_net\":%zu,\"zones\":%zu,\"zone_names\":[",
                (const void *)instance->config_address, instance->rule_count,
                instance->zones.count);
    for (size_t i = 0; i < instance->zones.count; i++) {
        if (i > 0) {
            text_add_string(out, ",");
        }
        json_string_encode(out, instance->zones.list[i].name);
    }
    text_add_string(out, "]}");
}

char *gvproxy_get_stats(long long handle)
{
    struct text text = {0};
    bool found = false;

    pthread_mutex_lock(&lock);
    for (const struct instance *at = instances; at != NULL; at = at->next) {
        if (at->handle != handle) {
            continue;
        }
        describe(at, &text);
        found = true;
    }
    pthread_mutex_unlock(&lock);
    return found ? text_take(&text) : NULL;
}

char *gvproxy_get_version(void)
{
    return strdup("stand-in");
}

void gvproxy_set_log_callback(standin_log_fn *function)
{
    standin_log_set(function);
}

void gvproxy_free_string(char *text)
{
    free(text);
}

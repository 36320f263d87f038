/*
 * module: an extension module that uses the bridge, for hosts that load and unload it. Its log
 * callback goes with it.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

long long gvproxy_create(char *config, char **error);
int gvproxy_destroy(long long handle);
void gvproxy_free_string(char *text);
void gvproxy_set_log_callback(void (*callback)(int level, const char *message));

EXPORT void module_listen(void);
EXPORT int module_create(char *config, char *text, size_t size);
EXPORT long module_lines(void);

static atomic_long lines;

static void count_line(int level, const char *message)
{
    (void)level;
    (void)message;
    atomic_fetch_add(&lines, 1);
}

void module_listen(void)
{
    gvproxy_set_log_callback(count_line);
}

/* Lines that the callback was called with. */
long module_lines(void)
{
    return atomic_load(&lines);
}

/* Creates and destroys a box. Returns 1, or 0 with what went wrong in `text`. */
int module_create(char *config, char *text, size_t size)
{
    char *error = NULL;
    const long long handle = gvproxy_create(config, &error);

    text[0] = '\0';
    if (handle >= 0) {
        return gvproxy_destroy(handle) == 0;
    }
    if (error != NULL) {
        strncat(text, error, size - 1);
        gvproxy_free_string(error);
    }
    return 0;
}

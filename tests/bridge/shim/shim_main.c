/*
 * A stand-in for boxlite's static shim: the bridge linked into a static executable that creates one
 * network and serves it. Unlike the original it takes the bridge's own configuration on stdin,
 * since there is no machine to start. Ends on SIGTERM, or with 1 and the reason on stderr.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

long long gvproxy_create(char *config, char **error);
int gvproxy_destroy(long long handle);
void gvproxy_set_log_callback(void (*callback)(int level, const char *message));
void gvproxy_free_string(char *text);

static int terminated[2];

static void on_terminate(int number)
{
    (void)number;
    (void)!write(terminated[1], "", 1);
}

static void log_line(int level, const char *message)
{
    fprintf(stderr, "log %d %s\n", level, message);
}

int main(void)
{
    const struct sigaction terminate = {.sa_handler = on_terminate,
                                        .sa_flags = SA_RESTART | SA_ONSTACK};
    char *config = NULL, *error = NULL;
    size_t size = 0;
    long long handle;
    char byte;

    if (pipe(terminated) != 0 || sigaction(SIGTERM, &terminate, NULL) != 0) {
        perror("boxlite-shim");
        return 1;
    }
    if (getdelim(&config, &size, '\0', stdin) < 0) {
        fprintf(stderr, "boxlite-shim: no configuration on stdin\n");
        return 1;
    }
    gvproxy_set_log_callback(log_line);
    handle = gvproxy_create(config, &error);
    free(config);
    if (handle < 0) {
        fprintf(stderr, "gvproxy_create failed: %s\n", error ? error : "unknown");
        if (error) {
            gvproxy_free_string(error);
        }
        return 1;
    }
    printf("created %lld\n", handle);
    fflush(stdout);
    (void)!read(terminated[0], &byte, 1);
    gvproxy_destroy(handle);
    return 0;
}

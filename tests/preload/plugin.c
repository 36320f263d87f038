/*
 * plugin: a library that uses the bridge and is itself loaded by dlopen, as an SDK's extension
 * module is; the bridge is then in a local scope. When it is loaded it creates a box from the file
 * that PLUGIN_CONFIG names, prints `created` or `failed TEXT`, and destroys the box again.
 */
#include <stdio.h>
#include <stdlib.h>

long long gvproxy_create(char *config, char **error);
int gvproxy_destroy(long long handle);
void gvproxy_free_string(char *text);

__attribute__((constructor)) static void use_bridge(void)
{
    const char *path = getenv("PLUGIN_CONFIG");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    char *config = NULL, *error = NULL;
    size_t size = 0;
    long long handle;

    if (file == NULL || getdelim(&config, &size, '\0', file) < 0) {
        perror("PLUGIN_CONFIG");
        exit(2);
    }
    fclose(file);
    handle = gvproxy_create(config, &error);
    free(config);
    if (handle >= 0) {
        printf("created\n");
    } else {
        printf("failed %s\n", error != NULL ? error : "-");
    }
    fflush(stdout);
    if (error != NULL) {
        gvproxy_free_string(error);
    }
    if (handle >= 0) {
        gvproxy_destroy(handle);
    }
}

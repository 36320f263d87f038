/*
 * Counts what is read: linked into the object and the command with --wrap, it notes each reading of
 * a text in the file that COUNTED names, "PID WHAT NAME" a line, and reads on.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "resolver/hosts_file.h"
#include "resolver/nsswitch.h"
#include "resolver/resolv_conf.h"
#include "resolver/resolver.h"
#include "zones/allowlist.h"
#include "zones/json.h"
#include "zones/zones.h"

static void count(const char *what)
{
    const char *const path = getenv("COUNTED");
    char line[64];
    int file;

    if (path == NULL) {
        return;
    }
    file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) {
        const int length = snprintf(line, sizeof(line), "%d %s\n", (int)getpid(), what);

        if (write(file, line, (size_t)length) != length) {
            abort();
        }
        close(file);
    }
}

/* The linker's names. */
enum json_status __real_json_read(const char *text, size_t length, struct json **out);
enum json_status __wrap_json_read(const char *text, size_t length, struct json **out);
int __real_allowlist_read(const struct config *config, bool use_configured, struct allowlist *out);
int __wrap_allowlist_read(const struct config *config, bool use_configured, struct allowlist *out);
int __real_zones_build(const struct config *config, const struct allowlist *list,
                       const char *const *search, struct zones *out);
int __wrap_zones_build(const struct config *config, const struct allowlist *list,
                       const char *const *search, struct zones *out);
int __real_resolv_conf_read(struct resolv_conf *conf, const char *servers);
int __wrap_resolv_conf_read(struct resolv_conf *conf, const char *servers);
bool __real_resolver_nameservers(const struct resolver_options *options, char *buffer, size_t size);
bool __wrap_resolver_nameservers(const struct resolver_options *options, char *buffer, size_t size);
struct hosts_file *__real_hosts_file_read(void);
struct hosts_file *__wrap_hosts_file_read(void);
void __real_nsswitch_read(struct nsswitch *result);
void __wrap_nsswitch_read(struct nsswitch *result);

enum json_status __wrap_json_read(const char *text, size_t length, struct json **out)
{
    count("json");
    return __real_json_read(text, length, out);
}

int __wrap_allowlist_read(const struct config *config, bool use_configured, struct allowlist *out)
{
    count("rules");
    return __real_allowlist_read(config, use_configured, out);
}

int __wrap_zones_build(const struct config *config, const struct allowlist *list,
                       const char *const *search, struct zones *out)
{
    count("zones");
    return __real_zones_build(config, list, search, out);
}

int __wrap_resolv_conf_read(struct resolv_conf *conf, const char *servers)
{
    count("resolv.conf");
    return __real_resolv_conf_read(conf, servers);
}

bool __wrap_resolver_nameservers(const struct resolver_options *options, char *buffer, size_t size)
{
    count("resolv.conf");
    return __real_resolver_nameservers(options, buffer, size);
}

struct hosts_file *__wrap_hosts_file_read(void)
{
    count("hosts");
    return __real_hosts_file_read();
}

void __wrap_nsswitch_read(struct nsswitch *result)
{
    count("nsswitch.conf");
    __real_nsswitch_read(result);
}

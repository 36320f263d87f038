/*
 * glibc reads LOCALDOMAIN and RES_OPTIONS into the thread's `_res` (resolver(3)) when it is first
 * used, and leaves it alone afterwards where a program has changed it; HOSTALIASES it reads for
 * every name unless RES_NOALIASES is set. The environment of a host process cannot be changed under
 * its other threads, so the thread's state is: resolv.conf is read again, by our own reader.
 */
#include "resolver/libc_state.h"

#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/resolv_conf.h"

static bool environment_speaks(void)
{
    return getenv("HOSTALIASES") != NULL || getenv("LOCALDOMAIN") != NULL ||
           getenv("RES_OPTIONS") != NULL;
}

/* As many domains as there is room for. */
static void set_search(const struct resolv_conf *conf)
{
    char *at = _res.defdname;
    size_t room = sizeof(_res.defdname);
    size_t count = 0;

    for (size_t i = 0; i < conf->search_count && count < MAXDNSRCH; i++) {
        size_t size = strlen(conf->search[i]) + 1;
        if (size > room) {
            break;
        }
        memcpy(at, conf->search[i], size);
        _res.dnsrch[count++] = at;
        at += size;
        room -= size;
    }
    _res.dnsrch[count] = NULL;
    if (count == 0) {
        _res.defdname[0] = '\0';
    }
}

void libc_state_init(void)
{
    struct resolv_conf conf;

    if (!environment_speaks() || res_init() != 0) {
        return;
    }
    if (resolv_conf_read(&conf, NULL) == 0) {
        set_search(&conf);
        _res.options = RES_INIT | RES_DEFAULT | RES_NOALIASES | (conf.rotate ? RES_ROTATE : 0) |
                       (conf.use_tcp ? RES_USEVC : 0);
        _res.ndots = conf.ndots & 0xF;
        _res.retrans = (int)conf.timeout_s;
        _res.retry = (int)conf.attempts;
    }
    resolv_conf_clear(&conf);
}

/* The process in which the bridge is, and the preload if it is the repair that is tested. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/names.h"
#include "shim/boxlite/guest.h"
#include "shim/boxlite/network.h"
#include "shim/command/selftest/bridge.h"
#include "shim/command/selftest/selftest.h"
#include "zones/json_string.h"
#include "zones/text.h"

/* The first definition, as in a program that is linked against the bridge. */
#define FIND(name)                                                                                 \
    (((union {                                                                                     \
         void *object;                                                                             \
         name##_fn *function;                                                                      \
     }){.object = dlsym(RTLD_DEFAULT, #name)})                                                     \
         .function)

static void on_log(int level, const char *message)
{
    (void)level;
    printf("log %s\n", message);
}

/* What the guest's libc makes of the answers. */
static void print_answer(selftest_bridge_ask_fn *ask, const char *name)
{
    char question[GUEST_NAME_SIZE];
    const char *found = "NXDOMAIN";

    for (size_t i = 0; strcmp(found, "NXDOMAIN") == 0 && guest_question(name, i, question); i++) {
        found = ask(question);
    }
    printf("answer %s %s\n", name, found);
}

static int create(char *config, char **names)
{
    gvproxy_create_fn *const create_box = FIND(gvproxy_create);
    gvproxy_set_log_callback_fn *const set_log_callback = FIND(gvproxy_set_log_callback);
    gvproxy_free_string_fn *const free_string = FIND(gvproxy_free_string);
    selftest_bridge_ask_fn *const ask = FIND(selftest_bridge_ask);
    selftest_bridge_config_fn *const last_config = FIND(selftest_bridge_config);
    selftest_bridge_lookups_fn *const lookups = FIND(selftest_bridge_lookups);
    char *why = NULL;

    if (create_box == NULL || set_log_callback == NULL || free_string == NULL || ask == NULL ||
        last_config == NULL || lookups == NULL) {
        return EXIT_FAILED;
    }
    set_log_callback(on_log);
    if (create_box(config, &why) < 0) {
        printf("refused %s\n", why != NULL ? why : "");
        free_string(why);
        return EXIT_SUCCESS;
    }
    puts("created");
    for (; *names != NULL; names++) {
        print_answer(ask, *names);
    }
    printf("config %s\n", strcmp(config, last_config()) == 0 ? "same" : "other");
    printf("lookups %u\n", lookups());
    return EXIT_SUCCESS;
}

/* As the shim writes it. The caller frees it; NULL when memory is short. */
static char *make_config(char *const *rules, size_t count)
{
    struct text text = {0};

    text_add_string(
        &text, "{\"host_ip\":\"" NETWORK_HOST_IP "\",\"dns_zones\":[{\"name\":\"" NETWORK_HOST_ZONE
               "\",\"records\":[{\"name\":\"" NETWORK_HOST_LABEL "\",\"ip\":\"" NETWORK_HOST_IP
               "\"}],\"default_ip\":\"\"}],\"allow_net\":[");
    for (size_t i = 0; i < count; i++) {
        text_add_string(&text, i > 0 ? "," : "");
        json_string_encode(&text, rules[i]);
    }
    text_add_string(&text, "]}");
    return text_take(&text);
}

int selftest_box_main(int argc, char **argv)
{
    size_t count = 0;
    char *config;
    int status = EXIT_FAILED;

    while (count + 1 < (size_t)argc && strcmp(argv[count + 1], "--") != 0) {
        count++;
    }
    if (count + 1 >= (size_t)argc) {
        fputs("boxlite-allownet: selftest-box is for the self-test's use\n", stderr);
        return EXIT_FAILED;
    }
    config = make_config(argv + 1, count);
    if (config != NULL) {
        status = create(config, argv + count + 2);
    }
    free(config);
    return status;
}

/* The process in which the bridge is, and the preload if it is the repair that is tested. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/names.h"
#include "shim/boxlite/document.h"
#include "shim/boxlite/guest.h"
#include "shim/command/selftest/bridge.h"
#include "shim/command/selftest/selftest.h"

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

int selftest_box_main(int argc, char **argv)
{
    struct document document;
    size_t count = 0;
    int status;

    while (count + 1 < (size_t)argc && strcmp(argv[count + 1], "--") != 0) {
        count++;
    }
    if (count + 1 >= (size_t)argc) {
        fputs("boxlite-allownet: selftest-box is for the self-test's use\n", stderr);
        return EXIT_FAILED;
    }
    if (document_from_rules((const char *const *)argv + 1, count, &document) != DOCUMENT_READ) {
        return EXIT_FAILED;
    }
    status = create(document.json, argv + count + 2);
    document_clear(&document);
    return status;
}

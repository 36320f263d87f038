/*
 * lookups: calls getaddrinfo in many forms, from the main thread, a constructor, another thread and
 * a forked child, and prints all that came back. Its output has to be the same with and without us.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *node;
    const char *service;
    struct addrinfo hints;
} forms[] = {
    {"known.example", NULL, {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}},
    {"known.example", "80", {.ai_family = AF_UNSPEC}},
    {"known.example", "https", {.ai_flags = AI_CANONNAME, .ai_family = AF_INET}},
    {"unknown.example", NULL, {.ai_family = AF_UNSPEC}},
    {"127.0.0.1", "1", {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}},
    {"name.example", NULL, {.ai_flags = AI_NUMERICHOST}},
    {"::1", NULL, {.ai_family = AF_INET}},
    {NULL, "80", {.ai_flags = AI_PASSIVE, .ai_family = AF_INET}},
    {NULL, NULL, {.ai_family = AF_UNSPEC}},
    {"", NULL, {.ai_family = AF_UNSPEC}},
    {"known.example", "no-such-service", {.ai_family = AF_INET}},
    {"known.example", NULL, {.ai_family = 77}},
};

static void look_up(const char *context)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct addrinfo *list = NULL;
        int status;

        errno = 0;
        status = getaddrinfo(forms[i].node, forms[i].service, &forms[i].hints, &list);
        printf("%s %zu status=%d errno=%d", context, i, status, status == EAI_SYSTEM ? errno : 0);
        for (const struct addrinfo *entry = list; status == 0 && entry; entry = entry->ai_next) {
            char host[NI_MAXHOST], port[NI_MAXSERV];

            getnameinfo(entry->ai_addr, entry->ai_addrlen, host, sizeof(host), port, sizeof(port),
                        NI_NUMERICHOST | NI_NUMERICSERV);
            printf(" [%d %d %d %s %s %s]", entry->ai_family, entry->ai_socktype, entry->ai_protocol,
                   host, port, entry->ai_canonname != NULL ? entry->ai_canonname : "-");
        }
        printf("\n");
        if (status == 0) {
            freeaddrinfo(list);
        }
    }
    fflush(stdout);
}

__attribute__((constructor)) static void in_constructor(void)
{
    look_up("constructor");
}

static void *in_thread(void *unused)
{
    look_up("thread");
    return unused;
}

int main(void)
{
    pthread_t thread;
    pid_t child;

    look_up("main");
    if (pthread_create(&thread, NULL, in_thread, NULL) == 0) {
        pthread_join(thread, NULL);
    }
    child = fork();
    if (child == 0) {
        look_up("child");
        _exit(0);
    }
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}

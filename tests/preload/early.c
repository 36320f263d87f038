/*
 * early: a preload behind ours. The loader starts the last preload first, so its constructor calls
 * our hooks before our own constructor has run: they have to pass through.
 */
#include <netdb.h>
#include <stdio.h>

__attribute__((constructor)) static void call_hooks(void)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *list = NULL;
    const int status = getaddrinfo("127.0.0.1", NULL, &hints, &list);

    printf("early getaddrinfo %d\n", status);
    fflush(stdout);
    if (status == 0) {
        freeaddrinfo(list);
    }
}

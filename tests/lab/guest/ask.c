/*
 * What a program inside the guest sees: a name's first address, or what a TCP connection is told.
 *
 *     ask name NAME             the address, or why there is none
 *     ask http ADDRESS PORT HOST   the line that the listener answers a request for HOST with
 *     ask tls ADDRESS PORT SNI     the same after a ClientHello for SNI, "-" for one without
 *
 * Prints one line in any case. The bridge looks at Host and SNI and lets them through as they are,
 * so the listener need not speak TLS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 20 };

static int say_name(const char *name)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    char text[INET_ADDRSTRLEN];
    const int status = getaddrinfo(name, NULL, &hints, &list);

    if (status != 0) {
        puts(gai_strerror(status));
        return 1;
    }
    inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)list->ai_addr)->sin_addr, text,
              sizeof(text));
    puts(text);
    return 0;
}

/* A ClientHello of TLS 1.2 (RFC 5246, section 7.4.1.2) with the server name extension (RFC 6066).
 */
static size_t client_hello(const char *name, unsigned char *out)
{
    const size_t length = strcmp(name, "-") != 0 ? strlen(name) : 0;
    const size_t extension = length != 0 ? length + 9 : 0;
    const size_t body = 2 + 32 + 1 + 4 + 2 + 2 + extension;
    size_t at = 0;

    out[at++] = 22; /* handshake */
    out[at++] = 3;
    out[at++] = 1;
    out[at++] = (unsigned char)((body + 4) >> 8);
    out[at++] = (unsigned char)(body + 4);
    out[at++] = 1; /* ClientHello */
    out[at++] = 0;
    out[at++] = (unsigned char)(body >> 8);
    out[at++] = (unsigned char)body;
    out[at++] = 3;
    out[at++] = 3;
    memset(out + at, 0x5a, 32);
    at += 32;
    out[at++] = 0; /* no session */
    memcpy(out + at, "\x00\x02\xc0\x2f", 4);
    at += 4;
    memcpy(out + at, "\x01\x00", 2);
    at += 2;
    out[at++] = (unsigned char)(extension >> 8);
    out[at++] = (unsigned char)extension;
    if (length != 0) {
        memcpy(out + at, "\x00\x00", 2); /* server_name */
        at += 2;
        out[at++] = (unsigned char)((length + 5) >> 8);
        out[at++] = (unsigned char)(length + 5);
        out[at++] = (unsigned char)((length + 3) >> 8);
        out[at++] = (unsigned char)(length + 3);
        out[at++] = 0; /* host_name */
        out[at++] = (unsigned char)(length >> 8);
        out[at++] = (unsigned char)length;
        memcpy(out + at, name, length);
        at += length;
    }
    return at;
}

static int say_answer(const char *address, const char *port, const void *request, size_t size)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct addrinfo *list;
    char answer[4096];
    size_t had = 0;
    ssize_t got;
    char *line;
    const int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int status = getaddrinfo(address, port, &hints, &list);

    if (status != 0) {
        printf("resolve: %s\n", gai_strerror(status));
        return 1;
    }
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(peer, list->ai_addr, list->ai_addrlen) != 0) {
        printf("connect: %s\n", strerror(errno));
        return 1;
    }
    if (write(peer, request, size) != (ssize_t)size) {
        printf("write: %s\n", strerror(errno));
        return 1;
    }
    while ((got = read(peer, answer + had, sizeof(answer) - 1 - had)) > 0) {
        had += (size_t)got;
    }
    if (had == 0) {
        printf("closed: %s\n", got < 0 ? strerror(errno) : "no answer");
        return 1;
    }
    answer[had] = '\0';
    line = strstr(answer, "\r\n\r\n");
    line = line != NULL ? line + 4 : answer;
    printf("%.*s\n", (int)strcspn(line, "\r\n"), line);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned char hello[512];
    char request[512];

    if (argc == 3 && strcmp(argv[1], "name") == 0) {
        return say_name(argv[2]);
    }
    if (argc == 5 && strlen(argv[4]) < 256) {
        if (strcmp(argv[1], "http") == 0) {
            const int length =
                snprintf(request, sizeof(request), "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", argv[4]);

            return say_answer(argv[2], argv[3], request, (size_t)length);
        }
        if (strcmp(argv[1], "tls") == 0) {
            return say_answer(argv[2], argv[3], hello, client_hello(argv[4], hello));
        }
    }
    puts("usage: ask name NAME | ask http|tls ADDRESS PORT NAME");
    return 2;
}

/* Sends one question and takes one answer. */
#include "shim/command/selftest/ask.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/command/selftest/message.h"

#define PATIENCE_MS 1000

static int open_socket(in_port_t port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(port),
                                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const int file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (file >= 0 && connect(file, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(file);
        return -1;
    }
    return file;
}

bool ask_address(in_port_t port, const char *name, struct in_addr *address)
{
    unsigned char query[MESSAGE_MAX];
    unsigned char reply[MESSAGE_MAX];
    const size_t size = message_question(name, query);
    const int file = open_socket(port);
    struct pollfd wait = {.fd = file, .events = POLLIN};
    bool found = false;

    if (size > 0 && file >= 0 && send(file, query, size, MSG_NOSIGNAL) == (ssize_t)size &&
        poll(&wait, 1, PATIENCE_MS) == 1) {
        const ssize_t length = recv(file, reply, sizeof(reply), 0);

        found = length > 0 && message_address(reply, (size_t)length, address);
    }
    if (file >= 0) {
        close(file);
    }
    return found;
}

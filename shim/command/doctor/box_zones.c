/*
 * Zones that we have repaired end in a root zone, and the bridge puts its own behind them, which
 * end in another (gvisor-tap-vsock v0.8.7, pkg/virtualnetwork/mux.go, /services/dns/all). Two roots
 * are our mark, which no bridge makes by itself.
 */
#include "shim/command/doctor/box_zones.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "shim/base/text_file.h"

#define SOCKET_NAME "gvproxy-ctl.sock"
#define ANSWER_MAX  (4UL << 20)

static const char request[] = "GET /services/dns/all HTTP/1.0\r\nHost: bridge\r\n\r\n";

/* Whether one of the process's descriptors is the socket with this inode. */
static bool owns(pid_t pid, unsigned long inode)
{
    char wanted[48];
    char path[64];
    DIR *descriptors;
    const struct dirent *entry;
    bool found = false;

    snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    descriptors = opendir(path);
    while (descriptors != NULL && !found && (entry = readdir(descriptors)) != NULL) {
        char name[64];
        char target[PATH_MAX];

        snprintf(name, sizeof(name), "fd/%.32s", entry->d_name);
        found =
            text_file_link(pid, name, target, sizeof(target)) == 0 && strcmp(target, wanted) == 0;
    }
    if (descriptors != NULL) {
        closedir(descriptors);
    }
    return found;
}

/* Of a line of /proc/net/unix, see proc(5): the number before the path. */
static unsigned long inode_in(const char *line, const char *path)
{
    const char *at = path;

    while (at > line && at[-1] == ' ') {
        at--;
    }
    while (at > line && at[-1] != ' ') {
        at--;
    }
    return strtoul(at, NULL, 10);
}

/* The directory of the control socket that the process listens on, in our own view. */
static bool find_socket(pid_t pid, char *out, size_t size)
{
    char *table = text_file_of_process(pid, "net/unix", NULL);
    bool found = false;
    char *rest;

    for (char *line = table != NULL ? strtok_r(table, "\n", &rest) : NULL; line != NULL && !found;
         line = strtok_r(NULL, "\n", &rest)) {
        char *path = strchr(line, '/');
        char *slash;

        if (path == NULL || strcmp(basename(path), SOCKET_NAME) != 0 ||
            !owns(pid, inode_in(line, path))) {
            continue;
        }
        slash = strrchr(path, '/');
        *slash = '\0';
        found = snprintf(out, size, "/proc/%d/root%s/", (int)pid, path) < (int)size;
    }
    free(table);
    return found;
}

/* Through a descriptor of the directory: a socket's path has at most 107 bytes. */
static int connect_to(const char *directory)
{
    const struct timeval patience = {.tv_sec = 1};
    const int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int channel = -1;

    if (place < 0) {
        return -1;
    }
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET_NAME, place);
    channel = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (channel >= 0 &&
        (setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
         setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
         connect(channel, (struct sockaddr *)&address, sizeof(address)) != 0)) {
        close(channel);
        channel = -1;
    }
    close(place);
    return channel;
}

static char *read_answer(int channel)
{
    size_t room = 65536;
    char *text = malloc(room + 1);
    size_t used = 0;
    ssize_t count = 0;

    while (text != NULL && (count = recv(channel, text + used, room - used, 0)) > 0) {
        used += (size_t)count;
        if (used == room) {
            char *more = room < ANSWER_MAX ? realloc(text, 2 * room + 1) : NULL;

            if (more == NULL) {
                break;
            }
            text = more;
            room *= 2;
        }
    }
    if (text == NULL || count != 0) {
        free(text);
        return NULL;
    }
    text[used] = '\0';
    return text;
}

static json_t *ask(const char *directory)
{
    const int channel = connect_to(directory);
    char *answer = NULL;
    json_t *zones = NULL;

    if (channel < 0) {
        return NULL;
    }
    if (send(channel, request, sizeof(request) - 1, MSG_NOSIGNAL) == (ssize_t)sizeof(request) - 1) {
        answer = read_answer(channel);
    }
    if (answer != NULL && strncmp(answer, "HTTP/1.", 7) == 0 &&
        strncmp(answer + 8, " 200", 4) == 0 && strstr(answer, "\r\n\r\n") != NULL) {
        zones = json_loads(strstr(answer, "\r\n\r\n") + 4, 0, NULL);
    }
    free(answer);
    close(channel);
    return zones;
}

static enum facts_coverage judge(const json_t *zones, struct words *evidence)
{
    size_t roots = 0;
    size_t index;
    const json_t *zone;

    json_array_foreach(zones, index, zone)
    {
        const char *name = json_string_value(json_object_get(zone, "Name"));

        roots += name != NULL && name[0] == '\0';
    }
    if (roots >= 2) {
        facts_say(evidence, "its bridge lists %zu zones, ours before its own",
                  json_array_size(zones));
        return FACTS_COVERAGE_REPAIRED;
    }
    if (roots == 1) {
        facts_say(evidence, "its bridge lists %zu zones, none of them ours",
                  json_array_size(zones));
        return json_array_size(zones) > 2 ? FACTS_COVERAGE_UNREPAIRED : FACTS_COVERAGE_UNKNOWN;
    }
    facts_say(evidence, "its bridge lists %zu zones and no sinkhole", json_array_size(zones));
    return FACTS_COVERAGE_NO_RULES;
}

enum facts_coverage box_zones_read(pid_t pid, struct words *evidence)
{
    char directory[PATH_MAX];
    enum facts_coverage coverage = FACTS_COVERAGE_UNKNOWN;
    json_t *zones;

    if (!find_socket(pid, directory, sizeof(directory))) {
        return coverage;
    }
    zones = ask(directory);
    if (json_is_array(zones)) {
        coverage = judge(zones, evidence);
    } else {
        facts_say(evidence, "its control socket %s does not answer", SOCKET_NAME);
    }
    json_decref(zones);
    return coverage;
}

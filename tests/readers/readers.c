/*
 * usage: readers KIND COUNT DIRECTORY
 *
 * Prints what our readers make of the files, and dns_read of the answers, that go-readers is given,
 * in the same form. With KIND
 * `big` it looks 300 names up in DIRECTORY/big and prints how many bytes it has read for that, from
 * files of any kind, and how many names were found.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/dns.h"
#include "resolver/hosts_file.h"
#include "resolver/nsswitch.h"
#include "resolver/resolv_conf.h"

enum { MESSAGE_MAX = 4096, LINE_ROOM = 2 * MESSAGE_MAX + 2 };

enum { NAMES_MAX = 64, NAME_ROOM = 256, PATH_ROOM = 512, GO_SERVERS = 3, BIG_NAMES = 300 };

static char names[NAMES_MAX][NAME_ROOM];
static size_t name_count;

static void require(bool good, const char *what)
{
    if (!good) {
        perror(what);
        exit(1);
    }
}

/* By this process, so far (proc_pid_io(5)). */
static unsigned long long bytes_read(void)
{
    FILE *file = fopen("/proc/self/io", "re");
    unsigned long long count = 0;

    require(file != NULL && fscanf(file, "rchar: %llu", &count) == 1, "/proc/self/io");
    fclose(file);
    return count;
}

static void read_names(const char *directory)
{
    char path[PATH_ROOM];
    FILE *file;

    snprintf(path, sizeof(path), "%s/names", directory);
    file = fopen(path, "re");
    require(file != NULL, path);
    while (name_count < NAMES_MAX && fgets(names[name_count], NAME_ROOM, file) != NULL) {
        names[name_count][strcspn(names[name_count], "\n")] = '\0';
        name_count++;
    }
    fclose(file);
}

static void print_server(const struct server *server)
{
    const bool v4 = server->address.any.sa_family == AF_INET;
    const unsigned char *bytes = v4 ? (const unsigned char *)&server->address.v4.sin_addr
                                    : server->address.v6.sin6_addr.s6_addr;
    const unsigned scope = v4 ? 0 : server->address.v6.sin6_scope_id;
    const unsigned port = ntohs(v4 ? server->address.v4.sin_port : server->address.v6.sin6_port);

    putchar(' ');
    for (size_t i = 0; i < (v4 ? 4U : 16U); i++) {
        printf("%02x", bytes[i]);
    }
    printf("%%%u:%u", scope, port);
}

static void print_resolv(const char *base)
{
    char path[PATH_ROOM];
    struct resolv_conf conf;
    bool unknown = false;

    snprintf(path, sizeof(path), "%s.resolv", base);
    require(resolv_conf_read_path(&conf, path) == 0, path);
    printf("servers");
    for (size_t i = 0; i < conf.servers.count && i < GO_SERVERS; i++) {
        print_server(&conf.servers.list[i]);
    }
    printf(" search");
    for (size_t i = 0; i < conf.search_count; i++) {
        printf(" %s", conf.search[i]);
    }
    for (size_t i = 0; i < conf.word_count; i++) {
        unknown = unknown || conf.words[i].kind != RESOLV_OPTION;
    }
    printf(" ndots %u timeout %u attempts %u rotate %d tcp %d unknown %d\n", conf.ndots,
           conf.timeout_s, conf.attempts, conf.rotate, conf.use_tcp, unknown);
    resolv_conf_clear(&conf);
}

static void print_hosts(const char *base)
{
    char path[PATH_ROOM];
    struct hosts_file *file;

    snprintf(path, sizeof(path), "%s.hosts", base);
    file = hosts_file_read_path(path);
    for (size_t i = 0; i < name_count; i++) {
        struct in_addr *addresses = NULL;
        size_t count = 0;

        require(hosts_file_find(file, names[i], &addresses, &count) == 0, path);
        printf("%d", hosts_file_knows(file, names[i]));
        for (size_t j = 0; j < count; j++) {
            char text[INET_ADDRSTRLEN];
            printf(",%s", inet_ntop(AF_INET, &addresses[j], text, sizeof(text)));
        }
        putchar(' ');
        free(addresses);
    }
    putchar('\n');
    hosts_file_free(file);
}

static void print_nsswitch(const char *base)
{
    char path[PATH_ROOM];
    struct nsswitch_sources sources;

    snprintf(path, sizeof(path), "%s.nsswitch", base);
    require(nsswitch_sources_read_path(&sources, path) == 0, path);
    printf("good %d", sources.error == 0 && !sources.faulty);
    for (size_t i = 0; i < sources.count; i++) {
        printf(" %s=%d", sources.list[i].name, sources.list[i].standard);
    }
    putchar('\n');
    nsswitch_sources_clear(&sources);
}

/* Of a line of hexadecimal digits. */
static size_t read_message(const char *line, unsigned char *message)
{
    size_t size = 0;
    unsigned byte;

    while (size < MESSAGE_MAX && sscanf(line + 2 * size, "%2x", &byte) == 1) {
        message[size++] = (unsigned char)byte;
    }
    return size;
}

/* Addresses, "no" for a word about the name, "failed" for the server's failure. */
static void print_answer(const char *line)
{
    unsigned char message[MESSAGE_MAX];
    const size_t size = read_message(line, message);
    struct dns_query query;
    struct dns_reply reply = {.outcome = RESOLVER_BAD_ANSWER};

    require(dns_write(&query, "h.test", DNS_TYPE_A, 0, true) == 0, "dns_write");
    (void)dns_read(&query, message, size, false, &reply);
    for (size_t i = 0; i < reply.address_count; i++) {
        char text[INET_ADDRSTRLEN];
        printf("%s ", inet_ntop(AF_INET, &reply.addresses[i], text, sizeof(text)));
    }
    puts(reply.address_count > 0 ? ""
         : reply.outcome == RESOLVER_NO_ADDRESS || reply.outcome == RESOLVER_NO_SUCH_HOST
             ? "no"
             : "failed");
    free(reply.addresses);
}

static void print_answers(const char *directory)
{
    static char line[LINE_ROOM];
    char path[PATH_ROOM];
    FILE *file;

    snprintf(path, sizeof(path), "%s/answers", directory);
    file = fopen(path, "re");
    require(file != NULL, path);
    while (fgets(line, sizeof(line), file) != NULL) {
        print_answer(line);
    }
    fclose(file);
}

static void look_up_many(const char *directory)
{
    char path[PATH_ROOM];
    char name[NAME_ROOM];
    size_t found = 0;
    struct hosts_file *file;

    snprintf(path, sizeof(path), "%s/big", directory);
    file = hosts_file_read_path(path);
    require(file != NULL, path);
    for (unsigned i = 0; i < BIG_NAMES; i++) {
        struct in_addr *addresses = NULL;
        size_t count = 0;

        snprintf(name, sizeof(name), "tracker%u.example", i * 1001);
        require(hosts_file_find(file, name, &addresses, &count) == 0, name);
        found += count;
        free(addresses);
    }
    hosts_file_free(file);
    printf("%llu %zu\n", bytes_read(), found);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *kind;
        void (*print)(const char *base);
    } kinds[] = {{"resolv", print_resolv}, {"hosts", print_hosts}, {"nsswitch", print_nsswitch}};

    if (argc != 4) {
        fprintf(stderr, "usage: readers KIND COUNT DIRECTORY\n");
        return 2;
    }
    if (strcmp(argv[1], "big") == 0) {
        look_up_many(argv[3]);
        return 0;
    }
    if (strcmp(argv[1], "answers") == 0) {
        print_answers(argv[3]);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    read_names(argv[3]);
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (long i = 0; strcmp(argv[1], kinds[k].kind) == 0 && i < strtol(argv[2], NULL, 10);
             i++) {
            char base[PATH_ROOM - 16];
            snprintf(base, sizeof(base), "%s/%ld", argv[3], i);
            kinds[k].print(base);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

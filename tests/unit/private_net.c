/* Namespaces for test programs; see private_net.h. */
#include "tests/unit/private_net.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_SKIPPED = 77 };

static void give_up(const char *what)
{
    (void)fprintf(stderr, "skipped: no private network to be had: %s: %s\n", what, strerror(errno));
    exit(EXIT_SKIPPED);
}

static void id_map(const char *path, unsigned id)
{
    FILE *file = fopen(path, "we");

    if (file == NULL) {
        give_up(path);
    }
    (void)fprintf(file, "0 %u 1", id);
    if (fclose(file) != 0) {
        give_up(path);
    }
}

static void become_root_of_own_namespace(void)
{
    unsigned uid = (unsigned)getuid();
    unsigned gid = (unsigned)getgid();
    FILE *file;

    if (unshare(CLONE_NEWUSER) != 0) {
        give_up("user namespace");
    }
    file = fopen("/proc/self/setgroups", "we");
    if (file != NULL) {
        (void)fputs("deny", file);
        (void)fclose(file);
    }
    id_map("/proc/self/uid_map", uid);
    id_map("/proc/self/gid_map", gid);
}

static void loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) {
        give_up("loopback interface");
    }
    (void)close(fd);
}

void private_net_enter(void)
{
    if (geteuid() != 0) {
        become_root_of_own_namespace();
    }
    if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) {
        give_up("mount and network namespace");
    }
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "/etc", "tmpfs", 0, "size=16m") != 0) {
        give_up("private /etc");
    }
    loopback_up();
    private_net_reset();
}

void private_net_write(const char *path, const char *text)
{
    FILE *file;

    if (text == NULL) {
        (void)unlink(path);
        return;
    }
    file = fopen(path, "we");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) {
        perror(path);
        abort();
    }
}

void private_net_reset(void)
{
    private_net_write("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    private_net_write("/etc/hosts", "127.0.0.1 localhost\n");
    private_net_write("/etc/nsswitch.conf", "hosts: files dns\n");
}

/*
 * What c-ares' own build would find out about Linux with glibc 2.28 or newer. It is the same on
 * every processor with 64-bit pointers, so that nothing is probed and cross-builds need nothing
 * more than a compiler. Only what the sources of the pinned version ask for is named.
 *
 * Left out on purpose: threads (CARES_THREADS; a channel is used by the thread that made it alone),
 * arc4random_buf, which glibc has since 2.36 only, and strcasecmp, which goes by the locale.
 */
#ifndef CARES_ARES_CONFIG_H
#define CARES_ARES_CONFIG_H

/* ---- headers ---- */

#define HAVE_ARPA_INET_H           1
#define HAVE_ARPA_NAMESER_COMPAT_H 1
#define HAVE_ARPA_NAMESER_H        1
#define HAVE_ASSERT_H              1
#define HAVE_ERRNO_H               1
#define HAVE_FCNTL_H               1
#define HAVE_IFADDRS_H             1
#define HAVE_LIMITS_H              1
#define HAVE_MALLOC_H              1
#define HAVE_NETDB_H               1
#define HAVE_NETINET_IN_H          1
#define HAVE_NETINET_TCP_H         1
#define HAVE_NET_IF_H              1
#define HAVE_POLL_H                1
#define HAVE_STDINT_H              1
#define HAVE_STRINGS_H             1
#define HAVE_SYS_IOCTL_H           1
#define HAVE_SYS_PARAM_H           1
#define HAVE_SYS_RANDOM_H          1
#define HAVE_SYS_SELECT_H          1
#define HAVE_SYS_SOCKET_H          1
#define HAVE_SYS_STAT_H            1
#define HAVE_SYS_TIME_H            1
#define HAVE_SYS_TYPES_H           1
#define HAVE_SYS_UIO_H             1
#define HAVE_TIME_H                1
#define HAVE_UNISTD_H              1

/* ---- types and constants ---- */

#define HAVE_AF_INET6                          1
#define HAVE_MSG_NOSIGNAL                      1
#define HAVE_PF_INET6                          1
#define HAVE_STRUCT_ADDRINFO                   1
#define HAVE_STRUCT_IN6_ADDR                   1
#define HAVE_STRUCT_SOCKADDR_IN6               1
#define HAVE_STRUCT_SOCKADDR_IN6_SIN6_SCOPE_ID 1
#define HAVE_STRUCT_SOCKADDR_STORAGE           1
#define HAVE_STRUCT_TIMEVAL                    1

/* ---- functions ---- */

#define HAVE_CLOCK_GETTIME_MONOTONIC 1
#define HAVE_FCNTL_O_NONBLOCK        1
#define HAVE_FREEADDRINFO            1
#define HAVE_GETADDRINFO             1
#define HAVE_GETENV                  1
#define HAVE_GETHOSTNAME             1
#define HAVE_GETIFADDRS              1
#define HAVE_GETNAMEINFO             1
#define HAVE_GETRANDOM               1
#define HAVE_GETSERVBYNAME_R         1
#define HAVE_GETSERVBYPORT_R         1
#define HAVE_GETTIMEOFDAY            1
#define HAVE_IF_INDEXTONAME          1
#define HAVE_IF_NAMETOINDEX          1
#define HAVE_MEMMEM                  1
#define HAVE_PIPE                    1
#define HAVE_POLL                    1
#define HAVE_RECV                    1
#define HAVE_RECVFROM                1
#define HAVE_SEND                    1
#define HAVE_SENDTO                  1
#define HAVE_STAT                    1
#define HAVE_STRDUP                  1
#define HAVE_STRNLEN                 1
#define HAVE_WRITEV                  1

#define CARES_RANDOM_FILE "/dev/urandom"

/* ---- their signatures ---- */

#define GETHOSTNAME_TYPE_ARG2      size_t
#define GETSERVBYNAME_R_ARGS       6
#define GETSERVBYPORT_R_ARGS       6
#define RECVFROM_TYPE_ARG1         int
#define RECVFROM_TYPE_ARG2         void *
#define RECVFROM_TYPE_ARG2_IS_VOID 0
#define RECVFROM_TYPE_ARG3         size_t
#define RECVFROM_TYPE_ARG4         int
#define RECVFROM_TYPE_ARG5         struct sockaddr *
#define RECVFROM_TYPE_ARG6         socklen_t *
#define RECVFROM_TYPE_RETV         ssize_t
#define RECV_TYPE_ARG1             int
#define RECV_TYPE_ARG2             void *
#define RECV_TYPE_ARG3             size_t
#define RECV_TYPE_ARG4             int
#define RECV_TYPE_RETV             ssize_t
#define SEND_TYPE_ARG1             int
#define SEND_TYPE_ARG2             const void *
#define SEND_TYPE_ARG3             size_t
#define SEND_TYPE_ARG4             int
#define SEND_TYPE_RETV             ssize_t

#endif

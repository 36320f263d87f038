/*
 * torture: a host that creates and destroys boxes in many threads while it forks, vforks, spawns
 * and gets signals. Every create has to come to what its job says; nothing may stay behind.
 *
 *   torture [-t THREADS] [-k KIB] [-s SECONDS | -n CREATES] [-r SEED] [-S STORM,...]
 *           [-x PROGRAM=STATUS] [-l] DIRECTORY JOB...
 *
 * STORM is fork, spawn (vfork and posix_spawn of PROGRAM, which has to end with STATUS; true),
 * signals, interrupts (SIGINT among the signals). JOB is created=FILE, created@ADDRESS=FILE (what
 * the guest is told for host.example) or refused=FILE; in the file's configuration @SOCKET@ stands
 * for a path below DIRECTORY and @N@ for a number that no other create has. -k is the threads'
 * stack, with a guard of 1 MiB below. -l sets a log callback. With -n a line `flat threads N fds N
 * heap N` is printed after a tenth of the creates and at the end, when only the main thread is
 * left.
 */
#include "tests/torture/torture.h"

#include <dirent.h>
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void gvproxy_set_log_callback(void (*callback)(int level, const char *message));

enum { JOBS_MAX = 32, STORMS_MAX = 4, GUARD = 1 << 20 };

static atomic_long wrongs;
static atomic_long lines;

int64_t torture_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t torture_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dU;
}

void torture_wrong(const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    dprintf(STDERR_FILENO, "wrong: %s\n", text);
    atomic_fetch_add(&wrongs, 1);
}

long torture_wrongs(void)
{
    return atomic_load(&wrongs);
}

static void count_line(int level, const char *message)
{
    if (level < 0 || message == NULL) {
        torture_wrong("a log line of level %d", level);
    }
    atomic_fetch_add(&lines, 1);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    if (file == NULL || getdelim(&text, &size, '\0', file) < 0) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return text;
}

static struct job read_job(char *word)
{
    char *path = strchr(word, '=');
    char *address = strchr(word, '@');
    struct job job = {.expectation = word[0] == 'r' ? EXPECT_REFUSED : EXPECT_CREATED};

    if (path == NULL) {
        fprintf(stderr, "torture: no job: %s\n", word);
        exit(2);
    }
    *path++ = '\0';
    if (address != NULL && address < path) {
        job.address = address + 1;
    }
    job.config = read_file(path);
    return job;
}

static void read_program(struct torture *torture, char *word)
{
    char *status = strchr(word, '=');

    if (status != NULL) {
        *status++ = '\0';
        torture->program_status = atoi(status);
    }
    torture->program = word;
}

static unsigned count_entries(const char *path)
{
    DIR *directory = opendir(path);
    unsigned count = 0;

    if (directory == NULL) {
        return 0;
    }
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

/* What must be the same each time. A thread that has been joined may stay in the list a moment. */
static void report_flat(void)
{
    struct mallinfo2 heap;

    for (int i = 0; i < 1000 && count_entries("/proc/self/task") > 1; i++) {
        usleep(1000);
    }
    heap = mallinfo2();
    printf("flat threads %u fds %u heap %zu\n", count_entries("/proc/self/task"),
           count_entries("/proc/self/fd"), heap.uordblks + heap.hblkhd);
}

static void run_workers(struct torture *torture)
{
    struct torture_worker workers[TORTURE_THREADS_MAX];
    pthread_t threads[TORTURE_THREADS_MAX];
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    if (torture->stack_size > 0 &&
        (pthread_attr_setstacksize(&attributes, torture->stack_size) != 0 ||
         pthread_attr_setguardsize(&attributes, GUARD) != 0)) {
        fprintf(stderr, "torture: no such stack\n");
        exit(2);
    }
    for (unsigned i = 0; i < torture->thread_count; i++) {
        workers[i] = (struct torture_worker){torture, i};
        if (pthread_create(&threads[i], &attributes, torture_work, &workers[i]) != 0) {
            perror("torture: thread");
            exit(2);
        }
    }
    for (unsigned i = 0; i < torture->thread_count; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_attr_destroy(&attributes);
}

/* `storms` has the names of some, separated by commas. */
static void run(struct torture *torture, const char *storms)
{
    static const struct {
        const char *name;
        void *(*run)(void *);
    } all[] = {{"fork", torture_fork_storm},
               {"spawn", torture_spawn_storm},
               {"signals", torture_signal_storm}};
    pthread_t threads[STORMS_MAX];
    size_t count = 0;

    atomic_store(&torture->stop, false);
    torture->interrupts = strstr(storms, "interrupts") != NULL;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strstr(storms, all[i].name) != NULL &&
            pthread_create(&threads[count], NULL, all[i].run, torture) == 0) {
            count++;
        }
    }
    run_workers(torture);
    atomic_store(&torture->stop, true);
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* A tenth of the creates and a look, the rest and another look. */
static void run_counted(struct torture *torture, const char *storms, long creates)
{
    torture->creates = creates / 10;
    run(torture, storms);
    report_flat();
    atomic_store(&torture->done, torture->creates);
    torture->creates = creates;
    run(torture, storms);
    report_flat();
}

static int usage(void)
{
    fprintf(stderr, "usage: torture [-t THREADS] [-k KIB] [-s SECONDS | -n CREATES] [-r SEED] [-S "
                    "STORMS] [-x PROGRAM=STATUS] [-l] "
                    "DIRECTORY JOB...\n");
    return 2;
}

int main(int argc, char **argv)
{
    static struct torture torture = {.program = "/bin/true",
                                     .thread_count = 1,
                                     .creates = LONG_MAX,
                                     .end_ms = INT64_MAX,
                                     .seed = 1};
    static struct job jobs[JOBS_MAX];
    const char *storms = "";
    long creates = 0;
    int option;

    while ((option = getopt(argc, argv, "t:k:s:n:r:S:x:l")) != -1) {
        if (option == 't') {
            torture.thread_count = (unsigned)strtoul(optarg, NULL, 10);
        } else if (option == 'k') {
            torture.stack_size = 1024 * strtoul(optarg, NULL, 10);
        } else if (option == 's') {
            torture.end_ms = torture_now_ms() + 1000 * strtol(optarg, NULL, 10);
        } else if (option == 'n') {
            creates = strtol(optarg, NULL, 10);
        } else if (option == 'r') {
            torture.seed = strtoull(optarg, NULL, 10);
        } else if (option == 'S') {
            storms = optarg;
        } else if (option == 'x') {
            read_program(&torture, optarg);
        } else if (option == 'l') {
            gvproxy_set_log_callback(count_line);
        } else {
            return usage();
        }
    }
    if (argc - optind < 2 || argc - optind > JOBS_MAX || torture.thread_count == 0 ||
        torture.thread_count > TORTURE_THREADS_MAX) {
        return usage();
    }
    torture.directory = argv[optind++];
    for (; optind < argc; optind++) {
        jobs[torture.job_count++] = read_job(argv[optind]);
    }
    torture.jobs = jobs;
    setvbuf(stdout, NULL, _IONBF, 0); /* its buffer would be growth */
    torture_signals_start();
    if (creates > 0) {
        run_counted(&torture, storms, creates);
    } else {
        run(&torture, storms);
    }
    torture_signals_report();
    printf("created %ld refused %ld cancelled %ld lines %ld wrong %ld\n",
           atomic_load(&torture.created), atomic_load(&torture.refused),
           atomic_load(&torture.cancelled), atomic_load(&lines), torture_wrongs());
    for (unsigned i = 0; i < torture.job_count; i++) {
        free(jobs[i].config);
    }
    return torture_wrongs() == 0 ? 0 : 1;
}

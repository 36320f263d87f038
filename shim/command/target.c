/*
 * Setuid and the like: ld.so(8), secure-execution mode; when the kernel asks for it is decided in
 * security/commoncap.c, cap_bprm_creds_from_file: an effective id that differs from the real one,
 * or capabilities that the file brought and the user, not being root, did not have. Interpreters:
 * execve(2).
 */
#include "shim/command/target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "shim/base/search_path.h"

#define SCRIPTS_MAX 5 /* scripts that name scripts: the kernel's BINPRM_MAX_RECURSION and one */
#define HEAD_SIZE   4096

struct head {
    _Alignas(ElfW(Ehdr)) unsigned char bytes[HEAD_SIZE + 1]; /* NUL-terminated */
    size_t length;
};

static bool read_head(const char *path, struct head *out)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t length;

    if (file < 0) {
        return false;
    }
    length = pread(file, out->bytes, HEAD_SIZE, 0);
    close(file);
    out->length = length > 0 ? (size_t)length : 0;
    out->bytes[out->length] = '\0';
    return length >= 0;
}

/* What the kernel will raise the program to, "" for nothing. */
static const char *elevation(const char *path)
{
    struct statvfs mount;
    struct stat status;

    if (stat(path, &status) != 0 || statvfs(path, &mount) != 0 || (mount.f_flag & ST_NOSUID) != 0) {
        return "";
    }
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        /* The bit alone is no matter: a program of one's own stays one's own. */
        if ((status.st_mode & S_ISUID) != 0 && status.st_uid != getuid()) {
            return "setuid";
        }
        if ((status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
            status.st_gid != getgid()) {
            return "setgid";
        }
    }
    if (getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0) {
        return "given capabilities";
    }
    return "";
}

/* What `class` and machine of the two files say; NULL if they agree. */
static const char *machine_fault(const char *path, const struct head *program, const char *object,
                                 char *text, size_t size)
{
    const ElfW(Ehdr) *const theirs = (const void *)program->bytes;
    const ElfW(Ehdr) * ours;
    struct head head;

    if (!read_head(object, &head) || head.length < sizeof(*ours)) {
        return NULL;
    }
    ours = (const void *)head.bytes;
    /* Both classes have the machine at the same place. */
    if (theirs->e_ident[EI_CLASS] == ours->e_ident[EI_CLASS] &&
        theirs->e_machine == ours->e_machine) {
        return NULL;
    }
    if (theirs->e_ident[EI_CLASS] != ours->e_ident[EI_CLASS]) {
        snprintf(text, size,
                 "%s is a %s-bit program, and %s is not: ld.so would start it without the repair; "
                 "use a %s-bit build of it",
                 path, theirs->e_ident[EI_CLASS] == ELFCLASS32 ? "32" : "64", object,
                 ours->e_ident[EI_CLASS] == ELFCLASS32 ? "32" : "64");
    } else {
        snprintf(text, size,
                 "%s is for another processor than %s (ELF machine %u, not %u): use a build of it "
                 "for this one",
                 path, object, (unsigned)theirs->e_machine, (unsigned)ours->e_machine);
    }
    return text;
}

/* The path of the loader that starts the program, "" for none; NULL if the file is damaged. It lies
   in the first page in every linker's output; where not, it cannot be told here. */
static const char *find_loader(const struct head *program)
{
    const ElfW(Ehdr) *const header = (const void *)program->bytes;
    const char *loader = "";

    if (header->e_phentsize != sizeof(ElfW(Phdr)) || header->e_phoff > program->length ||
        header->e_phnum * sizeof(ElfW(Phdr)) > program->length - header->e_phoff) {
        return NULL;
    }
    for (size_t i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) segment;

        memcpy(&segment, program->bytes + header->e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type != PT_INTERP) {
            continue;
        }
        if (segment.p_offset >= program->length) {
            return NULL;
        }
        loader = (const char *)program->bytes + segment.p_offset;
    }
    return loader;
}

/* ld.so itself has no loader, and preloads all the same: `ld.so PROGRAM`. */
static bool is_loader(const char *path)
{
    char *const real = realpath(path, NULL);
    const bool is = real != NULL && strncmp(basename(real), "ld-linux", 8) == 0;

    free(real);
    return is;
}

static const char *loader_fault(const char *path, const struct head *program, char *text,
                                size_t size)
{
    const char *const loader = find_loader(program);

    if (loader == NULL) {
        return NULL;
    }
    if (*loader == '\0' && !is_loader(path)) {
        snprintf(text, size,
                 "%s is statically linked, so LD_PRELOAD does not enter it: make an overlay "
                 "for it (boxlite-allownet overlay), or start with the repair what it starts",
                 path);
        return text;
    }
    if (strncmp(basename(loader), "ld-musl", 7) == 0) {
        snprintf(text, size,
                 "%s is a program of musl libc (%s), and the repair is one of glibc: make an "
                 "overlay for it (boxlite-allownet overlay), or use a glibc build of it",
                 path, loader);
        return text;
    }
    return NULL;
}

static const char *elf_fault(const char *path, const struct head *program, const char *object,
                             char *text, size_t size)
{
    const char *const elevated = elevation(path);
    const char *fault;

    if (elevated[0] != '\0') {
        snprintf(text, size,
                 "%s is %s, and ld.so leaves LD_PRELOAD out of such a program: start it as the "
                 "user that it becomes, or make an overlay for it (boxlite-allownet overlay)",
                 path, elevated);
        return text;
    }
    fault = machine_fault(path, program, object, text, size);
    return fault != NULL ? fault : loader_fault(path, program, text, size);
}

/*
 * What a line "#!/usr/bin/env [-S] [NAME=VALUE]... PROGRAM" starts: the first word that is neither
 * an option nor a variable. "" if it cannot be told.
 */
static const char *word_of_env(char *words)
{
    char *rest = NULL;

    for (char *word = strtok_r(words, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest)) {
        if (word[0] == '-' && strcmp(word, "-S") != 0) {
            return "";
        }
        if (word[0] != '-' && strchr(word, '=') == NULL) {
            return word;
        }
    }
    return "";
}

/*
 * The program that a script is run by. False if its first line names none. Without a first line of
 * that kind execvp has it run by the shell.
 */
static bool find_interpreter(struct head *script, char *path, size_t size)
{
    char *line = (char *)script->bytes + 2;
    char *words;

    if (script->length < 2 || memcmp(script->bytes, "#!", 2) != 0) {
        return snprintf(path, size, "/bin/sh") < (int)size;
    }
    line[strcspn(line, "\r\n")] = '\0';
    line += strspn(line, " \t");
    words = line + strcspn(line, " \t");
    if (*words != '\0') {
        *words++ = '\0';
    }
    if (strcmp(basename(line), "env") == 0) {
        const char *const program = word_of_env(words);

        if (program[0] != '\0') {
            return search_path_find(program, path, size);
        }
    }
    return snprintf(path, size, "%s", line) < (int)size && line[0] != '\0';
}

const char *target_fault(const char *path, const char *object, char *text, size_t size)
{
    char place[PATH_MAX];
    struct head head;

    snprintf(place, sizeof(place), "%s", path);
    for (int depth = 0; depth <= SCRIPTS_MAX; depth++) {
        char next[PATH_MAX];

        if (!read_head(place, &head)) {
            return NULL;
        }
        if (head.length >= sizeof(ElfW(Ehdr)) && memcmp(head.bytes, ELFMAG, SELFMAG) == 0) {
            return elf_fault(place, &head, object, text, size);
        }
        if (!find_interpreter(&head, next, sizeof(next))) {
            return NULL;
        }
        memcpy(place, next, sizeof(place));
    }
    return NULL;
}

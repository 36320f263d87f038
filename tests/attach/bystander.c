/* Memory that is looked at afterwards, and /proc. */
#include "tests/attach/bystander.h"

#include <stddef.h>
#include <stdio.h>

/* Large enough to cover whatever a program of ours has at the same address. */
static unsigned char memory[4 << 20];

static unsigned char pattern(size_t index)
{
    return (unsigned char)(index * 2654435761u >> 13);
}

void bystander_fill_memory(void)
{
    for (size_t i = 0; i < sizeof(memory); i++) {
        memory[i] = pattern(i);
    }
}

bool bystander_memory_is_same(void)
{
    for (size_t i = 0; i < sizeof(memory); i++) {
        if (memory[i] != pattern(i)) {
            return false;
        }
    }
    return true;
}

long bystander_tracer_of(pid_t pid)
{
    char path[64];
    char line[256];
    long tracer = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        sscanf(line, "TracerPid: %ld", &tracer);
    }
    if (file != NULL) {
        fclose(file);
    }
    return tracer;
}

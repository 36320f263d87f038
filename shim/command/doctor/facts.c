/* Lists of facts, made and ended. */
#include "shim/command/doctor/facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void facts_say(struct words *words, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    words_take(words, text);
}

static void clear(struct facts *facts)
{
    words_clear(&facts->build.evidence);
    words_clear(&facts->overlay.known);
    words_clear(&facts->process.coverage_evidence);
    words_clear(&facts->process.environment.resolver);
}

struct facts *findings_add(struct findings *findings, enum facts_kind kind, const char *target)
{
    struct facts *larger = reallocarray(findings->list, findings->count + 1, sizeof(*larger));
    struct facts *fresh;

    if (larger == NULL) {
        findings->failed = true;
        return NULL;
    }
    findings->list = larger;
    fresh = &larger[findings->count++];
    memset(fresh, 0, sizeof(*fresh));
    fresh->kind = kind;
    snprintf(fresh->target, sizeof(fresh->target), "%s", target);
    return fresh;
}

void findings_drop(struct findings *findings)
{
    clear(&findings->list[--findings->count]);
}

void findings_drop_first(struct findings *findings)
{
    clear(findings->list);
    memmove(findings->list, findings->list + 1, --findings->count * sizeof(*findings->list));
}

void findings_clear(struct findings *findings)
{
    while (findings->count > 0) {
        findings_drop(findings);
    }
    free(findings->list);
    words_clear(&findings->places);
    memset(findings, 0, sizeof(*findings));
}

void facts_host_clear(struct facts_host *host)
{
    words_clear(&host->refused);
    words_clear(&host->nameservers);
    words_clear(&host->search);
    words_clear(&host->options);
    words_clear(&host->hosts_modules);
    words_clear(&host->hosts_names);
    words_clear(&host->fault4);
    words_clear(&host->environment.resolver);
}

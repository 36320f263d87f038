#include "shim/command/resolve/resolve_view.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shim/command/resolve/resolve.h"

#define REDRAW_MS 100

struct view_line {
    bool settled;
    unsigned failed;   /* attempts, when the last pause began: no more means that it still lasts */
    unsigned delay_ms; /* of that pause */
};

/* Rows of the terminal, 0 if it cannot be told. */
static size_t find_rows(const struct terminal *out)
{
    struct winsize size;

    return ioctl(fileno(out->stream), TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

static const char *describe(const struct view *view, const struct resolver_host *host,
                            const struct view_line *line, char *text, size_t size)
{
    if (line->settled) {
        snprintf(text, size, "%s", resolver_outcome_text(host->outcome));
    } else if (host->attempts == 0) {
        snprintf(text, size, "waits for its turn");
    } else if (line->failed == host->attempts) {
        snprintf(text, size, "%s; attempt %u of %u in %u ms", resolver_outcome_text(host->outcome),
                 host->attempts + 1, view->options->attempts, line->delay_ms);
    } else {
        snprintf(text, size, "attempt %u of %u", host->attempts, view->options->attempts);
    }
    return text;
}

static void draw_line(const struct view *view, size_t index)
{
    static const char spinner[] = "|/-\\";
    const struct resolver_host *const host = &view->hosts[index];
    const struct view_line *const line = &view->lines[index];
    const bool good = host->outcome == RESOLVER_RESOLVED;
    char text[160];
    char rest[512];
    int room;

    terminal_print(
        view->out, line->settled ? (good ? TERMINAL_GOOD : TERMINAL_BAD) : TERMINAL_FAINT, "%-6s",
        line->settled ? (good ? "ok" : "FAILED") : (char[]){spinner[view->frame % 4], '\0'});
    /* Never as wide as the terminal: the next line would then be two rows down in some. */
    room = (int)view->out->width - 6 - 1;
    snprintf(rest, sizeof(rest), "  %-*s  %s", (int)view->column, host->name,
             describe(view, host, line, text, sizeof(text)));
    fprintf(view->out->stream, "%.*s\033[K\n", room, rest);
}

/* ECMA-48: cursor up, erase in line. */
static void draw(struct view *view)
{
    if (view->drawn) {
        fprintf(view->out->stream, "\033[%zuA", view->count);
    }
    for (size_t i = 0; i < view->count; i++) {
        draw_line(view, i);
    }
    fflush(view->out->stream);
    view->drawn = true;
}

static void erase(struct view *view)
{
    if (view->drawn) {
        fprintf(view->out->stream, "\033[%zuA\033[J", view->count);
    }
    view->drawn = false;
}

static void on_retrying(void *context, const struct resolver_host *host, unsigned delay_ms)
{
    struct view *const view = context;
    struct view_line *const line = &view->lines[host - view->hosts];

    line->failed = host->attempts;
    line->delay_ms = delay_ms;
    if (view->live) {
        draw(view);
    }
}

static void on_settled(void *context, const struct resolver_host *host)
{
    struct view *const view = context;

    view->lines[host - view->hosts].settled = true;
    if (view->live) {
        draw(view);
    } else if (view->out != NULL) {
        resolve_print_host(view->out, host, view->column);
    }
    if (view->out != NULL) {
        fflush(view->out->stream);
    }
}

static int64_t view_now(void *context)
{
    (void)context;
    return resolver_system_clock.now_ms(resolver_system_clock.context);
}

/* A clock for the resolver, which waits for 50 ms at most: in between, the spinner turns. */
static int view_wait(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct view *const view = context;
    const int ready =
        resolver_system_clock.wait(resolver_system_clock.context, fds, count, timeout_ms);
    const int64_t now_ms = view_now(NULL);

    if (now_ms - view->drawn_ms >= REDRAW_MS) {
        view->drawn_ms = now_ms;
        view->frame++;
        draw(view);
    }
    return ready;
}

/* Names of more than half a line are not lined up. */
static size_t name_column(const struct terminal *out, const struct resolver_host *hosts,
                          size_t count)
{
    size_t column = 0;

    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(hosts[i].name);

        if (length > column && length <= out->width / 2 - 8) {
            column = length;
        }
    }
    return column;
}

void view_run(const struct terminal *out, const struct resolver_options *options,
              struct resolver_host *hosts, size_t count)
{
    struct view view = {.out = out,
                        .options = options,
                        .hosts = hosts,
                        .count = count,
                        .column = out != NULL ? name_column(out, hosts, count) : 0,
                        .lines = calloc(count, sizeof(*view.lines))};
    const struct resolver_clock clock = {.context = &view, .now_ms = view_now, .wait = view_wait};
    const struct resolver_observer observer = {
        .context = &view, .retrying = on_retrying, .settled = on_settled};

    if (view.lines == NULL) { /* shown at the end, then */
        resolver_run(options, hosts, count, NULL, NULL);
        for (size_t i = 0; i < count && out != NULL; i++) {
            resolve_print_host(out, &hosts[i], view.column);
        }
        return;
    }
    view.live = out != NULL && out->is_live && count + 2 < find_rows(out);
    if (view.live) {
        draw(&view);
    }
    resolver_run(options, hosts, count, &observer, view.live ? &clock : NULL);
    if (view.live) {
        erase(&view);
        for (size_t i = 0; i < count; i++) {
            resolve_print_host(out, &hosts[i], view.column);
        }
    }
    free(view.lines);
}

/* What is done at each stop of the shim: at create, at its lookups, at its return. */
#include "shim/attach/repair.h"

#include <stdlib.h>
#include <string.h>

#include "shim/attach/go_addresses.h"
#include "shim/attach/thread/inject.h"
#include "shim/attach/thread/leave.h"
#include "shim/attach/thread/tracee.h"
#include "shim/plan/announce.h"

/* A configuration with certificates is some kilobytes; beyond this the pointer is none. */
#define JSON_LIMIT ((size_t)64 << 20)
/* What log_line writes at most; longer lines are cut. */
#define LINE_SIZE ((size_t)4096)
/* RFC 1035, section 2.3.4, and room for a trailing dot; what is longer is no host of ours. */
#define HOST_LIMIT 256

static enum repair_next release(struct repair *repair, struct inject *inject)
{
    inject->mask |= repair->blocked;
    return leave(inject, repair->breakpoints, repair->symbols, repair->bias, repair->restorer)
               ? REPAIR_RELEASED
               : REPAIR_FAILED;
}

enum repair_next repair_nothing(struct repair *repair, uint64_t address)
{
    struct inject inject;

    return inject_begin(&inject, repair->pid, address) ? release(repair, &inject) : REPAIR_FAILED;
}

/* ---- the plan ---- */

static void decide(struct repair *repair)
{
    const struct handover *handover = repair->handover;

    announce(&repair->log, repair->settings, "attach");
    /* Past the log file: launch has written them there. */
    for (size_t i = 0; i < handover->logs.count; i++) {
        log_lines_sink(&repair->lines, handover->logs.list[i].level, handover->logs.list[i].text);
    }
    plan_decide(&repair->plan, &handover->answers);
}

/* False if the configuration at `address` cannot be read. */
static bool make_plan(struct repair *repair, uint64_t address)
{
    size_t length;
    char *json = tracee_read_string(repair->pid, address, JSON_LIMIT, &length);

    if (json == NULL) {
        return false;
    }
    repair->log = (struct log){.threshold = repair->settings->log_level,
                               .file = repair->settings->log_file,
                               .sink = log_lines_sink,
                               .context = &repair->lines};
    plan_read(json, length, repair->settings, &repair->log, &repair->plan);
    if (repair->plan.in_scope) {
        decide(repair);
    }
    explicit_bzero(json, length);
    free(json);
    return true;
}

/* ---- the plan carried out ---- */

static bool call_log_callback(struct repair *repair, struct inject *inject,
                              const struct log_lines_entry *line)
{
    const uint64_t arguments[] = {(uint64_t)line->level, repair->heap.block};
    const size_t length = strnlen(line->text, LINE_SIZE - 1);
    char text[LINE_SIZE];
    uint64_t ignored;

    memcpy(text, line->text, length);
    text[length] = '\0';
    return heap_put(&repair->heap, inject, text, length + 1) &&
           inject_call(inject, repair->log_callback, arguments, 2, &ignored);
}

/* Lines that find no callback are dropped: a shim's standard error is shown to boxlite's users. */
static bool flush_lines(struct repair *repair, struct inject *inject)
{
    bool done = true;

    for (size_t i = 0; done && repair->log_callback != 0 && i < repair->lines.count; i++) {
        done = call_log_callback(repair, inject, &repair->lines.list[i]);
    }
    log_lines_clear(&repair->lines);
    return done;
}

/*
 * As the original reports a failure: -1, and the text in memory that gvproxy_free_string frees. A
 * bridge that has no such argument tells its caller nothing: there the text is on standard error.
 */
static enum repair_next refuse(struct repair *repair, struct inject *inject)
{
    const char *text = repair->plan.refusal;
    const size_t size = strlen(text) + 1;
    const uint64_t error_out = registers_argument(&inject->registers, 1);
    uint64_t word;

    if (repair->symbols->create_arguments != 2) {
        log_to_stderr(NULL, LOG_LEVEL_ERROR, text);
    } else if (error_out != 0) {
        const uint64_t copy = heap_give(&repair->heap, inject, size);

        if (copy == 0 || !tracee_write(repair->pid, copy, text, size) ||
            !tracee_write(repair->pid, error_out, &copy, sizeof(copy))) {
            return REPAIR_FAILED;
        }
    }
    if (!heap_close(&repair->heap, inject) ||
        !tracee_read(repair->pid, registers_stack(&inject->registers), &word, sizeof(word))) {
        return REPAIR_FAILED;
    }
    registers_return(&inject->registers, word);
    registers_set_result(&inject->registers, (uint64_t)-1);
    return release(repair, inject);
}

static bool place_json(struct repair *repair, struct inject *inject)
{
    struct plan *plan = &repair->plan;
    const bool placed = heap_put(&repair->heap, inject, plan->json, plan->json_length + 1);

    explicit_bzero(plan->json, plan->json_length);
    registers_set_argument(&inject->registers, 0, repair->heap.block);
    return placed;
}

static bool place_answers(struct repair *repair, struct inject *inject)
{
    struct go_addresses addresses;
    bool placed;

    repair->answers = heap_give(&repair->heap, inject, go_addresses_size(&repair->plan) + 1);
    if (repair->answers == 0 || !go_addresses_make(&repair->plan, repair->answers, &addresses)) {
        return false;
    }
    placed = tracee_write(repair->pid, repair->answers, addresses.bytes, addresses.size);
    free(addresses.bytes);
    return placed;
}

static bool plant_lookups(struct repair *repair)
{
    const struct symbols *symbols = repair->symbols;
    bool planted = true;

    for (size_t i = 0; planted && i < symbols->lookup_call_count; i++) {
        planted = breakpoints_add(repair->breakpoints, repair->pid,
                                  symbols->lookup_calls[i] + repair->bias);
    }
    return planted;
}

/* The repaired create is to run, under our eyes until it returns. */
static bool let_create(struct repair *repair, struct inject *inject, uint64_t *created)
{
    uint64_t word;

    if ((repair->plan.verdict == PLAN_REWRITTEN && !place_json(repair, inject)) ||
        (repair->answers_lookups && !(place_answers(repair, inject) && plant_lookups(repair))) ||
        !tracee_read(repair->pid, registers_stack(&inject->registers), &word, sizeof(word))) {
        return false;
    }
    *created = registers_return_address(&inject->registers, word);
    return breakpoints_add(repair->breakpoints, repair->pid, *created) &&
           breakpoints_remove(repair->breakpoints, repair->pid, inject->trap) && inject_end(inject);
}

enum repair_next repair_create(struct repair *repair, uint64_t address, uint64_t *created)
{
    const struct plan *plan = &repair->plan;
    struct inject inject;
    size_t size;

    if (!inject_begin(&inject, repair->pid, address) ||
        !make_plan(repair, registers_argument(&inject.registers, 0))) {
        return REPAIR_FAILED;
    }
    if (!plan->in_scope) {
        return release(repair, &inject);
    }
    size = plan->json_length + 1 > LINE_SIZE ? plan->json_length + 1 : LINE_SIZE;
    repair->heap = heap_of(repair->symbols, repair->bias);
    if (!heap_open(&repair->heap, &inject, size) || !flush_lines(repair, &inject)) {
        return REPAIR_FAILED;
    }
    if (plan->verdict == PLAN_REFUSED) {
        return refuse(repair, &inject);
    }
    /* Observed, and not to be changed in any way. */
    if (plan->verdict == PLAN_UNCHANGED && plan->pin_count == 0) {
        return heap_close(&repair->heap, &inject) ? release(repair, &inject) : REPAIR_FAILED;
    }
    return let_create(repair, &inject, created) ? REPAIR_RUN : REPAIR_FAILED;
}

/* ---- until create returns ---- */

/* "No such host", by Go's own word and without a query: it is called as it was to be, without host.
 */
static bool refuse_lookup(struct repair *repair, struct user_regs_struct *registers,
                          uint64_t behind, const char *host)
{
    char quoted[4 * HOST_LIMIT];

    log_line(&repair->log, LOG_LEVEL_DEBUG, "allowNet: lookup without pin refused hostname=%s",
             log_quote(host, quoted, sizeof(quoted)));
    registers_forget_host(registers);
    return !registers_call(registers, repair->symbols->lookup + repair->bias, behind) ||
           tracee_write(repair->pid, registers_stack(registers), &behind, sizeof(behind));
}

enum repair_next repair_lookup(struct repair *repair, uint64_t address)
{
    const uint64_t behind = registers_behind_call(address);
    struct user_regs_struct registers;
    struct registers_text text;
    char host[HOST_LIMIT + 1] = "";
    const struct plan_pin *pin;

    if (!tracee_registers(repair->pid, &registers)) {
        return REPAIR_FAILED;
    }
    text = registers_lookup_host(&registers);
    if (text.length <= HOST_LIMIT && !tracee_read(repair->pid, text.address, host, text.length)) {
        return REPAIR_FAILED;
    }
    pin = plan_find_pin(&repair->plan, host);
    if (pin != NULL) {
        registers_go(&registers, behind);
        registers_answer_lookup(&registers, go_addresses_find(&repair->plan, pin, repair->answers),
                                pin->count);
    } else if (!refuse_lookup(repair, &registers, behind, host)) {
        return REPAIR_FAILED;
    }
    return tracee_set_registers(repair->pid, &registers) ? REPAIR_RUN : REPAIR_FAILED;
}

enum repair_next repair_created(struct repair *repair, uint64_t address)
{
    struct inject inject;

    return inject_begin(&inject, repair->pid, address) && flush_lines(repair, &inject) &&
                   heap_close(&repair->heap, &inject)
               ? release(repair, &inject)
               : REPAIR_FAILED;
}

void repair_clear(struct repair *repair)
{
    plan_clear(&repair->plan);
    log_lines_clear(&repair->lines);
}

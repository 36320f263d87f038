/* The constructor of the object. */
#include "shim/preload/process.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/variables.h"
#include "shim/base/version.h"
#include "shim/carry/carry.h"
#include "shim/carry/exec.h"
#include "shim/carry/originals.h"
#include "shim/plan/announce.h"
#include "shim/preload/log_callback.h"
#include "shim/preload/pins.h"

static struct settings settings;
static const struct settings *_Atomic in_force;

/* BOXLITE_ALLOWNET_DETECT=1 CMD answers "is it loaded there, and how" instead of running CMD. */
static void answer_detect(void)
{
    dprintf(STDOUT_FILENO, "boxlite-allownet %s (%s) preload mode=%s\n", version_number(),
            version_revision(), settings_mode_name(settings.mode));
    _exit(EXIT_SUCCESS);
}

/* The environment is read here, before other threads and setenv(3) exist, and never again. */
__attribute__((constructor)) static void process_start(int argc, char **argv)
{
    const struct carry *carry;

    (void)argc;
    originals_start();
    /* ld.so leaves us out of a program that has more privileges than its caller, unless root has
       put us into /etc/ld.so.preload. Then each hook passes through, and nothing is said. */
    if (variables_are_foreign()) {
        return;
    }
    settings_read(variables_all(), &settings);
    if (settings.detect) {
        answer_detect();
    }
    if (settings.mode == SETTINGS_OFF) {
        return;
    }
    pins_start();
    carry = carry_start(variables_all(), &settings);
    if (carry != NULL) {
        exec_start_over(carry, argv, variables_all());
    }
    atomic_store_explicit(&in_force, &settings, memory_order_release);
}

const struct settings *process_settings(void)
{
    return atomic_load_explicit(&in_force, memory_order_acquire);
}

struct log process_log(void)
{
    return (struct log){
        .threshold = settings.log_level, .file = settings.log_file, .sink = log_callback_sink};
}

void process_announce(const struct log *log)
{
    static atomic_flag announced = ATOMIC_FLAG_INIT;

    if (!atomic_flag_test_and_set(&announced)) {
        announce(log, &settings, "preload");
    }
}

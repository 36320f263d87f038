/* A list of the creates in flight, and the search in their pins. */
#include "shim/preload/pins.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pins *first; /* under the lock */
static atomic_int in_flight;

/* A child has only the thread that forked, and that one was not inside create: what the others had
   in flight does not exist here, and the lock may have been theirs. */
static void forget_in_child(void)
{
    pthread_mutex_init(&lock, NULL);
    first = NULL;
    atomic_store(&in_flight, 0);
}

void pins_start(void)
{
    pthread_atfork(NULL, NULL, forget_in_child);
    go_lookups_start();
}

const char *pins_add(struct pins *pins, const struct plan *plan, const struct bridge *bridge)
{
    const char *fault = NULL;

    pins->plan = plan;
    pins->bridge = bridge;
    pthread_mutex_lock(&lock);
    pins->next = first;
    first = pins;
    pthread_mutex_unlock(&lock);
    atomic_fetch_add(&in_flight, 1);
    pins->lookups = go_lookups_divert(&bridge->object, &fault);
    return fault;
}

void pins_remove(struct pins *pins)
{
    go_lookups_restore(pins->lookups);
    atomic_fetch_sub(&in_flight, 1);
    pthread_mutex_lock(&lock);
    for (struct pins **link = &first; *link != NULL; link = &(*link)->next) {
        if (*link == pins) {
            *link = pins->next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

bool pins_in_flight(void)
{
    return atomic_load_explicit(&in_flight, memory_order_relaxed) != 0;
}

static bool is_inside(const struct bridge *bridge, const void *caller)
{
    const uintptr_t address = (uintptr_t)caller;

    return address >= bridge->object.begin && address < bridge->object.end;
}

/* Adds the addresses that are not in the list yet; false when memory is short. */
static bool add_addresses(const struct plan_pin *pin, struct in_addr **list, size_t *count)
{
    struct in_addr *const longer = realloc(*list, (*count + pin->count) * sizeof(*longer));

    if (longer == NULL) {
        return false;
    }
    *list = longer;
    for (size_t i = 0; i < pin->count; i++) {
        size_t known = 0;

        while (known < *count && longer[known].s_addr != pin->addresses[i].s_addr) {
            known++;
        }
        if (known == *count) {
            longer[(*count)++] = pin->addresses[i];
        }
    }
    return true;
}

static enum pins_answer find_locked(const void *caller, const char *name, struct in_addr **out,
                                    size_t *count)
{
    for (const struct pins *pins = first; pins != NULL; pins = pins->next) {
        const struct plan_pin *const pin =
            is_inside(pins->bridge, caller) ? plan_find_pin(pins->plan, name) : NULL;

        if (pin != NULL && !add_addresses(pin, out, count)) {
            return PINS_NO_MEMORY;
        }
    }
    if (*count > 0) {
        return PINS_ADDRESSES;
    }
    for (const struct pins *pins = first; pins != NULL; pins = pins->next) {
        if (is_inside(pins->bridge, caller) && plan_names_host(pins->plan, name)) {
            return PINS_NO_SUCH_HOST;
        }
    }
    return PINS_NONE;
}

enum pins_answer pins_find(const void *caller, const char *name, struct in_addr **out,
                           size_t *count)
{
    enum pins_answer answer;

    *out = NULL;
    *count = 0;
    pthread_mutex_lock(&lock);
    answer = find_locked(caller, name, out, count);
    pthread_mutex_unlock(&lock);
    if (answer != PINS_ADDRESSES) {
        free(*out);
        *out = NULL;
        *count = 0;
    }
    return answer;
}

#include "shim/preload/pins.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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
}

void pins_add(struct pins *pins, const struct plan *plan, const struct bridge *bridge)
{
    pins->plan = plan;
    pins->bridge = bridge;
    pthread_mutex_lock(&lock);
    pins->next = first;
    first = pins;
    pthread_mutex_unlock(&lock);
    atomic_fetch_add(&in_flight, 1);
}

void pins_remove(struct pins *pins)
{
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

static const struct plan_pin *find_locked(const void *caller, const char *name)
{
    const uintptr_t address = (uintptr_t)caller;

    for (const struct pins *pins = first; pins != NULL; pins = pins->next) {
        const struct plan_pin *pin;

        if (address < pins->bridge->object.begin || address >= pins->bridge->object.end)
            continue;
        pin = plan_find_pin(pins->plan, name);
        if (pin != NULL)
            return pin;
    }
    return NULL;
}

int pins_find(const void *caller, const char *name, struct in_addr **out)
{
    const struct plan_pin *pin;
    int count = 0;

    *out = NULL;
    pthread_mutex_lock(&lock);
    pin = find_locked(caller, name);
    if (pin != NULL) {
        *out = malloc(pin->count * sizeof **out);
        if (*out != NULL)
            memcpy(*out, pin->addresses, pin->count * sizeof **out);
        count = *out != NULL ? (int)pin->count : -1;
    }
    pthread_mutex_unlock(&lock);
    return count;
}

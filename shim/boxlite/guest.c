/*
 * Facts about the guest, see guest.h.
 */
#include "shim/boxlite/guest.h"

#include <stdio.h>
#include <string.h>

const char *const guest_search[] = {"localdomain", NULL};

enum { SEARCHED = sizeof(guest_search) / sizeof(guest_search[0]) - 1 };

bool guest_question(const char *name, size_t number, char out[GUEST_NAME_SIZE])
{
    const size_t as_it_is = strchr(name, '.') != NULL ? 0 : SEARCHED;
    int length;

    if (number > SEARCHED) {
        return false;
    }
    if (number == as_it_is) {
        length = snprintf(out, GUEST_NAME_SIZE, "%s", name);
    } else {
        const char *const domain = guest_search[as_it_is == 0 ? number - 1 : number];

        length = snprintf(out, GUEST_NAME_SIZE, "%s.%s", name, domain);
    }
    return length > 0 && length < GUEST_NAME_SIZE; /* libc does not ask for what is too long */
}

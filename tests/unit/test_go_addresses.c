/* Pins as Go has them in memory. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "shim/attach/go_addresses.h"
#include "tests/unit/run.h"

#define BASE 0x7f0000001000u

static struct in_addr one[1];
static struct in_addr three[3];
static struct plan_pin pins[] = {
    {.name = "a.example", .addresses = three, .count = 3},
    {.name = "b.example", .addresses = NULL, .count = 0},
    {.name = "c.example", .addresses = one, .count = 1},
};
static const struct plan plan = {.pins = pins, .pin_count = 3};

static void set_up(void)
{
    inet_pton(AF_INET, "192.0.2.1", &three[0]);
    inet_pton(AF_INET, "192.0.2.2", &three[1]);
    inet_pton(AF_INET, "192.0.2.3", &three[2]);
    inet_pton(AF_INET, "198.51.100.7", &one[0]);
}

static uint64_t word_at(const struct go_addresses *answers, uint64_t address)
{
    uint64_t word;

    ck_assert_uint_ge(address, BASE);
    ck_assert_uint_le(address + sizeof(word), BASE + answers->size);
    memcpy(&word, answers->bytes + (address - BASE), sizeof(word));
    return word;
}

/* Reads element `index` of the []net.IPAddr at `address`, as Go would, and compares. */
static void expect(const struct go_addresses *answers, uint64_t address, size_t index,
                   const char *expected)
{
    const uint64_t element = address + 40 * index;
    const uint64_t ip = word_at(answers, element);
    unsigned char wanted[16];

    ck_assert_int_eq(inet_pton(AF_INET6, expected, wanted), 1);
    ck_assert_uint_eq(word_at(answers, element + 8), 16);
    ck_assert_uint_eq(word_at(answers, element + 16), 16);
    ck_assert_uint_eq(word_at(answers, element + 24), 0);
    ck_assert_uint_eq(word_at(answers, element + 32), 0);
    ck_assert_uint_le(ip + 16, BASE + answers->size);
    ck_assert_mem_eq(answers->bytes + (ip - BASE), wanted, 16);
}

START_TEST(each_pin_is_a_slice_of_ip_addresses)
{
    struct go_addresses answers;
    const uint64_t a = go_addresses_find(&plan, &pins[0], BASE);
    const uint64_t c = go_addresses_find(&plan, &pins[2], BASE);

    ck_assert(go_addresses_make(&plan, BASE, &answers));
    ck_assert_uint_eq(answers.size, 4 * (40 + 16));
    ck_assert_uint_eq(answers.size, go_addresses_size(&plan));
    expect(&answers, a, 0, "::ffff:192.0.2.1");
    expect(&answers, a, 1, "::ffff:192.0.2.2");
    expect(&answers, a, 2, "::ffff:192.0.2.3");
    expect(&answers, c, 0, "::ffff:198.51.100.7");
    free(answers.bytes);
}
END_TEST

START_TEST(no_pins_are_no_bytes)
{
    const struct plan empty = {0};
    struct go_addresses answers;

    ck_assert(go_addresses_make(&empty, BASE, &answers));
    ck_assert_uint_eq(answers.size, 0);
    free(answers.bytes);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("answers");

    tcase_add_checked_fixture(cases, set_up, NULL);
    tcase_add_test(cases, each_pin_is_a_slice_of_ip_addresses);
    tcase_add_test(cases, no_pins_are_no_bytes);
    return run_cases("answers", cases);
}

/* Makes the answers of a nameserver of the fuzzer's input. */
#include "tests/fuzz/fake_answer.h"

#include <string.h>

enum { MESSAGE = 65535, HEADER = 12, STEP_MS = 30, IDENTIFIERS = 256 };

static struct {
    const uint8_t *bytes;
    size_t left;
    uint16_t identifiers[IDENTIFIERS]; /* of the last queries */
    size_t query_count;
    bool seen;
} input;

void fake_answer_start(const uint8_t *bytes, size_t size)
{
    input.bytes = bytes;
    input.left = size;
    input.query_count = 0;
    input.seen = false;
}

bool fake_answer_seen(void)
{
    return input.seen;
}

static unsigned take_byte(void)
{
    if (input.left == 0) {
        return 0;
    }
    input.left--;
    return *input.bytes++;
}

static void put_16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static unsigned get_16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Header and question of the query, as a response; its length. */
static size_t begin_response(unsigned char *out, const unsigned char *query, size_t size)
{
    size_t end = HEADER;

    if (size < HEADER) {
        return 0;
    }
    while (end < size && query[end] != 0) {
        end += 1U + query[end];
    }
    end = end + 5 < size ? end + 5 : size;
    memcpy(out, query, end);
    put_16(out + 2, 0x8180);
    put_16(out + 6, 0);
    put_16(out + 8, 0);
    put_16(out + 10, 0);
    return end;
}

/* Writes the message that `how` and the record's bytes make; its length. */
static size_t make_message(enum fake_answer_how how, const unsigned char *query, size_t query_size,
                           size_t length, unsigned char *out)
{
    const uint8_t *const end = input.bytes + length;
    size_t used = 0;
    size_t rest;

    if (how == FAKE_ANSWER_REST || how == FAKE_ANSWER_SECTION) {
        used = begin_response(out, query, query_size);
        if (how == FAKE_ANSWER_REST && used > 0 && length >= 5) {
            out[2] = (unsigned char)take_byte();
            out[3] = (unsigned char)take_byte();
            put_16(out + 6, take_byte());
            put_16(out + 8, take_byte());
            put_16(out + 10, take_byte());
        } else if (how == FAKE_ANSWER_SECTION && used > 0 && length >= 1) {
            put_16(out + 6, take_byte());
        }
    }
    rest = (size_t)(end - input.bytes);
    rest = rest < MESSAGE - used ? rest : MESSAGE - used;
    memcpy(out + used, input.bytes, rest);
    used += rest;
    if (how == FAKE_ANSWER_MESSAGE && used >= 2 && query_size >= 2) {
        memcpy(out, query, 2);
    }
    input.left -= (size_t)(end - input.bytes);
    input.bytes = end;
    return used;
}

static void note_message(const unsigned char *message, size_t size)
{
    if (size < HEADER || (message[2] & 0x80) == 0 || get_16(message + 6) == 0) {
        return;
    }
    for (size_t i = 0; i < input.query_count && i < IDENTIFIERS; i++) {
        input.seen = input.seen || input.identifiers[i] == get_16(message);
    }
}

void fake_answer_next(const unsigned char *query, size_t size, bool stream, struct fake_answer *out)
{
    static unsigned char message[2 + MESSAGE];
    const unsigned first = input.left == 0 ? FAKE_ANSWER_SILENCE : take_byte();
    size_t length = take_byte();

    length |= (size_t)take_byte() << 8;
    length = length < input.left ? length : input.left;
    if (size >= 2) {
        input.identifiers[input.query_count++ % IDENTIFIERS] = (uint16_t)get_16(query);
    }
    *out = (struct fake_answer){.how = (enum fake_answer_how)(first & 7),
                                .delay_ms = (int)(first >> 4) * STEP_MS,
                                .split = (first & 8) != 0,
                                .bytes = message + 2};
    out->size = make_message(out->how, query, size, length, message + 2);
    if (out->how >= FAKE_ANSWER_SILENCE) {
        out->size = 0;
    } else if (stream && out->how == FAKE_ANSWER_RAW) {
        input.seen = true; /* where messages begin in there is not looked at */
    } else {
        note_message(message + 2, out->size);
        put_16(message, (unsigned)out->size);
        out->bytes -= stream ? 2 : 0;
        out->size += stream ? 2 : 0;
    }
}

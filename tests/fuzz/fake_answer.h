/*
 * What a nameserver answers, taken from the fuzzer's input. Each query takes the next record of it:
 *
 *   HOW (1 byte)  LENGTH (2 bytes, low first)  LENGTH bytes, fewer if the input ends
 *
 * Bits 0-2 of HOW say what the bytes are, see enum fake_answer_how; bits 4-7 how long the answer
 * takes, in steps of 30 ms. With bit 3 a datagram comes twice and a stream in small pieces. Behind
 * the last record nobody answers.
 */
#ifndef FUZZ_FAKE_ANSWER_H
#define FUZZ_FAKE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fake_answer_how {
    FAKE_ANSWER_REST,    /* flags (2 bytes), three counts (1 byte each), sections; the identifier
                            and the question are those of the query */
    FAKE_ANSWER_SECTION, /* count of the answer section and its bytes; the rest is as it should be
                          */
    FAKE_ANSWER_MESSAGE, /* a message, but for its identifier */
    FAKE_ANSWER_RAW,     /* all that is received, in a stream without a length before it */
    FAKE_ANSWER_SILENCE,
    FAKE_ANSWER_REFUSED, /* receiving fails */
    FAKE_ANSWER_NO_WAY,  /* sending fails */
    FAKE_ANSWER_END      /* an empty datagram, or the stream's end */
};

struct fake_answer {
    enum fake_answer_how how;
    int delay_ms;
    bool split; /* twice, or in pieces */
    const unsigned char
        *bytes; /* as received, in a stream with the length; until the next answer */
    size_t size;
};

/* Begins anew with that input, which is borrowed. */
void fake_answer_start(const uint8_t *bytes, size_t size);

/* Takes the record that answers `query`, `size` bytes without the length that a stream puts before
   them. */
void fake_answer_next(const unsigned char *query, size_t size, bool stream,
                      struct fake_answer *out);

/* True if there was a message that can hold an answer: a response with a count of answers above 0
   and the identifier of a query. */
bool fake_answer_seen(void);

#endif

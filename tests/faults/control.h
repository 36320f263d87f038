/*
 * What a test tells the fault layer (layer.c) and what it learns from it: one structure in a file
 * that both have mapped. faultlayer.py has the same layout.
 */
#ifndef FAULTS_CONTROL_H
#define FAULTS_CONTROL_H

#include <stdatomic.h>
#include <stdint.h>

/* How a call fails. */
enum control_manner {
    CONTROL_ERROR,    /* it is not made, and returns its failure with `error` */
    CONTROL_SHORTENED /* it is made, with less than was asked for */
};

struct control {
    /* Written by the test. */
    char call[32];  /* the function's name; "alloc" for all that allocate; "" for none */
    uint64_t nth;   /* the first of its calls to fail, from 1; 0 for none */
    uint64_t times; /* how many in a row fail */
    uint64_t error;
    uint64_t manner; /* enum control_manner */
    uint64_t whole;  /* all calls of our command count, instead of the preload's in any process */

    /* Written by the layer. */
    _Atomic uint64_t asked;  /* calls of `call` so far */
    _Atomic uint64_t failed; /* of them */
    _Atomic int64_t live;    /* allocations made less those freed, whatever `call` */
};

#endif

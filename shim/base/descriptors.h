/*
 * Descriptors that a process of ours must not keep.
 */
#ifndef BASE_DESCRIPTORS_H
#define BASE_DESCRIPTORS_H

/* Closes one; keeps errno. Async-signal-safe. */
void descriptors_close_one(int descriptor);

/* Closes those from `first` to `last`, both included, as close_range(2) does, which neither
   glibc 2.28 nor Linux before 5.9 has. Async-signal-safe. */
void descriptors_close(unsigned first, unsigned last);

#endif

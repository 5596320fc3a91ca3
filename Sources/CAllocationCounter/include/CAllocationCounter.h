// Counts the calls of malloc and its relatives on the calling thread.
//
// Linking this target puts counting functions in front of the C library's in the whole executable,
// so only benchmarks and tests depend on it. With other C libraries than glibc nothing is counted.

#ifndef CALLOCATIONCOUNTER_H
#define CALLOCATIONCOUNTER_H

#include <stdint.h>

// Whether allocations are counted here.
int ac_counts_allocations(void);

// How often the calling thread has allocated so far.
int64_t ac_allocations(void);

#endif

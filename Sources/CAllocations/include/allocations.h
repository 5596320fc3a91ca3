#ifndef RELAXRL_ALLOCATIONS_H
#define RELAXRL_ALLOCATIONS_H

#include <stdint.h>

/// How many times this thread has allocated heap memory since it started.
///
/// For benchmarks and tests only: linking this target replaces the process's `malloc` by one that
/// counts and then calls the C library's.
uint64_t allocation_count(void);

#endif

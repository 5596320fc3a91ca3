// The width that Width.c has chosen, for the functions that pass a call on to it.

#ifndef CK_WIDTH_H
#define CK_WIDTH_H

#include "CKernels.h"

extern int ck_chosen_vector_bits;

// The version of a function for that width.
#if defined(__x86_64__)
#define CK_CHOOSE(name) \
  (ck_chosen_vector_bits == 512 ? name##_512 : ck_chosen_vector_bits == 256 ? name##_256 : name##_128)
#else
#define CK_CHOOSE(name) name##_128
#endif

#endif

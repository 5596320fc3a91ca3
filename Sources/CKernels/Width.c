// Which width of vectors this process uses.

#include "Width.h"

#include <stdlib.h>
#include <string.h>

int ck_chosen_vector_bits = 128;
static int widest = 128;
static const char *refused;

#if defined(__x86_64__)

static int bits_of_processor(void) {
  __builtin_cpu_init();
#ifdef CK_EMULATE_512
  const int wide = 1;
#else
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
    && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
    && __builtin_cpu_supports("avx512vl");
#endif
  const int fused = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
    && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  return fused ? wide ? 512 : 256 : 128;
}

#else

static int bits_of_processor(void) { return 128; }

#endif

// Before the first thread, so that nothing need be locked.
__attribute__((constructor)) static void choose(void) {
  widest = bits_of_processor();
  ck_chosen_vector_bits = widest;
  const char *text = getenv("RELAXRL_VECTOR_BITS");
  if (!text) { return; }
  const int wanted = strcmp(text, "128") == 0 ? 128 : strcmp(text, "256") == 0 ? 256
    : strcmp(text, "512") == 0 ? 512 : 0;
  if (wanted == 0 || wanted > widest) {
    refused = text;
  } else {
    ck_chosen_vector_bits = wanted;
  }
}

int ck_vector_bits(void) { return ck_chosen_vector_bits; }
int ck_widest_vector_bits(void) { return widest; }
const char *ck_refused_vector_bits(void) { return refused; }

int ck_fuses_multiply_adds(void) {
#if defined(__x86_64__)
  return ck_chosen_vector_bits > 128;
#elif defined(__aarch64__)
  return 1;
#else
  return 0;
#endif
}

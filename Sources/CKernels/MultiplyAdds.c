// Multiply-adds that never leave the registers: what a processor can do at most.

#include "Kernel.h"

#ifndef SCALAR

#define CK_BODY "MultiplyAdds.c"
#include "EveryVersion.h"

#else

typedef SCALAR NAME(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(SCALAR))));

// As many chains as hide the latency, and with the two factors not more than the registers hold.
int64_t NAME(multiply_adds)(int64_t rounds, SCALAR factor) {
  enum { CHAINS = PANEL_ROWS == 3 ? 6 : 12 };
  NAME(vector) total[CHAINS], x = {0}, y = {0};
  x += factor;
  y += 1 - factor;
  CK_UNROLLED
  for (int k = 0; k < CHAINS; k++) { total[k] = y * (SCALAR)k; }
  for (int64_t i = 0; i < rounds; i++) {
    CK_UNROLLED
    for (int k = 0; k < CHAINS; k++) { total[k] = total[k] * x + y; }
  }
  NAME(vector) sum = total[0];
  CK_UNROLLED
  for (int k = 1; k < CHAINS; k++) { sum += total[k]; }
  // Never true; but the compiler cannot know.
  if (sum[0] == (SCALAR)12345) { return 0; }
  return 2 * rounds * CHAINS * (int64_t)(VECTOR_BYTES / sizeof(SCALAR));
}

#endif

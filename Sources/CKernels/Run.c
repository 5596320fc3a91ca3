// Walking a program, and the floating-point mode it runs in.

#include "CKernels.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

void ck_run(const ck_instruction *instructions, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    instructions[i].kernel(&instructions[i]);
  }
}

void ck_run_rows(const ck_instruction *instructions, int64_t count, int64_t first, int64_t rows) {
  for (int64_t i = 0; i < count; i++) {
    ck_instruction step = instructions[i];
    step.out = (char *)step.out + first * step.out_row_bytes;
    for (int k = 0; k < CK_INPUTS; k++) {
      // An unused operand is null and moves by 0.
      if (step.in_row_bytes[k] != 0) {
        step.in[k] = (const char *)step.in[k] + first * step.in_row_bytes[k];
      }
    }
    if (step.row_blocks > 1) {
      step.rows = step.extent[0] = rows * step.row_blocks;
    } else {
      step.rows = step.extent[0] = rows;
    }
    step.kernel(&step);
  }
}

#if defined(__x86_64__)

int ck_set_flush_to_zero(int enabled) {
  // Bit 15 flushes results to zero, bit 6 treats operands as zero.
  const unsigned flush = 0x8040;
  const unsigned before = _mm_getcsr();
  _mm_setcsr(enabled ? before | flush : before & ~flush);
  return (before & flush) == flush;
}

#elif defined(__aarch64__)

int ck_set_flush_to_zero(int enabled) {
  // FPCR.FZ flushes operands and results alike.
  const uint64_t flush = (uint64_t)1 << 24;
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  const uint64_t after = enabled ? before | flush : before & ~flush;
  __asm__ volatile("msr fpcr, %0" : : "r"(after));
  return (before & flush) != 0;
}

#else

int ck_set_flush_to_zero(int enabled) {
  (void)enabled;
  return 0;
}

#endif

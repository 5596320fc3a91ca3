// Copies of short runs of numbers. Included in a body, once for each version.

enum { NAME(run_lanes) = 32 / sizeof(SCALAR) };

typedef SCALAR NAME(run_vector) __attribute__((vector_size(32), aligned(sizeof(SCALAR))));

// out[i] = in[i] for i < n, by whole vectors of which the last may overlap the one before.
CK_INLINE void NAME(copy_short)(int64_t n, SCALAR *out, const SCALAR *in) {
  enum { LANES = NAME(run_lanes) };
  if (n < LANES) {
    for (int64_t i = 0; i < n; i++) { out[i] = in[i]; }
    return;
  }
  for (int64_t i = 0; i < n - LANES; i += LANES) {
    *(NAME(run_vector) *)(out + i) = *(const NAME(run_vector) *)(in + i);
  }
  *(NAME(run_vector) *)(out + n - LANES) = *(const NAME(run_vector) *)(in + n - LANES);
}

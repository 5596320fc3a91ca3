// Exponentials, logarithms and what is made of them, for one element of type SCALAR.
//
// Branch-free, so that a loop over any of them vectorises. Range reduction is by powers of two;
// on the reduced range the Taylor series is short enough that no fitted coefficients are needed:
// for exp the remainder is r⁸/8! (float) or r¹⁴/14! (double) with |r| <= ln 2 / 2, for the
// logarithm s¹⁰/11 or s²⁰/21 with |s| <= 0.172, for softplus s¹⁴/15 or s³²/33 with s <= 1/3, all below
// the rounding of the result.
// Exponentials below 1.5 times the smallest normal number are 0; NaN gives NaN.

#if CK_IS_FLOAT
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define MAGIC_ROUND 12582912.0f          // 1.5 * 2^23: adding it rounds to an integer
#define MAGIC_EXPONENT 8388608.0f        // 2^23
#define SMALLEST_NORMAL 1.17549435e-38f
#define DENORMAL_SCALE 33554432.0f       // 2^25
#define DENORMAL_SHIFT 25
#define LN2_HIGH 0.693359375f            // 9 bits: k * LN2_HIGH is exact
#define LN2_LOW -2.12194440e-4f
#define EXP_LOWEST -86.98f               // below, 2^(k - 1) would be denormal
#define EXP_HIGHEST 89.0f
#define EXPM1_LOWEST -18.0f              // below, the result rounds to -1
#define BITS_OF_HALF_SQRT 0x3f3504f3u    // sqrt(1/2)
#else
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define MAGIC_ROUND 6755399441055744.0
#define MAGIC_EXPONENT 4503599627370496.0
#define SMALLEST_NORMAL 2.2250738585072014e-308
#define DENORMAL_SCALE 18014398509481984.0
#define DENORMAL_SHIFT 54
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define EXP_LOWEST -708.0
#define EXP_HIGHEST 710.0
#define EXPM1_LOWEST -40.0
#define BITS_OF_HALF_SQRT 0x3fe6a09e667f3bcdull
#endif

CK_INLINE SCALAR NAME(from_bits)(BITS bits) {
  SCALAR x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

CK_INLINE BITS NAME(to_bits)(SCALAR x) {
  BITS bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// exp(r) - 1 for |r| <= ln 2 / 2.
CK_INLINE SCALAR NAME(expm1_reduced)(SCALAR r) {
#if CK_IS_FLOAT
  SCALAR p = 1.0f / 5040;
#else
  SCALAR p = 1.0 / 6227020800;
  p = p * r + 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
#endif
  p = p * r + (SCALAR)(1.0 / 720);
  p = p * r + (SCALAR)(1.0 / 120);
  p = p * r + (SCALAR)(1.0 / 24);
  p = p * r + (SCALAR)(1.0 / 6);
  p = p * r + (SCALAR)0.5;
  return (r * r) * p + r;
}

// x = k ln 2 + r; returns r and 2^(k - 1), half the scale so that the largest results, whose own
// scale would be infinite, can be reached by doubling.
CK_INLINE SCALAR NAME(exp_reduce)(SCALAR x, SCALAR *half_scale) {
  const SCALAR magic = MAGIC_ROUND + (EXPONENT_BIAS - 1);
  const SCALAR shifted = x * (SCALAR)1.4426950408889634 + magic;
  const SCALAR k = shifted - magic;
  *half_scale = NAME(from_bits)(NAME(to_bits)(shifted) << MANTISSA_BITS);
  return (x - k * LN2_HIGH) - k * LN2_LOW;
}

CK_INLINE SCALAR NAME(exp_element)(SCALAR x) {
  SCALAR clamped = x < EXP_LOWEST ? EXP_LOWEST : x;
  clamped = clamped > EXP_HIGHEST ? EXP_HIGHEST : clamped;
  SCALAR half_scale;
  const SCALAR r = NAME(exp_reduce)(clamped, &half_scale);
  const SCALAR y = (NAME(expm1_reduced)(r) + 1) * half_scale * 2;
  return x < EXP_LOWEST ? 0 : y;
}

CK_INLINE SCALAR NAME(expm1_element)(SCALAR x) {
  x = x < EXPM1_LOWEST ? EXPM1_LOWEST : x;
  x = x > EXP_HIGHEST ? EXP_HIGHEST : x;
  SCALAR half_scale;
  const SCALAR r = NAME(exp_reduce)(x, &half_scale);
  return 2 * (NAME(expm1_reduced)(r) * half_scale + (half_scale - (SCALAR)0.5));
}

// Goes on with the series (2 artanh(s) - 2 s) / s³ = 2/3 + 2/5 z + 2/7 z² + …, z = s², from p, which
// stands for 2/11 (float) or 2/23 (double) and all that follows.
CK_INLINE SCALAR NAME(artanh_rest)(SCALAR p, SCALAR z) {
#if !CK_IS_FLOAT
  p = p * z + 2.0 / 21;
  p = p * z + 2.0 / 19;
  p = p * z + 2.0 / 17;
  p = p * z + 2.0 / 15;
  p = p * z + 2.0 / 13;
  p = p * z + 2.0 / 11;
#endif
  p = p * z + (SCALAR)(2.0 / 9);
  p = p * z + (SCALAR)(2.0 / 7);
  p = p * z + (SCALAR)(2.0 / 5);
  p = p * z + (SCALAR)(2.0 / 3);
  return p;
}

// ln(u + correction), where correction is far below u; see log1p.
CK_INLINE SCALAR NAME(log_corrected)(SCALAR u, SCALAR correction) {
  const bool tiny = u < SMALLEST_NORMAL;
  const SCALAR normal = tiny ? u * DENORMAL_SCALE : u;
  // u = 2^k m with m in [sqrt(1/2), sqrt(2)).
  const BITS one = (BITS)EXPONENT_BIAS << MANTISSA_BITS;
  const BITS shifted = NAME(to_bits)(normal) + (one - BITS_OF_HALF_SQRT);
  const BITS mantissa = ((BITS)1 << MANTISSA_BITS) - 1;
  const SCALAR m = NAME(from_bits)((shifted & mantissa) + BITS_OF_HALF_SQRT);
  // The exponent as a number, by placing it in the mantissa of 2^MANTISSA_BITS.
  const BITS exponent = shifted >> MANTISSA_BITS;
  const SCALAR k = NAME(from_bits)(exponent | NAME(to_bits)(MAGIC_EXPONENT))
    - (MAGIC_EXPONENT + EXPONENT_BIAS) - (tiny ? (SCALAR)DENORMAL_SHIFT : 0);
  const SCALAR inverse_scale =
    NAME(from_bits)((2 * (BITS)EXPONENT_BIAS - exponent) << MANTISSA_BITS);
  const SCALAR f = (m - 1) + correction * inverse_scale;
  // ln(1 + f) = f - f²/2 + s (f²/2 + R) with s = f / (2 + f), R = 2 (s²/3 + s⁴/5 + …).
  const SCALAR s = f / (2 + f);
  const SCALAR z = s * s;
#if CK_IS_FLOAT
  const SCALAR p = NAME(artanh_rest)(2.0f / 11, z);
#else
  const SCALAR p = NAME(artanh_rest)(2.0 / 23, z);
#endif
  const SCALAR half_square = (SCALAR)0.5 * f * f;
  const SCALAR tail = s * (half_square + z * p) + k * LN2_LOW;
  const SCALAR y = k * LN2_HIGH + (f - (half_square - tail));
  const SCALAR infinity = (SCALAR)__builtin_inf();
  SCALAR result = u == infinity ? infinity : y;
  result = u == 0 ? -infinity : result;
  return u >= 0 ? result : (SCALAR)__builtin_nan("");
}

CK_INLINE SCALAR NAME(log_element)(SCALAR x) {
  return NAME(log_corrected)(x, 0);
}

CK_INLINE SCALAR NAME(log1p_element)(SCALAR x) {
  const SCALAR u = 1 + x;
  // What rounding 1 + x lost; exact wherever it matters. Infinity has lost nothing.
  const SCALAR lost = x - (u - 1);
  return NAME(log_corrected)(u, u > 2 / (SCALAR)(SMALLEST_NORMAL) ? 0 : lost);
}

CK_INLINE SCALAR NAME(tanh_element)(SCALAR x) {
  const SCALAR magnitude = x < 0 ? -x : x;
  const SCALAR e = NAME(expm1_element)(-2 * magnitude);
  const SCALAR y = -e / (e + 2);
  return x < 0 ? -y : y;
}

CK_INLINE SCALAR NAME(sigmoid_element)(SCALAR x) {
  // exp(-x) may become infinite; the quotient is then 0, as it should be.
  return 1 / (1 + NAME(exp_element)(-x));
}

// ln(1 + e^x) = max(x, 0) + ln(1 + e) with e = e^-|x| in (0, 1], and ln(1 + e) = 2 artanh(s) with
// s = e / (2 + e) <= 1/3: no exponent to take apart, and s itself where e is tiny.
CK_INLINE SCALAR NAME(softplus_element)(SCALAR x) {
  const SCALAR magnitude = x < 0 ? -x : x;
  const SCALAR e = NAME(exp_element)(-magnitude);
  const SCALAR s = e / (2 + e);
  const SCALAR z = s * s;
#if CK_IS_FLOAT
  const SCALAR p = NAME(artanh_rest)((2.0f / 13) * z + (SCALAR)(2.0 / 11), z);
#else
  SCALAR p = 2.0 / 31;
  p = p * z + 2.0 / 29;
  p = p * z + 2.0 / 27;
  p = p * z + 2.0 / 25;
  p = p * z + 2.0 / 23;
  p = NAME(artanh_rest)(p, z);
#endif
  return (x < 0 ? 0 : x) + (2 * s + s * (z * p));
}

CK_INLINE SCALAR NAME(elu_element)(SCALAR x) {
  return x > 0 ? x : NAME(expm1_element)(x);
}

#undef MANTISSA_BITS
#undef EXPONENT_BIAS
#undef MAGIC_ROUND
#undef MAGIC_EXPONENT
#undef SMALLEST_NORMAL
#undef DENORMAL_SCALE
#undef DENORMAL_SHIFT
#undef LN2_HIGH
#undef LN2_LOW
#undef EXP_LOWEST
#undef EXP_HIGHEST
#undef EXPM1_LOWEST
#undef BITS_OF_HALF_SQRT

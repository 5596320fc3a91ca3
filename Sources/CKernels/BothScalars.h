// Includes the file named by CK_BODY once for float and once for double.
//
// A kernel file names itself: outside its body SCALAR is undefined and it includes this header;
// inside, SCALAR is the number, BITS the unsigned integer of its size, and NAME(exp) is exp_f32
// or exp_f64 with the library's prefix.

#define SCALAR float
#define BITS uint32_t
#define SUFFIX _f32
#define CK_IS_FLOAT 1
#include CK_BODY
#undef SCALAR
#undef BITS
#undef SUFFIX
#undef CK_IS_FLOAT

#define SCALAR double
#define BITS uint64_t
#define SUFFIX _f64
#define CK_IS_FLOAT 0
#include CK_BODY
#undef SCALAR
#undef BITS
#undef SUFFIX
#undef CK_IS_FLOAT

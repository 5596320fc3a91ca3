// Part of EveryVersion.h: CK_BODY for float and for double at one width.

#define SCALAR float
#define BITS uint32_t
#define CK_SUFFIX _f32
#define CK_IS_FLOAT 1
#include CK_BODY
#undef SCALAR
#undef BITS
#undef CK_SUFFIX
#undef CK_IS_FLOAT

#define SCALAR double
#define BITS uint64_t
#define CK_SUFFIX _f64
#define CK_IS_FLOAT 0
#include CK_BODY
#undef SCALAR
#undef BITS
#undef CK_SUFFIX
#undef CK_IS_FLOAT

#undef CK_WIDTH
#undef VECTOR_BYTES
#undef PANEL_ROWS
#undef FEW_ROWS
#undef FEW_ROWS_VECTORS
#undef DEPTH_BLOCK

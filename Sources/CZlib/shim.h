// zlib: gzip files, the compressed variables of MATLAB files, PNG images.
#include <zlib.h>

// `inflateInit2` and `deflateInit` are macros, which Swift does not see.
static inline int rl_inflate_init(z_stream *stream, int window_bits) {
  return inflateInit2(stream, window_bits);
}

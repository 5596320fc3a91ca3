// The activations as functions of contiguous numbers, for the end of a matrix product. Included in a
// body, once for each version.

void NAME(tanh_span)(int64_t n, SCALAR *out, const SCALAR *in);
void NAME(relu_span)(int64_t n, SCALAR *out, const SCALAR *in);
void NAME(elu_span)(int64_t n, SCALAR *out, const SCALAR *in);
void NAME(sigmoid_span)(int64_t n, SCALAR *out, const SCALAR *in);
void NAME(softplus_span)(int64_t n, SCALAR *out, const SCALAR *in);

// OpenBLAS's C interface. Apart from CGSL, because GSL's own CBLAS header redefines the same enums.
#include <cblas.h>

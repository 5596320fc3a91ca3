// The parts of GSL that the module GSL uses. The generators' global types, which Swift 6 cannot import,
// are not used, because the samplers run on a generator of ours; those of quasi-random sequences are
// variables likewise, so the one that is used has a function.
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics.h>
#include <gsl/gsl_sf_psi.h>

// gsl_qrng_sobol is a global variable, which Swift 6 takes for shared mutable state.
static inline gsl_qrng *relaxrl_sobol_alloc(unsigned int dimensions) {
  return gsl_qrng_alloc(gsl_qrng_sobol, dimensions);
}

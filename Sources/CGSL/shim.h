// The parts of GSL that the module GSL uses. Nothing here needs a wrapper in C: the generators'
// global types, which Swift 6 cannot import, are not used, because the samplers run on a
// generator of ours.
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics.h>

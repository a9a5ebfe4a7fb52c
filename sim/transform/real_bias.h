/* Exponent biases as real numbers (Liu et al., LLM-FP4, arXiv 2310.16836; nbasyl/LLM-FP4 fp_linear.py): a
 * float of e exponent and m fraction bits, every code a number, scaled so that the bias is b. */
#ifndef SIM_TRANSFORM_REAL_BIAS_H
#define SIM_TRANSFORM_REAL_BIAS_H

#include <math.h>

#include "sim/base/elementary.h"

/* The bias whose largest value is `largest` (infinite for 0): 2^e - log2(largest) + log2(2 - 2^-m) - 1. */
static inline double real_bias(int e, int m, double largest)
{
    return ldexp(1, e) - elementary_log2(largest) + elementary_log2(2 - ldexp(1, -m)) - 1;
}

/* How many binades finer a column of bias `own` may be than the tensor of bias `all`: 0 .. 2^e - 1. */
static inline double real_bias_shift(int e, double own, double all)
{
    const double most = ldexp(1, e) - 1;
    if (!isfinite(own) || !isfinite(all))
        return isfinite(all) ? most : 0;
    return fmin(fmax(rint(own) - rint(all), 0), most);
}

#endif

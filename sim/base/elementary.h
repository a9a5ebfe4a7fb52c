/* Logarithm, exponential and power in binary64 from +, -, *, / and the bits of the exponent alone: libm's
 * last bit depends on the library and on whether the machine has a fused multiply-add, and results may not.
 * One value at a time and correct to 2 ulp; sim/model/exp.h is the vector version that training needs.
 *
 * All are total. NaN gives NaN; overflow gives infinity, underflow subnormals and zero. */
#ifndef SIM_BASE_ELEMENTARY_H
#define SIM_BASE_ELEMENTARY_H

/* log2(x): -Inf for 0, NaN below it. Within 1 ulp. */
double elementary_log2(double x);
/* 2^x, within 2 ulp. */
double elementary_exp2(double x);
/* e^x, within 2 ulp. */
double elementary_exp(double x);
/* x^p for x >= 0 (NaN below) and 0 < p <= 64, within 2 ulp. 0^p is 0, 1^p is 1. */
double elementary_pow(double x, double p);

/* sin(x) and cos(x) for |x| <= 2^20, within 2^-51; NaN beyond. */
void elementary_sin_cos(double x, double *sine, double *cosine);

#endif

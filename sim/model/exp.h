/* exp(x) in binary64 from additions and multiplications alone: libm's last bit depends on whether the machine
 * has a fused multiply-add, and the recorded dump may not. */
#ifndef SIM_MODEL_EXP_H
#define SIM_MODEL_EXP_H

#include <stdint.h>
#include <string.h>

/* Within 2 ulp for |x| <= 700; beyond that x is taken as -700 or 700. */
static inline double net_exp(double x)
{
    x = x < -700 ? -700 : x > 700 ? 700 : x;
    /* 1.5 * 2^52: adding it leaves the nearest integer in the low bits. */
    double shifted = x * 0x1.71547652b82fep0 + 0x1.8p52; /* 1/ln 2 */
    double n = shifted - 0x1.8p52;
    /* ln 2 in two parts, the first with 32 trailing zero bits, so that n * high is exact. */
    double r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
    /* Taylor to r^13: |r| <= ln(2)/2, so the rest is below 0.35^14 / 14! < 5e-18. */
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    uint64_t scale = (uint64_t)((int64_t)n + 1023) << 52;
    double power;
    memcpy(&power, &scale, sizeof power);
    return p * power;
}

#endif

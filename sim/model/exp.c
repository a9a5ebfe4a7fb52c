#include "sim/model/exp.h"

#include <stdint.h>
#include <string.h>

/* 1/k!, from k = 13 down. |r| <= ln(2)/2, so the rest of the series is below 0.35^14 / 14! < 5e-18. */
static const double series[] = {1.0 / 6227020800.0,
                                1.0 / 479001600.0,
                                1.0 / 39916800.0,
                                1.0 / 3628800.0,
                                1.0 / 362880.0,
                                1.0 / 40320.0,
                                1.0 / 5040.0,
                                1.0 / 720.0,
                                1.0 / 120.0,
                                1.0 / 24.0,
                                1.0 / 6.0,
                                0.5,
                                1.0,
                                1.0};

#define ISA(x) x##_base
#define VEC    16
#define TARGET
#include "sim/model/exp_tmpl.h"

#ifdef __x86_64__
#define ISA(x) x##_avx2
#define VEC    32
#define TARGET __attribute__((target("avx2")))
#include "sim/model/exp_tmpl.h"

#define ISA(x) x##_avx512
#define VEC    64
#define TARGET __attribute__((target("avx512f")))
#include "sim/model/exp_tmpl.h"
#endif

void net_exp_isa(enum net_isa isa, double *x, size_t n)
{
#ifdef __x86_64__
    if (isa == NET_ISA_AVX512) {
        exp_avx512(x, n);
        return;
    }
    if (isa == NET_ISA_AVX2) {
        exp_avx2(x, n);
        return;
    }
#endif
    exp_base(x, n);
}

void net_exp(double *x, size_t n)
{
    net_exp_isa(net_isa_best(), x, n);
}

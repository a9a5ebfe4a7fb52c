/* Matrix product and linear layers. Parameters: REAL (float or double), NAME(x) (x_f32 or x_f64). */

#define ISA(x) NAME(x##_base)
#define VEC    16
#define TARGET
#include "sim/model/gemm_isa_tmpl.h"

#ifdef __x86_64__
#define ISA(x) NAME(x##_avx2)
#define VEC    32
#define TARGET __attribute__((target("avx2")))
#include "sim/model/gemm_isa_tmpl.h"

#define ISA(x) NAME(x##_avx512)
#define VEC    64
#define TARGET __attribute__((target("avx512f")))
#include "sim/model/gemm_isa_tmpl.h"
#endif

void NAME(net_gemm_isa)(enum net_isa isa, size_t m, size_t n, size_t depth, struct NAME(mat) a,
                        struct NAME(mat) b, REAL *c, size_t ldc, bool accumulate)
{
#ifdef __x86_64__
    if (isa == NET_ISA_AVX512) {
        NAME(gemm_avx512)(m, n, depth, a, b, c, ldc, accumulate);
        return;
    }
    if (isa == NET_ISA_AVX2) {
        NAME(gemm_avx2)(m, n, depth, a, b, c, ldc, accumulate);
        return;
    }
#endif
    NAME(gemm_base)(m, n, depth, a, b, c, ldc, accumulate);
}

void NAME(net_gemm)(size_t m, size_t n, size_t depth, struct NAME(mat) a, struct NAME(mat) b, REAL *c,
                    size_t ldc, bool accumulate)
{
    NAME(net_gemm_isa)(net_isa_best(), m, n, depth, a, b, c, ldc, accumulate);
}

void NAME(net_linear)(size_t n, size_t in, size_t out, const REAL *x, const REAL *w, REAL *y)
{
    NAME(net_gemm)(n, out, in, (struct NAME(mat)){x, in, 1}, (struct NAME(mat)){w, 1, in}, y, out, false);
}

void NAME(net_linear_back)(size_t n, size_t in, size_t out, const REAL *x, const REAL *w, const REAL *dy,
                           REAL *dx, REAL *dw, bool accumulate)
{
    NAME(net_gemm)(out, in, n, (struct NAME(mat)){dy, 1, out}, (struct NAME(mat)){x, in, 1}, dw, in, true);
    NAME(net_gemm)
    (n, in, out, (struct NAME(mat)){dy, out, 1}, (struct NAME(mat)){w, in, 1}, dx, in, accumulate);
}

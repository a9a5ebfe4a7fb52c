/* Requantizer "dyadic": b x / 2^c, b of b_bits bits and c as large as they allow. The paper fixes neither the
 * widths nor how the shift rounds; the largest b that fits, ties away from zero in it, and both shifts are
 * ours [unverified against the authors' kernels]. */
#include "sim/arith/requant.h"

static const char *multiplier(const struct requant_args *args, double scale, struct multiplier *out)
{
    const char *why = requant_scale_problem(scale);
    if (why)
        return why;
    int bits = args->b_bits ? args->b_bits : 31, most = args->c_max ? args->c_max : 62;
    if (bits < 1 || bits > 31)
        return "b takes 1 to 31 bits";
    if (most < 1 || most > 62)
        return "c goes up to 1 to 62";
    struct multiplier m = {0, -most};
    int exponent;
    if (scale > 0) {
        m.mantissa = requant_fraction(scale, bits, &exponent);
        m.exponent = exponent - bits;
        if (m.exponent > 0)
            return "b is too narrow for the scale: it must be below 2^b_bits";
        if (m.exponent < -most)
            m = (struct multiplier){requant_integer(scale, most), -most};
    }
    *out = m;
    return NULL;
}

/* |b x| < 2^62, and half of 2^c at most 2^61. */
static int32_t apply(const struct requant_args *args, struct multiplier m, int32_t x, uint32_t *events)
{
    int c = -m.exponent;
    int64_t half = args->nearest && c > 0 ? INT64_C(1) << (c - 1) : 0;
    return requant_clamp(requant_floor_shift((int64_t)x * m.mantissa + half, c), events);
}

int32_t requant_residual(const struct requant_args *args, struct multiplier m, int32_t x,
                         struct multiplier skip, int32_t y, uint32_t *events)
{
    return requant_clamp((int64_t)apply(args, m, x, events) + apply(args, skip, y, events), events);
}

const struct requant requant_dyadic = {
    .name = "dyadic",
    .doc = "integer product and shift, b x / 2^c",
    .citation = "Yao et al., HAWQ-V3, ICML 2021, arXiv 2011.10680",
    .dyadic = true,
    .multiplier = multiplier,
    .apply = apply,
};

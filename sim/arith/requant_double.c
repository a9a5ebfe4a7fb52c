/* Requantizer "double": two roundings, the second of the first one's result. The left shift of scales of 1
 * and more saturates; the published code leaves its overflow undefined. */
#include "sim/arith/requant.h"

static const char *multiplier(const struct requant_args *args, double scale, struct multiplier *out)
{
    (void)args;
    const char *why = requant_scale_problem(scale);
    if (why)
        return why;
    struct multiplier m = requant_q31(scale);
    if (m.exponent + 31 > 30)
        return "the left shift is at most 30: a scale below 2^30";
    *out = m;
    return NULL;
}

static int32_t apply(const struct requant_args *args, struct multiplier m, int32_t x, uint32_t *events)
{
    (void)args;
    int shift = m.exponent + 31, left = shift > 0 ? shift : 0;
    int32_t shifted = requant_clamp((int64_t)x * (INT64_C(1) << left), events);
    return requant_rdivpot(requant_srdhm(shifted, m.mantissa), left - shift);
}

const struct requant requant_double = {
    .name = "double",
    .doc = "rounding high product, then rounding shift: two roundings",
    .citation = "gemmlowp fixedpoint.h; TFLite common.h, MultiplyByQuantizedMultiplier",
    .multiplier = multiplier,
    .apply = apply,
};

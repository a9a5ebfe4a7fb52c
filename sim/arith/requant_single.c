/* Requantizer "single": the whole product in 64 bits, rounded once, ties up. Shifts beyond 30 are 30 with the
 * largest mantissa, as published. */
#include "sim/arith/requant.h"

static const char *multiplier(const struct requant_args *args, double scale, struct multiplier *out)
{
    (void)args;
    const char *why = requant_scale_problem(scale);
    if (why)
        return why;
    *out = requant_q31(scale);
    if (out->exponent + 31 > 30)
        *out = (struct multiplier){INT32_MAX, 30 - 31};
    return NULL;
}

/* At most 2^62 + 2^61. */
static int32_t apply(const struct requant_args *args, struct multiplier m, int32_t x, uint32_t *events)
{
    (void)args;
    int64_t half = INT64_C(1) << (-m.exponent - 1);
    return requant_clamp(requant_floor_shift((int64_t)x * m.mantissa + half, -m.exponent), events);
}

const struct requant requant_single = {
    .name = "single",
    .doc = "64-bit product, rounded once, ties up",
    .citation = "TFLite common.h, MultiplyByQuantizedMultiplier with TFLITE_SINGLE_ROUNDING",
    .multiplier = multiplier,
    .apply = apply,
};

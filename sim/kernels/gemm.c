/* The constants of accumulators. */
#include "sim/kernels/kernels.h"

/* The outermost value that sums of this sign are limited to. */
static double outermost(const struct format *f, bool negative)
{
    struct number far = number_pow2(600);
    far.negative = negative;
    return format_value(f, format_round(f, far, &(struct rounding){.mode = ROUND_RNE}, 0).code);
}

static bool open_float(struct kernel_accumulator *k, const struct format *f)
{
    if (f->is_unsigned || f->subnormals != SUBNORMALS_ON || f->real_bias != 0 || f->stretch != 0 ||
        f->exponent_bits < 2 || f->exponent_bits > 8 || f->precision < 2 || f->precision > 40)
        return false;
    k->least = number_to_f64(format_min_normal(f));
    k->quantum = number_to_f64(number_pow2(1 - f->precision));
    return k->least >= 0x1p-250 && k->high <= 0x1p250;
}

static bool open_fixed(struct kernel_accumulator *k, const struct format *f)
{
    if (f->codes == CODES_SIGNMAG || f->stretch != 0 || f->fraction_bits < -100 || f->fraction_bits > 100)
        return false;
    k->fixed = true;
    k->quantum = number_to_f64(number_pow2(-f->fraction_bits));
    k->period = k->quantum * (double)(UINT64_C(1) << f->bits);
    return true;
}

bool kernel_accumulator_open(struct kernel_accumulator *k, const struct format *f, const struct rounding *r,
                             enum kernel_beyond beyond)
{
    *k = (struct kernel_accumulator){.toward_zero = r->mode == ROUND_RTZ, .beyond = beyond, .least = 1};
    if ((r->mode != ROUND_RNE && r->mode != ROUND_RTZ) || rounding_is_peculiar(r) ||
        (f->family != &family_float && f->family != &family_int))
        return false;
    k->low = outermost(f, true);
    k->high = outermost(f, false);
    if (f->family == &family_float ? !open_float(k, f) : !open_fixed(k, f))
        return false;
    k->magic = 0x1.8p52 * k->quantum;
    k->tiny = r->ftz && !k->fixed ? k->least : k->least * k->quantum;
    return true;
}

/* The constants of truncated bits. */
#include "sim/kernels/kernels.h"

bool kernel_truncated_open(struct kernel_truncated *k, const struct format *f, const struct rounding *r)
{
    *k = (struct kernel_truncated){.f = *f, .r = *r, .shift = 24 - f->precision};
    if (f->family != &family_float || f->is_unsigned || f->subnormals != SUBNORMALS_ON ||
        f->specials != SPECIALS_IEEE || f->exponent_bits != 8 || f->bias != 127 || f->stretch != 0 ||
        f->precision < 2 || f->precision > 23 || r->mode != ROUND_RNE || r->overflow != OVERFLOW_SATURATE ||
        r->neg_zero != NEG_ZERO_KEEP || r->ftz)
        return false;
    k->high = number_to_f32(format_max(f));
    /* The midpoint between the largest value, whose code is odd, and the next is the first to saturate. */
    k->before_saturation = (int32_t)bits_from_f32(k->high) + (INT32_C(1) << (k->shift - 1)) - 1;
    return true;
}

/* The constants of a grid. */
#include <math.h>

#include "sim/kernels/kernels.h"

static float value_of(const struct format *f, const struct rounding *r, float x)
{
    return number_to_f32(format_decode(f, format_round(f, number_from_f32(x), r, 0).code));
}

/* The midpoint beyond an outermost value saturates if it goes to even there: asked of the definition. */
static float first_saturated(const struct format *f, const struct rounding *r, float tie)
{
    uint32_t events = format_round(f, number_from_f32(tie), r, 0).events;
    return events & EVENT_SATURATED ? tie : nextafterf(tie, tie < 0 ? -INFINITY : INFINITY);
}

bool kernel_grid_open(struct kernel_grid *k, const struct format *f, const struct rounding *r)
{
    *k = (struct kernel_grid){.f = *f, .r = *r};
    bool is_float = f->family == &family_float && f->subnormals == SUBNORMALS_ON && !f->is_unsigned;
    bool is_int = f->family == &family_int;
    if (!(is_float || is_int) || f->stretch != 0 || r->mode != ROUND_RNE ||
        r->overflow != OVERFLOW_SATURATE || r->ftz || r->nan == NAN_REFUSED || rounding_is_peculiar(r))
        return false;
    k->low = value_of(f, r, -INFINITY);
    k->high = value_of(f, r, INFINITY);
    k->signed_zero = signbit(value_of(f, r, -0.0F)) != 0;
    /* Integers have one quantum, as if all lay below the smallest normal number. */
    int precision = is_int ? f->bits : f->precision, top;
    int least = is_int ? precision - 1 - f->fraction_bits : 1 - f->bias;
    frexpf(k->high, &top); /* high < 2^top */
    float quantum = ldexpf(1, (!is_int && top - 1 > least ? top - 1 : least) - (precision - 1));
    k->least_normal = ldexpf(1, least);
    k->magic = (int32_t)((uint32_t)(24 - precision) << 23);
    if (is_int && !k->signed_zero)
        k->fixed = ldexpf(1.5F, 23) * quantum;
    k->last_tie = k->high + quantum / 2;
    k->last_tie_below = k->low - quantum / 2;
    k->saturates = first_saturated(f, r, k->last_tie);
    k->saturates_below = first_saturated(f, r, k->last_tie_below);
    k->first_tie = ldexpf(1, least - precision);
    /* Every number on the way must be normal and finite, and the midpoints exact. */
    return precision >= 2 && precision <= 22 && least >= -100 && top + 24 - precision <= 127;
}

#include "sim/arith/operand.h"

int operand_fraction_bits(const struct format *f)
{
    if (f->family == &family_float)
        return f->real_bias == 0 && f->exponent_bits > 0 && f->precision <= 24 ? f->precision - 1 : -1;
    if (f->family != &family_int || f->stretch > 0)
        return -1;
    /* Magnitudes have bits - 1 digits; 2^(bits-1) of two's complement has one that counts. */
    return f->bits > 2 ? f->bits - 2 : 0;
}

int32_t operand_exponent(const struct format *f, struct number x)
{
    int32_t e = number_exponent(x);
    if (f->family != &family_float)
        return e;
    int32_t least = number_exponent(format_min_normal(f));
    return e < least ? least : e;
}

const char *product_into_problem(const struct product_args *args)
{
    if (args->into.family && args->rounding.mode == ROUND_SR)
        return "products get no random numbers: any rounding but sr";
    return NULL;
}

struct term product_end(const struct product_args *args, struct number x, bool flush, uint32_t *events)
{
    const struct format *into = &args->into;
    struct term t = {.value = x};
    if (into->family) {
        if (flush && x.class == NUMBER_FINITE && format_has_normals(into) &&
            number_exponent(x) < number_exponent(format_min_normal(into))) {
            x = number_make(x.negative, 0, 0);
            *events |= EVENT_FLUSHED | EVENT_INEXACT;
        }
        struct encoded e = format_round(into, x, &args->rounding, 0);
        *events |= e.events;
        t.value = format_decode(into, e.code);
    }
    if (t.value.class == NUMBER_FINITE)
        t.exponent = into->family ? operand_exponent(into, t.value) : number_exponent(t.value);
    return t;
}

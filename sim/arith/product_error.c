#include "sim/arith/product_error.h"

#include <math.h>

#include "sim/base/rng.h"

static void add_relative(struct product_error *s, double relative)
{
    s->nonzero++;
    s->mean += relative;
    s->rms += relative * relative;
    s->mean_abs += fabs(relative);
    s->max_abs = fmax(s->max_abs, fabs(relative));
}

static void add(struct product_error *s, const struct product *p, const struct product_args *args,
                const struct format *fa, uint32_t a, const struct format *fb, uint32_t b)
{
    uint32_t events = 0;
    struct number exact = number_mul(format_decode(fa, a), format_decode(fb, b));
    struct number got = p->multiply(args, fa, a, fb, b, &events).value;
    if (exact.class > NUMBER_FINITE || got.class > NUMBER_FINITE)
        return;
    double x = number_to_f64(exact), d = number_to_f64(got) - x;
    s->pairs++;
    s->wrong += number_compare(exact, got) != 0;
    s->bias += d;
    s->mae += fabs(d);
    s->mse += d * d;
    s->largest = fmax(s->largest, fabs(d));
    if (exact.class == NUMBER_FINITE)
        add_relative(s, d / x);
}

static void divide(struct product_error *s)
{
    double pairs = s->pairs ? (double)s->pairs : 1, nonzero = s->nonzero ? (double)s->nonzero : 1;
    s->mean /= nonzero;
    s->rms = sqrt(s->rms / nonzero);
    s->mean_abs /= nonzero;
    s->bias /= pairs;
    s->mae /= pairs;
    s->mse /= pairs;
}

struct product_error product_error_codes(const struct product *p, const struct product_args *args,
                                         const struct format *fa, const uint32_t *ca, size_t na,
                                         const struct format *fb, const uint32_t *cb, size_t nb)
{
    struct product_error s = {.pairs = 0};
    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++)
            add(&s, p, args, fa, ca[i], fb, cb[j]);
    divide(&s);
    return s;
}

uint32_t product_error_operands(const struct format *f, uint64_t *count)
{
    if (f->family != &family_float || f->exponent_bits == 0) {
        *count = (uint64_t)format_code_mask(f) + 1;
        return 0;
    }
    int32_t low = number_exponent(format_min_normal(f)), high = number_exponent(format_max(f));
    if (high > low)
        high--; /* the last binade may lack codes */
    int32_t e = low <= 0 && 0 <= high ? 0 : low + (high - low) / 2;
    /* Exponent and fraction are the low fields of a code, and the stretch of a real bias moves the powers of
     * two out of the binade's start: so by rounding up, and the fraction cleared. */
    *count = UINT64_C(1) << (f->precision - 1);
    struct rounding up = {.mode = ROUND_RUP};
    uint32_t code = format_round(f, number_pow2(e), &up, 0).code;
    return code & ~(uint32_t)(*count - 1);
}

/* A uniform index below n, a power of two. */
static uint32_t draw(uint64_t stream, uint64_t i, uint64_t n)
{
    return rng_u32(0, stream, i) & (uint32_t)(n - 1);
}

struct product_error product_error(const struct product *p, const struct product_args *args,
                                   const struct format *fa, const struct format *fb)
{
    uint64_t na, nb;
    uint32_t a = product_error_operands(fa, &na), b = product_error_operands(fb, &nb);
    struct product_error s = {.sampled = na > PRODUCT_ERROR_PAIRS / nb};
    if (s.sampled)
        for (uint64_t i = 0; i < PRODUCT_ERROR_PAIRS; i++)
            add(&s, p, args, fa, a + draw(0, i, na), fb, b + draw(1, i, nb));
    else
        for (uint64_t i = 0; i < na; i++)
            for (uint64_t j = 0; j < nb; j++)
                add(&s, p, args, fa, a + (uint32_t)i, fb, b + (uint32_t)j);
    divide(&s);
    return s;
}

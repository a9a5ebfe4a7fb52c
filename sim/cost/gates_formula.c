#include "sim/cost/gates_formula.h"

#include <stdlib.h>
#include <string.h>

/* --- operands --- */

/* What a multiplier sees of a format. */
struct shape {
    double digits;   /* of the significand, with the hidden one; all bits of two's complement */
    double exponent; /* bits of its field, 0 where all numbers have one exponent */
    double hidden;   /* bits of the field that say whether the hidden digit is there */
    bool specials;   /* whether there are NaN or Inf */
    bool twos, sign;
};

static bool shape_of(const struct format *f, struct shape *out)
{
    *out = (struct shape){.sign = !f->is_unsigned};
    if (f->family == &family_int) {
        out->twos = f->codes != CODES_SIGNMAG;
        out->digits = f->bits - !out->twos;
        return true;
    }
    if (f->family != &family_float)
        return false;
    out->exponent = f->exponent_bits > 1 ? f->exponent_bits : 0;
    out->hidden = f->subnormals == SUBNORMALS_NONE ? 0 : out->exponent;
    /* precision counts a hidden digit, which a format without exponent field does not have. */
    out->digits = f->exponent_bits ? f->precision : f->precision - 1;
    out->specials = format_has_nan(f) || format_has_inf(f);
    return true;
}

bool gates_same_format(const struct format *a, const struct format *b)
{
    return a->family == b->family && a->bits == b->bits && a->exponent_bits == b->exponent_bits &&
           a->precision == b->precision && a->bias == b->bias && a->stretch == b->stretch &&
           a->is_unsigned == b->is_unsigned && a->specials == b->specials && a->subnormals == b->subnormals &&
           a->codes == b->codes && a->fraction_bits == b->fraction_bits && a->book == b->book;
}

bool gates_rounding_of_rows(const struct rounding *r)
{
    return r->mode == ROUND_RNE && r->overflow == OVERFLOW_SATURATE && !r->ftz && !rounding_is_peculiar(r) &&
           r->nan == NAN_TO_ZERO && r->neg_zero == NEG_ZERO_KEEP;
}

/* --- formulas --- */

static bool product(const struct format *a, const struct format *b, int lanes, double *x)
{
    struct shape p, q;
    if (lanes != 1 || !shape_of(a, &p) || !shape_of(b, &q) || p.twos != q.twos)
        return false;
    x[0] = p.digits * q.digits;
    x[1] = p.digits + q.digits;
    x[2] = p.exponent + q.exponent;
    x[3] = p.hidden + q.hidden;
    x[4] = p.twos ? x[0] : 0;
    x[5] = p.specials || q.specials;
    x[6] = 1;
    return true;
}

/* Into the operands' own format. Without a fraction field, and with one exponent, there is nothing to
 * normalise, and other units come out. */
static bool own(const struct format *a, const struct format *b, struct shape *out)
{
    return gates_same_format(a, b) && shape_of(a, out) && out->hidden > 0 && out->digits >= 2 && out->sign;
}

static bool rounded(const struct format *a, const struct format *b, int lanes, double *x)
{
    struct shape p;
    if (lanes != 1 || !own(a, b, &p))
        return false;
    x[0] = p.digits * p.digits;
    x[1] = p.digits;
    x[2] = p.exponent;
    x[3] = p.specials;
    x[4] = 1;
    return true;
}

static bool lmul(const struct format *a, const struct format *b, int lanes, double *x)
{
    struct shape p;
    if (lanes != 1 || !own(a, b, &p))
        return false;
    x[0] = p.digits;
    x[1] = p.exponent;
    x[2] = p.specials;
    x[3] = 1;
    return true;
}

/* Digits of a product in fixed point below those of its significands: how far it is shifted to stand there.
 */
static double places(const struct format *a, const struct format *b, const struct shape *p,
                     const struct shape *q)
{
    const struct number most = number_mul(format_max(a), format_max(b));
    const struct number least = number_mul(format_min_positive(a), format_min_positive(b));
    const double bits = number_exponent(most) + 1 - number_exponent(least);
    const double shift = bits - (p->digits + q->digits);
    return shift > 0 && p->exponent + q->exponent > 0 ? shift : 0;
}

static double ceil_log2(double v)
{
    double bits = 0;
    while ((double)(UINT64_C(1) << (int)bits) < v)
        bits++;
    return bits;
}

static bool register_dot(const struct format *a, const struct format *b, int lanes, double *x)
{
    struct shape p, q;
    if (lanes != 1 || !shape_of(a, &p) || !shape_of(b, &q) || p.twos != q.twos)
        return false;
    const double digits = p.digits + q.digits, shift = places(a, b, &p, &q);
    if (shift > 1000)
        return false;
    x[0] = p.digits * q.digits;
    x[1] = digits;
    x[2] = digits * ceil_log2(shift + 1);
    x[3] = shift;
    x[4] = p.twos ? x[0] : 0;
    x[5] = p.specials || q.specials;
    x[6] = p.sign || q.sign;
    x[7] = 1;
    return true;
}

static const struct gates_formula formulas[] = {
    {"product", "",
     "formula fitted to results/synth.csv: digits a * digits b, digits a + digits b, bits of exponents, bits "
     "of exponents "
     "that may be of subnormal numbers, digits a * digits b of two's complement, specials, and a constant",
     7, product},
    {"rounded", "",
     "formula fitted to results/synth.csv: digits squared, digits, bits of the exponent, specials, and a "
     "constant",
     5, rounded},
    {"lmul", "",
     "formula fitted to results/synth.csv: digits, bits of the exponent, specials, and a constant", 4, lmul},
    {"dot", "exact",
     "formula fitted to results/synth.csv: digits a * digits b, digits a + digits b, those times the stages "
     "of the shift "
     "into fixed point, its places, digits a * digits b of two's complement, specials, signs, and a constant",
     8, register_dot},
};

size_t gates_formula_count(void)
{
    return sizeof formulas / sizeof *formulas;
}

const struct gates_formula *gates_formula_at(size_t i)
{
    return &formulas[i];
}

const struct gates_formula *gates_formula_find(const char *design, const char *mac)
{
    for (size_t i = 0; i < gates_formula_count(); i++)
        if (!strcmp(formulas[i].design, design) && !strcmp(formulas[i].mac, mac))
            return &formulas[i];
    return NULL;
}

/* Multipliers without a format are products of numbers without sign and exponent. */
static bool components_of_row(const struct gates_formula *g, const struct gates_row *r, double *x)
{
    if (!strcmp(g->design, "product") && !strcmp(r->design, "multiplier")) {
        const double n = strtod(r->format, NULL);
        const double part[] = {n * n, 2 * n, 0, 0, 0, 0, 1};
        memcpy(x, part, sizeof part);
        return true;
    }
    return !strcmp(g->design, r->design) && !strcmp(g->mac, r->mac) && r->of_formats &&
           g->components(&r->a, &r->b, r->lanes, x);
}

bool gates_formula_value(const struct gates_formula *g, const struct format *a, const struct format *b,
                         int lanes, double *ge, struct linear_fit *fit)
{
    double x[GATES_ROWS_MAX * FIT_TERMS_MAX], y[GATES_ROWS_MAX], at_point[FIT_TERMS_MAX];
    int rows = 0;
    if (!g->components(a, b, lanes, at_point))
        return false;
    for (size_t i = 0; i < gates_count(); i++)
        if (components_of_row(g, gates_at(i), &x[rows * g->terms]))
            y[rows++] = gates_of_row(gates_at(i));
    if (!fit_relative(x, y, rows, g->terms, fit))
        return false;
    *ge = fit_at(fit, at_point);
    return *ge > 0;
}

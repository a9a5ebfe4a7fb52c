#include "tests/product_oracle.h"

#include <math.h>

static bool is_float(const struct format *f)
{
    return f->family == &family_float;
}

static uint32_t field(uint32_t code, int low, int bits)
{
    return code >> low & (uint32_t)((UINT64_C(1) << bits) - 1);
}

bool want_subnormal(const struct format *f, uint32_t code)
{
    int m = f->precision - 1;
    return is_float(f) && f->subnormals == SUBNORMALS_ON && field(code, m, f->exponent_bits) == 0 &&
           field(code, 0, m) != 0 && isfinite(format_value(f, code));
}

static double integer(const struct format *f, uint32_t code)
{
    uint32_t sign = UINT32_C(1) << (f->bits - 1), rest = code & (sign - 1);
    bool negative = (code & sign) != 0;
    if (f->codes == CODES_SIGNMAG)
        return negative ? -(double)rest : (double)rest;
    return (double)rest - (negative ? (double)sign : 0);
}

double want_value(const struct format *f, uint32_t code)
{
    if (!is_float(f))
        return ldexp(integer(f, code), -f->fraction_bits);
    double special = format_value(f, code);
    if (!isfinite(special))
        return special;
    int m = f->precision - 1;
    uint32_t e = field(code, m, f->exponent_bits), t = field(code, 0, m);
    bool negative = !f->is_unsigned && field(code, m + f->exponent_bits, 1);
    double one = e == 0 && f->subnormals == SUBNORMALS_ON ? 0 : 1;
    double x = ldexp(one + ldexp(t, -m), (one > 0 ? (int)e : 1) - f->bias);
    return negative ? -x : x;
}

int want_exponent(const struct format *f, uint32_t code)
{
    if (want_subnormal(f, code))
        return 1 - f->bias;
    return ilogb(want_value(f, code));
}

/* Binary64 has every operand as a normal number with its fraction at the front, so the addition of fields in
 * operands of any formats is the addition of their binary64 patterns. */
static double add_patterns(double x, double y, uint64_t offset)
{
    return f64_from_bits(bits_from_f64(x) + bits_from_f64(y) - (UINT64_C(1023) << 52) + offset);
}

double want_logarithmic(enum want_product kind, double x, double y, int l)
{
    double exact = x * y;
    if (isnan(exact) || isinf(exact) || exact == 0)
        return exact;
    double z;
    if (kind == WANT_LMUL_REAL) {
        int ex, ey;
        double mx = 2 * frexp(fabs(x), &ex) - 1, my = 2 * frexp(fabs(y), &ey) - 1;
        z = ldexp(1 + mx + my + ldexp(1, -l), ex - 1 + ey - 1);
    } else {
        z = add_patterns(fabs(x), fabs(y), kind == WANT_LMUL_BITS ? UINT64_C(1) << (52 - l) : 0);
    }
    return copysign(z, exact);
}

double want_fpga(const struct format *f, uint32_t a, uint32_t b, int l)
{
    int m = f->precision - 1, width = m + f->exponent_bits;
    bool negative = !f->is_unsigned && field(a, width, 1) != field(b, width, 1);
    double z = 0, one = ldexp(1, m);
    if (field(a, 0, width) && field(b, 0, width)) {
        int e = (int)field(a, m, f->exponent_bits) + (int)field(b, m, f->exponent_bits) - 2 * f->bias;
        double pm = (double)field(a, 0, m) + (double)field(b, 0, m) + ldexp(1, m - l);
        if (pm < one)
            z = ldexp(1 + pm / one, e);
        else if (pm < 2 * one)
            z = ldexp(pm / one, e + 1);
        else
            z = ldexp(1.5 + floor((pm - 2 * one) / 2) / one, e + 1);
    }
    return negative ? -z : z;
}

/* Digits of a magnitude or of a two's complement code, the unit of the last one, the weight of digit i. */
struct digits {
    uint32_t bits;
    int n, unit;
    bool twos;
};

static struct digits digits(const struct format *f, uint32_t code)
{
    if (!is_float(f) && f->codes != CODES_SIGNMAG)
        return (struct digits){code, f->bits, -f->fraction_bits, true};
    double x = fabs(want_value(f, code));
    int unit = is_float(f) ? want_exponent(f, code) - f->precision + 1 : -f->fraction_bits;
    return (struct digits){(uint32_t)ldexp(x, -unit), is_float(f) ? f->precision : f->bits - 1, unit, false};
}

double want_truncated(const struct format *fa, uint32_t a, const struct format *fb, uint32_t b, int dropped)
{
    double exact = want_value(fa, a) * want_value(fb, b), sum = 0;
    if (isnan(exact) || isinf(exact) || exact == 0)
        return exact;
    struct digits x = digits(fa, a), y = digits(fb, b);
    for (int i = 0; i < x.n; i++)
        for (int j = 0; j < y.n; j++) {
            bool negative = (x.twos && i == x.n - 1) != (y.twos && j == y.n - 1);
            if (i + j >= dropped && x.bits >> i & y.bits >> j & 1)
                sum += ldexp(negative ? -1 : 1, i + j + x.unit + y.unit);
        }
    return !x.twos && exact < 0 ? -sum : sum;
}

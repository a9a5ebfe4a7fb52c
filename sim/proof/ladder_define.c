/* What a code of the tapered families and of lists of values stands for. */
#include "sim/proof/ladder_oracle.h"

#include <math.h>
#include <stdlib.h>

#include "formats/codebook.h"
#include "formats/takum.h"
#include "sim/proof/made_up.h"

/* Bits of a code from the first on; beyond the last they are 0. */
struct bit_string {
    uint64_t code;
    int left;
};

static int next_bit(struct bit_string *s)
{
    s->left--;
    return s->left < 0 ? 0 : (int)(s->code >> s->left & 1);
}

static int next_field(struct bit_string *s, int bits)
{
    int v = 0;
    for (int i = 0; i < bits; i++)
        v = 2 * v + next_bit(s);
    return v;
}

/* The rest as a fraction 0.bbb; binary64 holds up to 33 bits. */
static double rest(struct bit_string *s)
{
    double v = 0, weight = 0.5;
    for (; s->left > 0; weight /= 2)
        v += next_bit(s) * weight;
    return v;
}

static void define_posit(mpfr_ptr out, uint64_t code, int bits, int es)
{
    bool negative = code >> (bits - 1) & 1;
    struct bit_string s = {negative ? (UINT64_C(1) << bits) - code : code, bits - 1};
    int first = next_bit(&s), run = 1;
    while (s.left > 0 && next_bit(&s) == first)
        run++;
    int scale = (first ? run - 1 : -run) * (1 << es);
    scale += next_field(&s, es);
    mpfr_set_d(out, 1 + rest(&s), MPFR_RNDN);
    mpfr_mul_2si(out, out, scale, MPFR_RNDN);
    if (negative)
        mpfr_neg(out, out, MPFR_RNDN);
}

static void define_takum(mpfr_ptr out, uint64_t code, int bits, bool logarithmic)
{
    struct bit_string t = {code, bits};
    int s = next_bit(&t), d = next_bit(&t), regime = next_field(&t, 3), r = d ? regime : 7 - regime;
    int c = next_field(&t, r) + (d ? (1 << r) - 1 : -(1 << (r + 1)) + 1);
    double m = rest(&t);
    if (logarithmic) {
        mpfr_set_d(out, (s ? -1 : 1) * (c + m) / 2, MPFR_RNDN);
        mpfr_exp(out, out, MPFR_RNDN);
        if (s)
            mpfr_neg(out, out, MPFR_RNDN);
    } else {
        mpfr_set_d(out, 1 - 3 * s + m, MPFR_RNDN);
        mpfr_mul_2si(out, out, (s ? -1 : 1) * (c + s), MPFR_RNDN);
    }
}

int64_t ladder_lns_log(const struct format *f, uint32_t code)
{
    int64_t all = INT64_C(1) << (f->exponent_bits + f->fraction_bits), k = code & (all - 1);
    return k < all / 2 ? k : k - all;
}

static void define_lns(mpfr_ptr out, const struct format *f, uint64_t code)
{
    bool negative = code >> (f->bits - 1) & 1;
    int64_t k = ladder_lns_log(f, (uint32_t)code);
    if (k == -(INT64_C(1) << (f->bits - 2))) {
        if (negative)
            mpfr_set_nan(out);
        else
            mpfr_set_zero(out, 1);
        return;
    }
    mpfr_set_si_2exp(out, k, -f->fraction_bits, MPFR_RNDN);
    mpfr_exp2(out, out, MPFR_RNDN);
    if (negative)
        mpfr_neg(out, out, MPFR_RNDN);
}

/* The rows of the published table: prefix, its bits, exponent bits with sign, hidden exponent bit, fraction
 * bits. */
static void define_hif8(mpfr_ptr out, uint64_t code)
{
    static const struct {
        int prefix, prefix_bits, exponent_bits, hidden;
    } rows[] = {{1, 4, 0, 0}, {1, 3, 1, 1}, {1, 2, 2, 2}, {2, 2, 3, 4}, {3, 2, 4, 8}};
    struct bit_string all = {code, 8};
    int sign = next_bit(&all) ? -1 : 1;
    int payload = (int)(code & 127);
    if (payload == 0 && sign < 0)
        mpfr_set_nan(out);
    else if (payload == 111)
        mpfr_set_inf(out, sign);
    else if (payload < 8)
        mpfr_set_d(out, payload ? sign * exp2(payload - 23) : 0.0, MPFR_RNDN);
    else
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct bit_string s = all;
            if (next_field(&s, rows[i].prefix_bits) != rows[i].prefix)
                continue;
            int down = rows[i].exponent_bits ? next_bit(&s) : 0;
            int e = rows[i].hidden + (rows[i].exponent_bits ? next_field(&s, rows[i].exponent_bits - 1) : 0);
            mpfr_set_d(out, sign * (1 + rest(&s)) * exp2(down ? -e : e), MPFR_RNDN);
            return;
        }
}

static void define_codebook(mpfr_ptr out, const struct format *f, uint64_t code)
{
    const struct codebook *b = f->book;
    mpfr_set_flt(out, b->unused, MPFR_RNDN);
    for (int rank = 0; rank < b->n; rank++)
        if (code == (b->codes ? b->codes[rank] : (uint64_t)rank))
            mpfr_set_flt(out, b->values[rank], MPFR_RNDN);
}

static void define_made_up(mpfr_ptr out, const struct format *f, uint64_t code)
{
    const struct made_up *m = made_up_of(f);
    mpfr_set_nan(out);
    for (int i = 0; i < m->n; i++)
        if (m->code[i] == code)
            mpfr_set_d(out, m->value[i], MPFR_RNDN);
    if (m->has_inf && (code & 0x7f) == MADE_UP_INF)
        mpfr_set_inf(out, code & 0x80 ? -1 : 1);
}

void ladder_define(mpfr_ptr out, const struct format *f, uint64_t code, int bits)
{
    bool not_real = code == UINT64_C(1) << (bits - 1);
    if (f->family == &family_lns)
        define_lns(out, f, code);
    else if (f->family == &family_hif8)
        define_hif8(out, code);
    else if (f->family == &family_codebook)
        define_codebook(out, f, code);
    else if (is_made_up(f))
        define_made_up(out, f, code);
    else if (not_real)
        mpfr_set_nan(out);
    else if (code == 0)
        mpfr_set_zero(out, 1);
    else if (f->family == &family_posit)
        define_posit(out, code, bits, f->exponent_bits);
    else if (f->family == &family_takum)
        define_takum(out, code, bits, f->kind == TAKUM_LOG);
    else
        abort();
}

double ladder_define_value(const struct format *f, uint32_t code)
{
    mpfr_t v;
    mpfr_init2(v, 300);
    ladder_define(v, f, code, f->bits);
    double d = mpfr_get_d(v, MPFR_RNDN);
    mpfr_clear(v);
    return d;
}

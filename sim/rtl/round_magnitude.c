/* The magnitude that a number is rounded to. A float's significand is shifted to the left as far as zeros
 * lead it and as exponents last, by powers of two from the largest; what is left of the exponent then is the
 * exponent field, less one, and the bits behind the significand decide the rounding. Numbers with one
 * exponent (integers, floats without exponent bits) are shifted into place. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/rtl/pack.h"
#include "sim/rtl/round_parts.h"

bool rtl_round_is_fixed(const struct format *f)
{
    return f->family == &family_int || !f->exponent_bits;
}

static int fraction_bits(const struct format *f)
{
    return f->precision - 1;
}

/* The exponent of a fixed-point format's last bit; of a float's in its lowest binade. */
static int64_t lowest_q(const struct format *f)
{
    if (f->family == &family_int)
        return -f->fraction_bits;
    return (f->subnormals == SUBNORMALS_NONE ? 0 : 1) - (int64_t)f->bias - fraction_bits(f);
}

/* Bits of a number of 0..most; at least one. */
static int bits_of(int64_t most)
{
    return most ? rtl_bits((uint64_t)most) : 1;
}

static const char *sign_of(const struct rtl_rounder *r)
{
    return r->in.sign ? "sign" : "1'b0";
}

/* A wire for the bits hi..lo of v or-ed, or zero if there are none. */
static void or_wire(struct strbuf *out, const char *name, const char *v, int hi, int lo)
{
    char bits[VERILOG_TEXT];
    if (hi < lo)
        verilog_wire(out, name, 1, "1'b0");
    else
        verilog_wire(out, name, 1, hi == lo ? "%s" : "|%s", verilog_bits(v, hi, lo, bits));
}

/* NAME = exp - from; below that 0, or anything if not `clamped`. */
static void distance(const struct rtl_number *in, int64_t from, bool clamped, int bits, const char *name,
                     struct strbuf *out)
{
    if (!in->exp_bits)
        verilog_wire(out, name, bits, "%d'd%lld", bits, (long long)(from < 0 ? -from : 0));
    else if (clamped && from > in->exp_min)
        verilog_wire(out, name, bits, "exp > %lld ? exp - %lld : 0", (long long)from, (long long)from);
    else if (from)
        verilog_wire(out, name, bits, "exp %c %lld", from < 0 ? '+' : '-', llabs(from));
    else
        verilog_wire(out, name, bits, "exp");
}

/* sig with zeros before and behind it. */
static void padded(const struct rtl_number *in, int before, int behind, const char *name, struct strbuf *out)
{
    const int n = before + in->sig_bits + behind;
    if (before && behind)
        verilog_wire(out, name, n, "{%d'd0, sig, %d'd0}", before, behind);
    else if (before)
        verilog_wire(out, name, n, "{%d'd0, sig}", before);
    else if (behind)
        verilog_wire(out, name, n, "{sig, %d'd0}", behind);
    else
        verilog_wire(out, name, n, "sig");
}

/* --- numbers with one exponent --- */

/* Ends with the wire `mag`: the integer that a magnitude is rounded to, however large; at least as wide as a
 * code. */
static void fixed_magnitude(const struct rtl_rounder *r, struct strbuf *out)
{
    const struct rtl_number *in = &r->in;
    const int64_t last = lowest_q(&r->into), cut = last - in->exp_min - in->q;
    /* Bits below the last one; where these are more than sig has, all that counts is that it is not zero. */
    const int below = cut <= 0 ? 0 : cut > in->sig_bits + 1 ? in->sig_bits + 1 : (int)cut;
    const int64_t from = cut > 0 ? last - below - in->q : in->exp_min;
    const int behind = cut < 0 ? (int)-cut : 0;
    const int64_t far = in->exp_max > from ? in->exp_max - from : 0;
    int above = (int)far + in->sig_bits + behind - below;
    if (above < r->into.bits)
        above = r->into.bits;
    if (above < 2)
        above = 2; /* a vector */
    const int n = above + below;
    char bits[VERILOG_TEXT], up[RTL_UP_TEXT];
    padded(in, n - behind - in->sig_bits, behind, "placed", out);
    if (far) {
        distance(in, from, true, bits_of(far), "d", out);
        verilog_wire(out, "v", n, "placed << d");
    } else {
        verilog_wire(out, "v", n, "placed");
    }
    if (!below) {
        verilog_wire(out, "mag", above, "v");
        return;
    }
    verilog_wire(out, "guard", 1, "%s", verilog_bits("v", below - 1, below - 1, bits));
    or_wire(out, "sticky", "v", below - 2, 0);
    rtl_goes_up(r->rounding.mode, sign_of(r), "guard", "sticky", verilog_bits("v", below, below, bits), up);
    verilog_wire(out, "up", 1, "%s", up);
    if (r->flush && r->into.family == &family_float)
        verilog_wire(out, "mag", above + 1, "%s + (up & |%s)", verilog_bits("v", n - 1, below, bits), bits);
    else
        verilog_wire(out, "mag", above + 1, "%s + up", verilog_bits("v", n - 1, below, bits));
}

/* --- floats --- */

struct place {
    int before, behind, n; /* zeros beside sig, and all bits together, whose first has the weight of the least
                              normal number where exp is `from` */
    int64_t from;
    int d_bits, shift_max;
    bool drops; /* nothing is shifted: a number below the least normal one is zero, or the least code */
};

static void find_place(const struct rtl_rounder *r, struct place *p)
{
    const struct rtl_number *in = &r->in;
    const int m = fraction_bits(&r->into);
    const bool off = r->into.subnormals == SUBNORMALS_OFF;
    const int64_t need = lowest_q(&r->into) + m - in->q - in->sig_bits + 1 - in->exp_min;
    const bool normalised = in->normalised || in->sig_bits == 1;
    p->drops = normalised && (r->flush || r->into.subnormals == SUBNORMALS_NONE);
    /* Behind m + 2 zeros every bit of sig is behind the first that is cut off. */
    p->before = need <= 0 || p->drops ? 0 : need > m + 2 ? m + 2 : (int)need;
    const int least = off ? m + 3 : m ? m + 1 : 2, have = p->before + in->sig_bits;
    p->behind = have < least ? least - have : 0;
    p->n = have + p->behind;
    p->from = in->exp_min + need - p->before;
    const int64_t far = in->exp_max > p->from ? in->exp_max - p->from : 0;
    p->d_bits = bits_of(far);
    p->shift_max = normalised ? p->before : have - 1;
    if (p->shift_max > far)
        p->shift_max = (int)far;
}

/* Ends with the wires v and d: sig shifted to the left by the least of its leading zeros and d, and d less
 * that. */
static void normalise(const struct rtl_rounder *r, const struct place *p, struct strbuf *out)
{
    int stages = p->shift_max ? bits_of(p->shift_max) : 0;
    char v[VERILOG_TEXT], d[VERILOG_TEXT], next[VERILOG_TEXT], zeros[VERILOG_TEXT], enough[VERILOG_TEXT];
    snprintf(v, sizeof v, stages ? "v%d" : "v", 1 << stages);
    snprintf(d, sizeof d, stages ? "d%d" : "d", 1 << stages);
    padded(&r->in, p->before, p->behind, v, out);
    distance(&r->in, p->from, !p->drops, p->d_bits, d, out);
    for (int k = stages - 1; k >= 0; k--) {
        const int by = 1 << k, top = p->n - 1;
        char s[VERILOG_TEXT];
        snprintf(s, sizeof s, "s%d", by);
        verilog_bits(v, top, top - by + 1 > 0 ? top - by + 1 : 0, zeros);
        verilog_bits(d, p->d_bits - 1, k, enough);
        verilog_wire(out, s, 1, p->d_bits > 1 ? "~(|%s) & (|%s)" : "~(|%s) & %s", zeros,
                     p->d_bits > 1 ? enough : d);
        snprintf(next, sizeof next, k ? "v%d" : "v", by);
        verilog_wire(out, next, p->n, "%s ? %s << %d : %s", s, v, by, v);
        snprintf(v, sizeof v, "%s", next);
        snprintf(next, sizeof next, k ? "d%d" : "d", by);
        if (k)
            verilog_wire(out, next, p->d_bits, "%s - {%s, %d'd0}", d, s, k);
        else
            verilog_wire(out, next, p->d_bits, "%s - %s", d, s);
        snprintf(d, sizeof d, "%s", next);
    }
}

/* What a float's magnitude is made of. */
struct parts {
    struct place p;
    int m;
    bool off, none; /* subnormals */
    bool direct;    /* without a shift the exponent field is exp less a constant */
    bool masks;     /* what is no normal number has no fraction */
    bool rounds;    /* there is something to round */
    char fraction[2 * VERILOG_TEXT];
    const char *first; /* added to the exponent field */
};

/* The wires v, d, normal and field. */
static void fields(const struct rtl_rounder *r, struct parts *z, struct strbuf *out)
{
    struct place *p = &z->p;
    char bits[VERILOG_TEXT];
    const bool late = p->from > r->in.exp_min && p->before == 0;
    if (z->direct) {
        p->d_bits = bits_of(r->in.exp_max > p->from ? r->in.exp_max - p->from + 1 : 1);
        padded(&r->in, 0, p->behind, "v", out);
        distance(&r->in, p->from - 1, false, p->d_bits, "d", out);
    } else {
        normalise(r, p, out);
    }
    verilog_bits("v", p->n - 1, p->n - 1, bits);
    if (late && !r->in.exp_bits)
        verilog_wire(out, "normal", 1, "1'b0");
    else if (late) /* too small for the first bit to be a normal number's */
        verilog_wire(out, "normal", 1, "%s & (exp >= %lld)", bits, (long long)p->from);
    else
        verilog_wire(out, "normal", 1, "%s", bits);
    verilog_wire(out, "field", p->d_bits, "d & {%d{normal}}", p->d_bits);
    if (z->m)
        snprintf(z->fraction, sizeof z->fraction, z->masks ? "%s & {%d{normal}}" : "%s",
                 verilog_bits("v", p->n - 2, p->n - 1 - z->m, bits), z->m);
}

/* The wire up, where there is something to round. */
static void rounding(const struct rtl_rounder *r, const struct parts *z, struct strbuf *out)
{
    const int cut = z->p.n - z->m - 2; /* the first bit that is cut off */
    char bits[VERILOG_TEXT], odd[VERILOG_TEXT], up[RTL_UP_TEXT];
    verilog_wire(out, "guard", 1, "%s", verilog_bits("v", cut, cut, bits));
    or_wire(out, "sticky", "v", cut - 1, 0);
    if (z->m)
        verilog_bits("v", cut + 1, cut + 1, odd);
    else
        snprintf(odd, sizeof odd, "(field%s%s)", z->p.d_bits > 1 ? "[0]" : "",
                 z->none || z->direct ? "" : " ^ normal");
    rtl_goes_up(r->rounding.mode, sign_of(r), "guard", "sticky", odd, up);
    verilog_wire(out, "up", 1, z->masks ? "normal & (%s)" : "%s", up);
}

/* The wire least: a number between zero and the least normal one, where there is nothing between, goes up. */
static void least_normal(const struct rtl_rounder *r, const struct parts *z, struct strbuf *out)
{
    const int top = z->p.n - 1;
    char bits[VERILOG_TEXT], up[RTL_UP_TEXT];
    verilog_wire(out, "half", 1, "%s", verilog_bits("v", top - 1, top - 1, bits));
    or_wire(out, "rest", "v", top - 2, 0);
    rtl_goes_up(r->rounding.mode, sign_of(r), "half", "rest", "1'b0", up);
    verilog_wire(out, "least", 1, "normal | (%s)", up);
}

static void float_magnitude(const struct rtl_rounder *r, struct strbuf *out)
{
    const struct format *f = &r->into;
    struct parts z = {.m = fraction_bits(f),
                      .off = f->subnormals == SUBNORMALS_OFF && !r->flush,
                      .none = f->subnormals == SUBNORMALS_NONE};
    find_place(r, &z.p);
    z.direct = z.p.drops && !z.none;
    z.masks = f->subnormals != SUBNORMALS_ON || r->flush;
    z.rounds = z.p.n - z.m - 2 >= 0 && r->rounding.mode != ROUND_RTZ;
    z.first = z.none || z.direct ? "1'b0" : z.off ? "least" : "normal";
    fields(r, &z, out);
    if (z.rounds)
        rounding(r, &z, out);
    if (z.off)
        least_normal(r, &z, out);
    const char *up = z.rounds ? "up" : "1'b0";
    const int made = z.p.d_bits + z.m + 1, width = made < f->bits ? f->bits : made;
    if (z.direct && !z.rounds)
        verilog_wire(out, "mag", width, "%s%s%s", z.m ? "{field, " : "field", z.fraction, z.m ? "}" : "");
    else if (z.m > 1)
        verilog_wire(out, "mag", width, "{field, %s} + {%s, %d'd0, %s}", z.fraction, z.first, z.m - 1, up);
    else if (z.m)
        verilog_wire(out, "mag", width, "{field, %s} + {%s, %s}", z.fraction, z.first, up);
    else
        verilog_wire(out, "mag", width, "field + %s + %s", z.first, up);
}

void rtl_magnitude_emit(const struct rtl_rounder *r, struct strbuf *out)
{
    if (rtl_round_is_fixed(&r->into))
        fixed_magnitude(r, out);
    else
        float_magnitude(r, out);
}

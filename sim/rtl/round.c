/* How a module rounds. A float's significand is shifted to the left as far as zeros lead it and as exponents
 * last, by powers of two from the largest; what is left of the exponent then is the exponent field, less one,
 * and the bits behind the significand decide the rounding. Numbers with one exponent (integers, floats
 * without exponent bits) are shifted into place. Codes of NaN, infinities and overflow are asked from
 * format_round, whose policies they follow. */
#include "sim/rtl/round.h"

#include <stdio.h>
#include <stdlib.h>

const char *rtl_round_refuse(const struct format *f, const struct rounding *r)
{
    if (f->family != &family_float && f->family != &family_int)
        return "units round into floats and integers";
    if (f->stretch > 0)
        return "a real-valued bias or a stretch is a constant factor outside of a unit: it rounds into none";
    if (r->mode == ROUND_SR)
        return "units have no random numbers: any rounding but sr";
    if (r->half_f32 || r->carry)
        return "units round as formats do: no half=f32, no carry=or|clamp";
    return NULL;
}

/* --- the format as constants --- */

enum { PLUS, MINUS, SIGNS };

struct codes {
    uint32_t nan, inf[SIGNS], over[SIGNS], zero[SIGNS];
    uint32_t max[SIGNS]; /* magnitudes */
    uint32_t below;      /* a negative number that an unsigned format cannot hold */
    int bits;            /* of a magnitude */
    bool has_sign;
};

static uint32_t door(const struct rtl_rounder *r, struct number x, bool negative)
{
    x.negative = negative;
    return format_round(&r->into, x, &r->rounding, 0).code;
}

static void ask(const struct rtl_rounder *r, struct codes *c)
{
    const struct format *f = &r->into;
    const struct number nan = {.class = NUMBER_NAN}, inf = {.class = NUMBER_INF},
                        zero = {.class = NUMBER_ZERO}, huge = number_pow2(1 << 28);
    const bool is_int = f->family == &family_int;
    *c = (struct codes){.nan = door(r, nan, false), .has_sign = is_int || !f->is_unsigned};
    for (int s = 0; s < SIGNS; s++) {
        c->inf[s] = door(r, inf, s);
        c->over[s] = door(r, huge, s);
        c->zero[s] = door(r, zero, s);
    }
    c->bits = f->bits - c->has_sign;
    c->below = door(r, format_max(f), true);
    c->max[PLUS] = c->max[MINUS] = door(r, format_max(f), false);
    if (is_int && f->codes == CODES_TWOS)
        c->max[MINUS]++;
}

static bool is_fixed(const struct format *f)
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

static int bits_of(int64_t value)
{
    int n = 1;
    while (value >> n)
        n++;
    return n;
}

/* --- text --- */

/* What goes up: from the first bit that is cut off, the others or-ed, and the last that is kept. */
static void up_text(const struct rtl_rounder *r, const char *guard, const char *sticky, const char *odd,
                    char out[static 4 * VERILOG_TEXT])
{
    const size_t size = 4 * VERILOG_TEXT;
    const char *sign = r->in.sign ? "sign" : "1'b0";
    switch (r->rounding.mode) {
    case ROUND_RNE:
        snprintf(out, size, "%s & (%s | %s)", guard, sticky, odd);
        break;
    case ROUND_RNA:
        snprintf(out, size, "%s", guard);
        break;
    case ROUND_RNZ:
        snprintf(out, size, "%s & %s", guard, sticky);
        break;
    case ROUND_RNO:
        snprintf(out, size, "%s & (%s | ~%s)", guard, sticky, odd);
        break;
    case ROUND_RUP:
        snprintf(out, size, "~%s & (%s | %s)", sign, guard, sticky);
        break;
    case ROUND_RDN:
        snprintf(out, size, "%s & (%s | %s)", sign, guard, sticky);
        break;
    case ROUND_RAZ:
        snprintf(out, size, "%s | %s", guard, sticky);
        break;
    case ROUND_ODD:
        snprintf(out, size, "~%s & (%s | %s)", odd, guard, sticky);
        break;
    default:
        snprintf(out, size, "1'b0");
    }
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
    char bits[VERILOG_TEXT], up[4 * VERILOG_TEXT];
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
    up_text(r, "guard", "sticky", verilog_bits("v", below, below, bits), up);
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

/* Ends with the wire `mag`: the code's magnitude, however large; at least as wide as a code. */
static void float_magnitude(const struct rtl_rounder *r, struct strbuf *out)
{
    const int m = fraction_bits(&r->into);
    const bool off = r->into.subnormals == SUBNORMALS_OFF, none = r->into.subnormals == SUBNORMALS_NONE;
    struct place p;
    find_place(r, &p);
    const int top = p.n - 1, cut = p.n - m - 2; /* the first bit that is cut off; below 0: none */
    const bool rounds = cut >= 0 && r->rounding.mode != ROUND_RTZ;
    char bits[VERILOG_TEXT], odd[VERILOG_TEXT], up[4 * VERILOG_TEXT], fraction[2 * VERILOG_TEXT] = "",
                                                                                   first[VERILOG_TEXT];
    const bool late = p.from > r->in.exp_min && p.before == 0;
    const bool direct = p.drops && !none; /* without a shift the exponent field is exp less a constant */
    if (direct) {
        p.d_bits = bits_of(r->in.exp_max > p.from ? r->in.exp_max - p.from + 1 : 1);
        padded(&r->in, 0, p.behind, "v", out);
        distance(&r->in, p.from - 1, false, p.d_bits, "d", out);
    } else {
        normalise(r, &p, out);
    }
    if (late && !r->in.exp_bits)
        verilog_wire(out, "normal", 1, "1'b0");
    else if (late) /* too small for the first bit to be a normal number's */
        verilog_wire(out, "normal", 1, "%s & exp >= %lld", verilog_bits("v", top, top, bits),
                     (long long)p.from);
    else
        verilog_wire(out, "normal", 1, "%s", verilog_bits("v", top, top, bits));
    verilog_wire(out, "field", p.d_bits, "d & {%d{normal}}", p.d_bits);
    const bool masks = off || none || r->flush;
    if (m)
        snprintf(fraction, sizeof fraction, masks ? "%s & {%d{normal}}" : "%s",
                 verilog_bits("v", top - 1, top - m, bits), m);
    if (rounds) {
        verilog_wire(out, "guard", 1, "%s", verilog_bits("v", cut, cut, bits));
        or_wire(out, "sticky", "v", cut - 1, 0);
        if (m)
            verilog_bits("v", cut + 1, cut + 1, odd);
        else
            snprintf(odd, sizeof odd, "(field%s%s)", p.d_bits > 1 ? "[0]" : "",
                     none || direct ? "" : " ^ normal");
        up_text(r, "guard", "sticky", odd, up);
        verilog_wire(out, "up", 1, masks ? "normal & (%s)" : "%s", up);
    }
    snprintf(first, sizeof first, "%s", none || direct ? "1'b0" : "normal");
    if (off && !r->flush) { /* between zero and the least normal number */
        verilog_wire(out, "half", 1, "%s", verilog_bits("v", top - 1, top - 1, bits));
        or_wire(out, "rest", "v", top - 2, 0);
        up_text(r, "half", "rest", "1'b0", up);
        verilog_wire(out, "least", 1, "normal | (%s)", up);
        snprintf(first, sizeof first, "least");
    }
    int width = p.d_bits + m + 1;
    if (width < r->into.bits)
        width = r->into.bits;
    const char *step = rounds ? "up" : "1'b0";
    if (direct && !rounds)
        verilog_wire(out, "mag", width, "%s%s%s", m ? "{field, " : "field", fraction, m ? "}" : "");
    else if (m > 1)
        verilog_wire(out, "mag", width, "{field, %s} + {%s, %d'd0, %s}", fraction, first, m - 1, step);
    else if (m)
        verilog_wire(out, "mag", width, "{field, %s} + {%s, %s}", fraction, first, step);
    else
        verilog_wire(out, "mag", width, "field + %s + %s", first, step);
}

/* --- the code --- */

/* A code that depends on the sign. */
static void signed_code(const struct rtl_rounder *r, const struct codes *c, const uint32_t code[SIGNS],
                        char out[static VERILOG_TEXT])
{
    const int n = r->into.bits;
    const uint32_t sign_bit = UINT32_C(1) << (n - 1);
    if (!r->in.sign || code[PLUS] == code[MINUS])
        snprintf(out, VERILOG_TEXT, "%d'h%x", n, (unsigned)code[PLUS]);
    else if (c->has_sign && n > 1 && code[MINUS] == (code[PLUS] | sign_bit))
        snprintf(out, VERILOG_TEXT, "{sign, %d'h%x}", n - 1, (unsigned)code[PLUS]);
    else
        snprintf(out, VERILOG_TEXT, "sign ? %d'h%x : %d'h%x", n, (unsigned)code[MINUS], n,
                 (unsigned)code[PLUS]);
}

/* Whether a number is zero before it is rounded. */
static void zero_wire(const struct rtl_rounder *r, bool fixed, struct strbuf *out)
{
    if (r->flush && !fixed)
        verilog_wire(out, "zero", 1, "~normal");
    else if (r->flush && r->into.family == &family_float)
        verilog_wire(out, "zero", 1, "~(|mag)");
    else
        verilog_wire(out, "zero", 1, "~(|sig)");
}

static void sign_wire(const struct rtl_rounder *r, bool fixed, const char *mag, struct strbuf *out)
{
    const struct format *f = &r->into;
    const char *sign = r->in.sign ? "sign" : "1'b0";
    if (f->family == &family_float && f->subnormals == SUBNORMALS_NONE) {
        verilog_wire(out, "minus", 1, "%s", sign);
        return;
    }
    if (!format_has_neg_zero(f) || r->rounding.neg_zero == NEG_ZERO_DROP) {
        verilog_wire(out, "minus", 1, "%s & (|%s)", sign, mag);
        return;
    }
    if (r->rounding.neg_zero != NEG_ZERO_KEEP)
        zero_wire(r, fixed, out);
    if (r->rounding.neg_zero == NEG_ZERO_MADE)
        verilog_wire(out, "minus", 1, "%s | zero", sign);
    else if (r->rounding.neg_zero == NEG_ZERO_ROUNDED)
        verilog_wire(out, "minus", 1, "%s & ~zero", sign);
    else
        verilog_wire(out, "minus", 1, "%s", sign);
}

static bool is_p3109(const struct format *f)
{
    return f->specials == SPECIALS_P3109_FINITE || f->specials == SPECIALS_P3109_EXTENDED;
}

/* The wire `code` of a number within the range. */
static void in_range(const struct rtl_rounder *r, const struct codes *c, bool fixed, struct strbuf *out)
{
    const struct format *f = &r->into;
    char bits[VERILOG_TEXT], field[VERILOG_TEXT];
    const char *mag = verilog_bits("mag", c->bits - 1, 0, bits);
    const int m = fraction_bits(f);
    if (f->family == &family_float && r->rounding.ftz && !fixed && m && f->subnormals != SUBNORMALS_NONE) {
        verilog_bits("mag", c->bits - 1, m, field);
        verilog_wire(out, "kept", c->bits, "%s & {%d{|%s}}", mag, c->bits, field);
        mag = "kept";
    }
    if (f->family == &family_int && f->codes != CODES_SIGNMAG) {
        mag = verilog_bits("mag", f->bits - 1, 0, bits);
        verilog_wire(out, "code", f->bits, r->in.sign ? "sign ? -%s : %s" : "%s", mag, mag);
        return;
    }
    if (!c->has_sign) {
        if (r->in.sign && is_p3109(f)) /* what is still below zero after rounding */
            verilog_wire(out, "code", f->bits, "sign ? (|mag) ? %d'h%x : 0 : %s", f->bits, (unsigned)c->below,
                         mag);
        else if (r->in.sign)
            verilog_wire(out, "code", f->bits, "sign & %s ? %d'h%x : %s",
                         r->flush && !fixed ? "normal" : "(|sig)", f->bits, (unsigned)c->below, mag);
        else
            verilog_wire(out, "code", f->bits, "%s", mag);
        return;
    }
    sign_wire(r, fixed, mag, out);
    verilog_wire(out, "code", f->bits, "{minus, %s}", mag);
}

void rtl_round_ports(const struct rtl_number *in, struct rtl_ports *out)
{
    if (in->nan)
        rtl_port_add(out, "nan", 1, false);
    if (in->inf)
        rtl_port_add(out, "inf", 1, false);
    if (in->sign)
        rtl_port_add(out, "sign", 1, false);
    if (in->exp_bits)
        rtl_port_add(out, "exp", in->exp_bits, false);
    rtl_port_add(out, "sig", in->sig_bits, false);
}

void rtl_pair_emit(const char *top, const struct rtl_ports *outputs, const struct rtl_number *in,
                   struct strbuf *out)
{
    struct rtl_ports inputs = {.n = 0};
    rtl_round_ports(in, &inputs);
    verilog_ports_wires(out, outputs);
    strbuf_printf(out, "    %s__product product (.a(a), .b(b), ", top);
    verilog_ports_connect(out, outputs);
    strbuf_printf(out, ");\n    %s__round round (", top);
    verilog_ports_connect(out, &inputs);
    strbuf_add(out, ", .y(y));\n");
}

void rtl_round_emit(const struct rtl_rounder *r, const char *top, struct strbuf *out)
{
    const struct format *f = &r->into;
    const bool fixed = is_fixed(f);
    struct rtl_ports ports = {.n = 0};
    struct codes c;
    char text[VERILOG_TEXT];
    ask(r, &c);
    rtl_round_ports(&r->in, &ports);
    rtl_port_add(&ports, "y", f->bits, true);
    strbuf_printf(out, "// Rounds %ssig * 2^(%s%c %lld) into %s: round=%s, overflow=%s.\n",
                  r->in.sign ? "(-1)^sign * " : "", r->in.exp_bits ? "exp " : "", r->in.q < 0 ? '-' : '+',
                  llabs((long long)r->in.q), f->name, round_mode_names[r->rounding.mode],
                  overflow_mode_names[r->rounding.overflow]);
    verilog_module(out, top, &ports);
    if (fixed)
        fixed_magnitude(r, out);
    else
        float_magnitude(r, out);
    if (c.max[PLUS] == c.max[MINUS] || !r->in.sign)
        verilog_wire(out, "over", 1, "mag > %u", (unsigned)c.max[PLUS]);
    else
        verilog_wire(out, "over", 1, "mag > %u + sign", (unsigned)c.max[PLUS]);
    in_range(r, &c, fixed, out);
    strbuf_add(out, "    assign y =");
    if (r->in.nan)
        strbuf_printf(out, " nan ? %d'h%x :", f->bits, (unsigned)c.nan);
    signed_code(r, &c, c.inf, text);
    if (r->in.inf)
        strbuf_printf(out, " inf ? (%s) :", text);
    signed_code(r, &c, c.over, text);
    strbuf_printf(out, " over ? (%s) : code;\n", text);
    verilog_end(out);
}

/* A number to a code: the magnitude that it is rounded to (round_magnitude.c), in the range or beyond it.
 * Codes of NaN, infinities and overflow are asked from format_round, whose policies they follow. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/rtl/round_parts.h"

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
    uint32_t nan, inf[SIGNS], over[SIGNS];
    uint32_t max[SIGNS]; /* magnitudes */
    uint32_t below;      /* of an unsigned format: a negative number that is not rounded to zero */
    uint32_t none;       /* and one that is */
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
    const struct number nan = {.class = NUMBER_NAN}, inf = {.class = NUMBER_INF}, huge = number_pow2(1 << 28);
    const bool is_int = f->family == &family_int;
    *c = (struct codes){.nan = door(r, nan, false), .has_sign = is_int || !f->is_unsigned};
    for (int s = 0; s < SIGNS; s++) {
        c->inf[s] = door(r, inf, s);
        c->over[s] = door(r, huge, s);
    }
    c->bits = f->bits - c->has_sign;
    c->below = door(r, format_max(f), true);
    struct rtl_rounder cuts = *r;
    cuts.rounding.mode = ROUND_RTZ;
    c->none = door(&cuts, number_pow2(-(1 << 28)), true);
    c->max[PLUS] = c->max[MINUS] = door(r, format_max(f), false);
    if (is_int && f->codes == CODES_TWOS)
        c->max[MINUS]++;
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
        snprintf(out, VERILOG_TEXT, code[PLUS] == c->max[PLUS] ? "{sign, MAX}" : "{sign, %d'h%x}", n - 1,
                 (unsigned)code[PLUS]);
    else
        snprintf(out, VERILOG_TEXT, "(sign ? %d'h%x : %d'h%x)", n, (unsigned)code[MINUS], n,
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

/* The name of the wire that is the code's sign. */
static const char *sign_wire(const struct rtl_rounder *r, bool fixed, const char *mag, struct strbuf *out)
{
    const struct format *f = &r->into;
    const char *sign = r->in.sign ? "sign" : "1'b0";
    const bool zeros = f->family == &family_int || f->subnormals != SUBNORMALS_NONE;
    if (zeros && (!format_has_neg_zero(f) || r->rounding.neg_zero == NEG_ZERO_DROP)) {
        verilog_wire(out, "minus", 1, "%s & (|%s)", sign, mag);
        return "minus";
    }
    if (!zeros || r->rounding.neg_zero == NEG_ZERO_KEEP)
        return sign;
    zero_wire(r, fixed, out);
    verilog_wire(out, "minus", 1, r->rounding.neg_zero == NEG_ZERO_MADE ? "%s | zero" : "%s & ~zero", sign);
    return "minus";
}

/* The wire `code` of a number within the range. */
static void in_range(const struct rtl_rounder *r, const struct codes *c, struct strbuf *out)
{
    const struct format *f = &r->into;
    const bool fixed = rtl_round_is_fixed(f);
    const int m = f->precision - 1;
    char bits[VERILOG_TEXT], field[VERILOG_TEXT];
    const char *mag = verilog_bits("mag", c->bits - 1, 0, bits);
    if (f->family == &family_int && f->codes != CODES_SIGNMAG) {
        mag = verilog_bits("mag", f->bits - 1, 0, bits);
        verilog_wire(out, "code", f->bits, r->in.sign ? "sign ? -%s : %s" : "%s", mag, mag);
        return;
    }
    if (!fixed && r->rounding.ftz && m && f->subnormals != SUBNORMALS_NONE) {
        verilog_bits("mag", c->bits - 1, m, field);
        verilog_wire(out, "kept", c->bits, "%s & {%d{|%s}}", mag, c->bits, field);
        mag = "kept";
    }
    if (c->has_sign)
        verilog_wire(out, "code", f->bits, "{%s, %s}", sign_wire(r, fixed, mag, out), mag);
    else if (!r->in.sign)
        verilog_wire(out, "code", f->bits, "%s", mag);
    else if (c->none != c->below)
        verilog_wire(out, "code", f->bits, "sign ? ((|mag) ? %d'h%x : %d'h%x) : %s", f->bits,
                     (unsigned)c->below, f->bits, (unsigned)c->none, mag);
    else
        verilog_wire(out, "code", f->bits, "sign & %s ? %d'h%x : %s",
                     r->flush && !fixed ? "normal" : "(|sig)", f->bits, (unsigned)c->below, mag);
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
    strbuf_printf(out, "    localparam MAX = %d'h%x;\n", c.bits, (unsigned)c.max[PLUS]);
    if (r->in.nan)
        strbuf_printf(out, "    localparam NAN = %d'h%x;\n", f->bits, (unsigned)c.nan);
    rtl_magnitude_emit(r, out);
    verilog_wire(out, "over", 1,
                 c.max[PLUS] == c.max[MINUS] || !r->in.sign ? "mag > MAX" : "mag > MAX + sign");
    in_range(r, &c, out);
    strbuf_printf(out, "    assign y =%s", r->in.nan ? " nan ? NAN :" : "");
    signed_code(r, &c, c.inf, text);
    if (r->in.inf)
        strbuf_printf(out, " inf ? %s :", text);
    signed_code(r, &c, c.over, text);
    strbuf_printf(out, " over ? %s : code;\n", text);
    verilog_end(out);
}

#include <stdio.h>

#include "sim/arith/logarithm.h"
#include "sim/rtl/logarithm_parts.h"
#include "sim/rtl/record.h"

static void side_of(const struct rtl_log *g, const struct rtl_spec *s, const struct format *f,
                    struct rtl_log_side *x)
{
    *x = (struct rtl_log_side){.f = f};
    rtl_fields_of(f, &x->fields);
    x->sig_bits = x->fields.sig_bits;
    if (f->family == &family_int) {
        /* Shifted to the left by 0 to sig_bits - 1, the exponent is what is left of sig_bits - 1. */
        x->shifts = true;
        x->exp_most = x->exp_any = x->sig_bits - 1;
        x->fraction = f->bits > 2 ? f->bits - 2 : 0;
        x->unit = x->fields.q;
    } else {
        const int m = f->precision - 1;
        x->shifts = s->mac.args.normalise && f->subnormals == SUBNORMALS_ON && m > 0 &&
                    g->antilog != RTL_ANTILOG_FPGA;
        const int more = x->shifts ? m - 1 : 0; /* of the exponents, so that none is negative */
        x->exp_least = x->shifts ? 0 : x->fields.exp_min;
        x->exp_most = x->fields.exp_max + more;
        x->exp_any = (1 << f->exponent_bits) - 1 + more;
        x->fraction = m;
        x->unit = -f->bias - more;
        if (g->antilog == RTL_ANTILOG_FPGA) {
            x->exp_least = 0;
            x->exp_most = x->exp_any;
        }
    }
    x->exp_bits = x->exp_any ? rtl_bits((uint64_t)x->exp_any) : 1;
}

void rtl_log_shape_of(const struct rtl_log *g, const struct rtl_spec *s, struct rtl_log_shape *z)
{
    const struct format *fa = &s->scheme.element, *fb = &s->other.element;
    *z = (struct rtl_log_shape){.m = logarithm_fraction_bits(fa, fb)};
    side_of(g, s, fa, &z->side[0]);
    side_of(g, s, fb, &z->side[1]);
    const struct rtl_log_side *a = &z->side[0], *b = &z->side[1];
    const bool circuit = g->antilog == RTL_ANTILOG_FPGA;
    z->l = g->offset ? lmul_offset(&s->mac.args, z->m) : 0;
    z->guard = g->antilog == RTL_ANTILOG_REAL && z->l > z->m ? z->l - z->m : 0;
    z->into = !circuit && s->mac.args.into.family;
    z->inf = !circuit && (a->fields.inf || b->fields.inf);
    z->nan = !circuit && (a->fields.nan || b->fields.nan || z->inf);
    z->sign = a->fields.sign || b->fields.sign;
    z->masked = !z->into || s->mac.args.into.family == &family_int || !s->mac.args.into.exponent_bits;
    const uint64_t one = UINT64_C(1) << z->m;
    const uint64_t sum = 2 * (one - 1) + (g->offset ? one >> z->l : 0);
    const int carry = g->antilog == RTL_ANTILOG_REAL ? 0 : (int)(sum >> z->m);
    z->exp_min = a->exp_least + b->exp_least;
    z->exp_max = a->exp_most + b->exp_most + carry;
    const int any = a->exp_any + b->exp_any + carry;
    z->exp_bits = any ? rtl_bits((uint64_t)any) : 1;
    z->sig_bits = g->antilog == RTL_ANTILOG_REAL ? z->m + z->guard + 2 : z->m + 1;
    z->q = a->unit + b->unit - z->m - z->guard;
}

const char *rtl_log_refuse(const struct rtl_log *g, const struct rtl_spec *s)
{
    const struct product *p = product_find(g->product);
    if (s->mac_given && s->mac.product != p)
        return "the product of the MAC is another one";
    if (s->mac_given && s->mac.daz)
        return "a product by itself takes subnormal operands as its key normalise says: daz=no";
    const char *why = rtl_operands_refuse(s);
    if (!why)
        why = p->refuses(&s->scheme.element, &s->other.element, &s->mac.args);
    if (!why && g->antilog != RTL_ANTILOG_FPGA && s->mac.args.into.family)
        why = rtl_round_refuse(&s->mac.args.into, &s->mac.args.rounding);
    return why;
}

static void record_ports(const struct rtl_log_shape *z, struct rtl_ports *out)
{
    const struct rtl_record r = {
        .nan = z->nan, .inf = z->inf, .sign = z->sign, .exp_bits = z->exp_bits, .sig_bits = z->sig_bits};
    rtl_record_ports(&r, out);
}

static void operand_ports(const struct rtl_spec *s, struct rtl_ports *out)
{
    rtl_port_add(out, "a", s->scheme.element.bits, false);
    rtl_port_add(out, "b", s->other.element.bits, false);
}

void rtl_log_ports(const struct rtl_log *g, const struct rtl_spec *s, struct rtl_ports *out)
{
    struct rtl_log_shape z;
    rtl_log_shape_of(g, s, &z);
    operand_ports(s, out);
    if (z.into)
        rtl_port_add(out, "y", s->mac.args.into.bits, true);
    else
        record_ports(&z, out);
}

/* --- operands --- */

/* NAME_exp and NAME_fraction (where there is one) of a significand that is shifted until its first bit is
 * set. */
static void emit_shifted(const struct rtl_log_side *x, const char *name, struct strbuf *out)
{
    const int n = x->sig_bits, stages = n > 1 ? rtl_bits((uint64_t)n - 1) : 0;
    char v[VERILOG_TEXT], next[VERILOG_TEXT], bits[VERILOG_TEXT], text[VERILOG_TEXT];
    struct strbuf by = {0};
    rtl_fields_emit(x->f, name, out);
    snprintf(v, sizeof v, "%s_sig", name);
    for (int k = stages - 1; k >= 0; k--) {
        const int step = 1 << k;
        snprintf(text, sizeof text, "%s_s%d", name, step);
        verilog_wire(out, text, 1, "~(|%s)", verilog_bits(v, n - 1, n - step, bits));
        strbuf_printf(&by, "%s%s", by.length ? ", " : "", text);
        snprintf(next, sizeof next, "%s_v%d", name, step);
        verilog_wire(out, next, n, "%s ? %s << %d : %s", text, v, step, v);
        snprintf(v, sizeof v, "%s", next);
    }
    snprintf(text, sizeof text, "%s_log", name);
    const int more = x->exp_any - (x->f->family == &family_int ? 0 : (1 << x->f->exponent_bits) - 1);
    strbuf_printf(out, "    wire [%d:0] %s_e = ", x->exp_bits - 1, name);
    if (x->f->family == &family_int)
        strbuf_printf(out, "%d - {%s};\n", n - 1, by.text ? by.text : "1'b0");
    else
        strbuf_printf(out, "%s_exp + %d - {%s};\n", name, more, by.text ? by.text : "1'b0");
    if (x->fraction)
        verilog_wire(out, text, x->exp_bits + x->fraction, "{%s_e, %s}", name,
                     verilog_bits(v, n - 2, n - 1 - x->fraction, bits));
    else
        verilog_wire(out, text, x->exp_bits, "%s_e", name);
    out->failed |= by.failed;
    strbuf_free(&by);
    snprintf(text, sizeof text, "%s_live", name);
    verilog_wire(out, text, 1, "|%s_sig", name);
}

/* The wires NAME_sign, NAME_nan, NAME_inf, NAME_live (it counts as a number that is not zero) and NAME_log,
 * its exponent and fraction. */
static void emit_operand(const struct rtl_log *g, const struct rtl_log_side *x, const char *name,
                         struct strbuf *out)
{
    char text[VERILOG_TEXT], bits[VERILOG_TEXT];
    if (x->shifts) {
        emit_shifted(x, name, out);
        return;
    }
    const struct format *f = x->f;
    const int m = f->precision - 1, n = f->exponent_bits + m;
    const bool circuit = g->antilog == RTL_ANTILOG_FPGA;
    if (x->fields.sign) {
        snprintf(text, sizeof text, "%s_sign", name);
        verilog_wire(out, text, 1, "%s", rtl_code_bits(f, name, f->bits - 1, f->bits - 1, bits));
    }
    if (!circuit)
        rtl_specials_emit(f, name, out);
    snprintf(text, sizeof text, "%s_live", name);
    if (f->subnormals == SUBNORMALS_NONE && !circuit)
        verilog_wire(out, text, 1, "1'b1");
    else
        verilog_wire(out, text, 1, "|%s", rtl_code_bits(f, name, n - 1, circuit ? 0 : m, bits));
    snprintf(text, sizeof text, "%s_log", name);
    verilog_wire(out, text, n, "%s", rtl_code_bits(f, name, n - 1, 0, bits));
}

/* An operand's integer, or a part of it, with the fraction brought to m bits. */
static const char *aligned(const struct rtl_log_side *x, int m, const char *text,
                           char out[static 2 * VERILOG_TEXT])
{
    if (x->fraction < m)
        snprintf(out, 2 * VERILOG_TEXT, "{%s, %d'd0}", text, m - x->fraction);
    else
        snprintf(out, 2 * VERILOG_TEXT, "%s", text);
    return out;
}

/* --- sums --- */

static void emit_bits(const struct rtl_log *g, const struct rtl_log_shape *z, struct strbuf *out)
{
    const int m = z->m, n = z->exp_bits + m;
    char a[2 * VERILOG_TEXT], b[2 * VERILOG_TEXT], bits[VERILOG_TEXT], fraction[VERILOG_TEXT];
    aligned(&z->side[0], m, "a_log", a);
    aligned(&z->side[1], m, "b_log", b);
    if (g->offset)
        verilog_wire(out, "sum", n, "%s + %s + %llu", a, b, 1ull << (m - z->l));
    else
        verilog_wire(out, "sum", n, "%s + %s", a, b);
    verilog_assign(out, "exp", "%s", verilog_bits("sum", n - 1, m, bits));
    if (!m)
        verilog_assign(out, "sig", "live");
    else if (z->masked)
        verilog_assign(out, "sig", "{live, %s & {%d{live}}}", verilog_bits("sum", m - 1, 0, fraction), m);
    else
        verilog_assign(out, "sig", "{live, %s}", verilog_bits("sum", m - 1, 0, fraction));
}

/* A side's exponent and fraction, apart. */
static void emit_parts(const struct rtl_log_side *x, const char *name, int m, struct strbuf *out)
{
    char log[VERILOG_TEXT], bits[VERILOG_TEXT], text[VERILOG_TEXT], wide[2 * VERILOG_TEXT];
    snprintf(log, sizeof log, "%s_log", name);
    snprintf(text, sizeof text, "%s_x", name);
    verilog_wire(out, text, x->exp_bits, "%s",
                 verilog_bits(log, x->exp_bits + x->fraction - 1, x->fraction, bits));
    snprintf(text, sizeof text, "%s_f", name);
    if (x->fraction)
        verilog_wire(out, text, m, "%s", aligned(x, m, verilog_bits(log, x->fraction - 1, 0, bits), wide));
    else
        verilog_wire(out, text, m, "0");
}

static void emit_real(const struct rtl_log_shape *z, struct strbuf *out)
{
    const int fraction = z->m + z->guard;
    emit_parts(&z->side[0], "a", z->m, out);
    emit_parts(&z->side[1], "b", z->m, out);
    verilog_wire(out, "fractions", z->m + 1, "a_f + b_f");
    strbuf_printf(out, "    localparam [%d:0] ONE = %llu, OFFSET = %llu;\n", z->sig_bits - 1,
                  1ull << fraction, 1ull << (fraction - z->l));
    if (z->guard)
        verilog_wire(out, "bracket", z->sig_bits, "ONE + OFFSET + {fractions, %d'd0}", z->guard);
    else
        verilog_wire(out, "bracket", z->sig_bits, "ONE + OFFSET + fractions");
    verilog_assign(out, "exp", "a_x + b_x");
    verilog_assign(out, "sig", "bracket & {%d{live}}", z->sig_bits);
}

static void emit_circuit(const struct rtl_log_shape *z, struct strbuf *out)
{
    const int m = z->m;
    char bits[VERILOG_TEXT], more[VERILOG_TEXT];
    emit_parts(&z->side[0], "a", m, out);
    emit_parts(&z->side[1], "b", m, out);
    verilog_wire(out, "pm", m + 2, "a_f + b_f + %llu", 1ull << (m - z->l));
    verilog_wire(out, "high", 1, "pm[%d]", m + 1); /* 10: a one before what is shifted; 11 never comes up */
    if (m > 1)
        verilog_wire(out, "fraction", m, "high ? {1'b1, %s} : %s", verilog_bits("pm", m - 1, 1, more),
                     verilog_bits("pm", m - 1, 0, bits));
    else
        verilog_wire(out, "fraction", m, "high | pm[0]");
    verilog_assign(out, "exp", "a_x + b_x + (pm[%d] | high)", m);
    verilog_assign(out, "sig", "{live, fraction & {%d{live}}}", m);
}

static void emit_specials(const struct rtl_log_shape *z, struct strbuf *out)
{
    const struct rtl_fields *a = &z->side[0].fields, *b = &z->side[1].fields;
    const struct {
        bool there;
        const char *text;
    } causes[] = {
        {a->nan, "a_nan"}, {b->nan, "b_nan"}, {a->inf, "a_inf & ~b_live"}, {b->inf, "b_inf & ~a_live"}};
    char nan[2 * VERILOG_TEXT] = "";
    size_t n = 0;
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (causes[i].there)
            n += (size_t)snprintf(nan + n, sizeof nan - n, "%s%s", n ? " | " : "", causes[i].text);
    if (z->nan)
        verilog_assign(out, "nan", "%s", nan);
    if (z->inf)
        verilog_assign(out, "inf", "(%s) & ~nan",
                       a->inf && b->inf ? "a_inf | b_inf"
                       : a->inf         ? "a_inf"
                                        : "b_inf");
    if (z->sign)
        verilog_assign(out, "sign", a->sign && b->sign ? "a_sign ^ b_sign" : a->sign ? "a_sign" : "b_sign");
}

static void emit_record(const struct rtl_log *g, const struct rtl_spec *s, const struct rtl_log_shape *z,
                        const char *top, struct strbuf *out)
{
    struct rtl_ports p = {.n = 0};
    operand_ports(s, &p);
    record_ports(z, &p);
    strbuf_printf(out, "// %s of %s (a) and %s (b)", g->product, s->scheme.element.name,
                  s->other.element.name);
    if (g->offset)
        strbuf_printf(out, ", offset 2^-%d", z->l);
    strbuf_printf(out, ".\n// value = %ssig * 2^(exp %c %d)%s.\n", z->sign ? "(-1)^sign * " : "",
                  z->q < 0 ? '-' : '+', z->q < 0 ? -z->q : z->q,
                  z->masked ? "" : "; where the first bit of sig is clear, zero");
    if (z->nan)
        strbuf_printf(out, "// Where nan%s is set, the value is that; the other outputs mean nothing.\n",
                      z->inf ? " or inf" : "");
    verilog_module(out, top, &p);
    emit_operand(g, &z->side[0], "a", out);
    emit_operand(g, &z->side[1], "b", out);
    verilog_wire(out, "live", 1, "a_live & b_live");
    emit_specials(z, out);
    switch (g->antilog) {
    case RTL_ANTILOG_BITS:
        emit_bits(g, z, out);
        break;
    case RTL_ANTILOG_REAL:
        emit_real(z, out);
        break;
    case RTL_ANTILOG_FPGA:
        emit_circuit(z, out);
        break;
    }
    verilog_end(out);
}

void rtl_log_emit(const struct rtl_log *g, const struct rtl_spec *s, const char *top, struct strbuf *out)
{
    struct rtl_log_shape z;
    struct rtl_ports p = {.n = 0}, inside = {.n = 0};
    char name[RTL_NAME_MAX + VERILOG_TEXT];
    rtl_log_shape_of(g, s, &z);
    if (!z.into) {
        emit_record(g, s, &z, top, out);
        return;
    }
    struct rtl_rounder r = {.in = {.nan = z.nan,
                                   .inf = z.inf,
                                   .sign = z.sign,
                                   .exp_bits = z.exp_bits,
                                   .exp_min = z.exp_min,
                                   .exp_max = z.exp_max,
                                   .sig_bits = z.sig_bits,
                                   .q = z.q,
                                   .normalised = g->antilog != RTL_ANTILOG_REAL},
                            .into = s->mac.args.into,
                            .rounding = s->mac.args.rounding,
                            .flush = true};
    snprintf(name, sizeof name, "%s__product", top);
    emit_record(g, s, &z, name, out);
    snprintf(name, sizeof name, "%s__round", top);
    rtl_round_emit(&r, name, out);
    operand_ports(s, &p);
    rtl_port_add(&p, "y", r.into.bits, true);
    strbuf_printf(out, "// The same in %s; what lies below its least normal number is zero.\n", r.into.name);
    verilog_module(out, top, &p);
    record_ports(&z, &inside);
    rtl_pair_emit(top, &inside, &r.in, out);
    verilog_end(out);
}

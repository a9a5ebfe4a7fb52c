/* A quantizer as text. */
#include "sim/rtl/quantizer.h"

#include <stdio.h>

#include "sim/rtl/round.h"

static uint32_t door(const struct quantizer_plan *p, enum number_class class, bool negative)
{
    struct number x = {.class = class, .negative = negative};
    return format_round(&p->q->element, x, &p->q->rounding, 0).code;
}

/* --- TOP__divide --- */

/* m over s, digit by digit: both begin with a 1, so that the first digits are 1 or 01, and a remainder is
 * below s. */
static void divide(const struct quantizer_plan *p, const char *top, struct strbuf *out)
{
    const int n = p->quotient_bits, w = p->s.sig_bits;
    strbuf_printf(out,
                  "module %s__divide (\n    input  wire [23:0] m,\n    input  wire [%d:0] s,\n"
                  "    output wire first,\n    output wire [%d:0] sig\n);\n    wire [%d:0] digit;\n",
                  top, w - 1, n - 1, n - 1);
    for (int i = 0; i < n; i++) {
        int at = 24 - w - i; /* the digit of m that comes next */
        char next[VERILOG_TEXT] = "1'b0";
        if (at >= 0)
            snprintf(next, sizeof next, "m[%d]", at);
        if (i == 0)
            strbuf_printf(out, "    wire [%d:0] r0 = {1'b0, m[23:%d]};\n", w, 24 - w);
        else
            strbuf_printf(out, "    wire [%d:0] r%d = {k%d, %s};\n", w, i, i - 1, next);
        strbuf_printf(out, "    assign digit[%d] = r%d >= s;\n", n - 1 - i, i);
        strbuf_printf(out, "    wire [%d:0] k%d = digit[%d] ? r%d - s : r%d;\n", w - 1, i, n - 1 - i, i, i);
    }
    strbuf_printf(out, "    wire rest = (|k%d)", n - 1);
    if (24 - w - n >= 0)
        strbuf_printf(out, " | (|m[%d:0])", 24 - w - n);
    strbuf_printf(out,
                  ";\n    assign first = digit[%d];\n"
                  "    assign sig = first ? {digit[%d:1], digit[0] | rest} : {digit[%d:0], rest};\n",
                  n - 1, n - 1, n - 2);
    verilog_end(out);
}

/* --- TOP --- */

static void ports(const struct quantizer_plan *p, struct rtl_ports *out)
{
    rtl_port_add(out, "x", 32, false);
    if (p->scale)
        rtl_port_add(out, "scale", p->scale->bits, false);
    rtl_port_add(out, "code", p->q->element.bits, true);
}

/* The wires m, with its first digit set unless x counts as zero or is shifted later, and e. */
static void input(const struct quantizer_plan *p, struct strbuf *out)
{
    rtl_fields_emit(format_find("fp32"), "x", out);
    if (p->scale)
        rtl_fields_emit(p->scale, "scale", out);
    strbuf_printf(out, "    wire some = %s;\n", p->q->daz ? "x_normal" : "|x[30:0]");
    if (p->subnormal)
        strbuf_add(out, "    wire [23:0] m = x_sig;\n    wire [7:0] e = x_exp;\n");
    else
        strbuf_add(out, "    wire [23:0] m = {some, x[22:0] & {23{some}}};\n    wire [7:0] e = x[30:23];\n");
    strbuf_printf(out, "    wire sign = x_sign%s;\n", p->scale && p->s.sign ? " ^ scale_sign" : "");
}

/* A scale's significand with its first digit set, and by how much it was shifted. */
static void normal_scale(const struct quantizer_plan *p, struct strbuf *out)
{
    const int w = p->s.sig_bits;
    strbuf_printf(out, "    wire [%d:0] s =", w - 1);
    for (int i = 0; i < w - 1; i++)
        strbuf_printf(out, " scale_sig[%d] ? scale_sig << %d :", w - 1 - i, i);
    strbuf_printf(out, " scale_sig << %d;\n    wire [3:0] s_up =", w - 1);
    for (int i = 0; i < w - 1; i++)
        strbuf_printf(out, " scale_sig[%d] ? %d :", w - 1 - i, i);
    strbuf_printf(out, " %d;\n", w - 1);
}

/* The wires sig and exp of the quotient. */
static void quotient(const struct quantizer_plan *p, const char *top, struct strbuf *out)
{
    const int n = p->sig_bits;
    if (p->quotient_bits) {
        normal_scale(p, out);
        strbuf_printf(out, "    wire first;\n    wire [%d:0] digits;\n", n - 1);
        strbuf_printf(out, "    %s__divide divide (.m(m), .s(s), .first(first), .sig(digits));\n", top);
        strbuf_printf(out, "    wire [%d:0] sig = digits & {%d{some}};\n", n - 1, n);
    } else if (n < 24) {
        strbuf_printf(out, "    wire [%d:0] sig = {m[23:%d], |m[%d:0]};\n", n - 1, 24 - n + 1, 24 - n);
    } else {
        strbuf_add(out, "    wire [23:0] sig = m;\n");
    }
    strbuf_printf(out, "    wire [%d:0] exp = e", p->exp_bits - 1);
    if (p->scale)
        strbuf_printf(out, " + %lld - scale_exp", (long long)p->exp_offset);
    strbuf_add(out, p->quotient_bits ? " + s_up + first;\n" : ";\n");
}

static void result(const struct quantizer_plan *p, struct strbuf *out)
{
    const int bits = p->q->element.bits;
    const unsigned plus = door(p, NUMBER_ZERO, false), minus = door(p, NUMBER_ZERO, true);
    strbuf_add(out, "    assign code =");
    if (p->scale && p->s.nan)
        strbuf_printf(out, " scale_nan ? %d'd0 :", bits);
    if (p->scale && p->s.zero)
        strbuf_printf(out, " ~(|scale_sig) ? (x_sign ? %d'd%u : %d'd%u) :", bits, minus, bits, plus);
    strbuf_add(out, " y;\n");
}

static struct rtl_rounder rounder(const struct quantizer_plan *p)
{
    return (struct rtl_rounder){.in = {.nan = true,
                                       .inf = true,
                                       .sign = true,
                                       .exp_bits = p->exp_bits,
                                       .exp_min = p->exp_min,
                                       .exp_max = p->exp_max,
                                       .sig_bits = p->sig_bits,
                                       .q = p->q_last,
                                       .normalised = !p->subnormal},
                                .into = p->q->element,
                                .rounding = p->q->rounding};
}

/* The key of a normalised quotient; 32 more than its exponent, for subnormal numbers that are shifted. */
static void keyed(const struct quantizer_plan *p, const char *top, struct strbuf *out)
{
    const int bits = p->q->element.bits;
    if (!p->scale) {
        strbuf_add(out, "    wire [30:0] key = some ? x[30:0] : 0;\n");
    } else {
        if (p->subnormal) {
            strbuf_add(out, "    wire [4:0] up =");
            for (int i = 23; i > 0; i--)
                strbuf_printf(out, " m[%d] ? %d :", i, 23 - i);
            strbuf_add(out, " 23;\n    wire [23:0] digits = m << up;\n");
        }
        strbuf_printf(out, "    wire [%d:0] exp = e + %lld - scale_exp + 32%s;\n", p->exp_bits,
                      (long long)p->exp_offset, p->subnormal ? " - up" : "");
        strbuf_printf(out, "    wire [%d:0] key = {exp, %s[22:0]};\n", p->exp_bits + 23,
                      p->subnormal ? "digits" : "m");
    }
    strbuf_printf(out, "    wire [%d:0] found;\n    %s__code find (.sign(sign), .key(key), .code(found));\n",
                  bits - 1, top);
    strbuf_printf(out,
                  "    wire [%d:0] y = x_nan ? %d'd%u : x_inf ? (sign ? %d'd%u : %d'd%u) : some ? found : ",
                  bits - 1, bits, (unsigned)door(p, NUMBER_NAN, false), bits,
                  (unsigned)door(p, NUMBER_INF, true), bits, (unsigned)door(p, NUMBER_INF, false));
    strbuf_printf(out, "(sign ? %d'd%u : %d'd%u);\n", bits, (unsigned)door(p, NUMBER_ZERO, true), bits,
                  (unsigned)door(p, NUMBER_ZERO, false));
}

void quantizer_emit(const struct rtl_spec *s, const char *top, struct strbuf *out)
{
    struct quantizer_plan p;
    struct rtl_ports list = {.n = 0};
    char name[RTL_NAME_MAX + VERILOG_TEXT];
    quantizer_plan(s, &p);
    if (p.table) {
        quantizer_table_emit(&p, top, out);
    } else {
        const struct rtl_rounder r = rounder(&p);
        snprintf(name, sizeof name, "%s__round", top);
        rtl_round_emit(&r, name, out);
    }
    if (p.quotient_bits)
        divide(&p, top, out);
    ports(&p, &list);
    strbuf_printf(out, "// x, binary32,%s rounded once into %s.\n", p.scale ? " over the scale," : "",
                  p.q->element.name);
    verilog_module(out, top, &list);
    input(&p, out);
    if (p.table) {
        keyed(&p, top, out);
    } else {
        quotient(&p, top, out);
        strbuf_printf(out,
                      "    wire [%d:0] y;\n    %s__round round (.nan(x_nan), .inf(x_inf), .sign(sign), "
                      ".exp(exp), .sig(sig), .y(y));\n",
                      p.q->element.bits - 1, top);
    }
    result(&p, out);
    verilog_end(out);
}

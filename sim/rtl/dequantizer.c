/* Unit "dequantizer": a code, times its block's scale, rounded once to binary32. */
#include <stdio.h>

#include "sim/rtl/quantizer.h"
#include "sim/rtl/round.h"
#include "sim/rtl/tree.h"

/* Codes whose values have no fields, by themselves: a table of binary32 numbers. */
static bool is_listed(const struct format *f)
{
    return f->stretch > 0 || rtl_fields_refuse(f);
}

static const char *refuses(const struct rtl_spec *s)
{
    const char *why = scaled_refuses(s);
    if (!why && s->scheme.flip > 0)
        why = "units have no random numbers: no flips";
    if (!why && is_listed(&s->scheme.element) && scaled_scale(&s->scheme))
        why = "codes of these values take no scale: they have more digits than a unit multiplies";
    return why;
}

static void ports(const struct rtl_spec *s, struct rtl_ports *out)
{
    rtl_port_add(out, "code", s->scheme.element.bits, false);
    if (scaled_scale(&s->scheme))
        rtl_port_add(out, "scale", scaled_scale(&s->scheme)->bits, false);
    rtl_port_add(out, "y", 32, true);
}

static uint32_t value(const struct quant_spec *q, uint32_t code, uint32_t scale)
{
    const struct block_scale b = scaled_block(q, scale);
    return bits_from_f32(scaling_decode(&q->scaling, &b, code));
}

static void listed(const struct quant_spec *q, struct strbuf *out)
{
    strbuf_add(out, "    reg [31:0] value;\n    always @*\n        case (code)\n");
    for (uint32_t code = 0; code <= format_code_mask(&q->element); code++)
        strbuf_printf(out, "        %d'd%u: value = 32'h%08x;\n", q->element.bits, (unsigned)code,
                      (unsigned)value(q, code, 0));
    strbuf_add(out, "        endcase\n    assign y = value;\n");
}

/* Of the element e and the scale s (NULL: none). */
static struct rtl_rounder rounder(const struct rtl_fields *e, const struct rtl_fields *s)
{
    struct rtl_rounder r = {.in = {.nan = e->nan,
                                   .inf = e->inf,
                                   .sign = e->sign,
                                   .exp_bits = e->exp_bits,
                                   .exp_min = e->exp_min,
                                   .exp_max = e->exp_max,
                                   .sig_bits = e->sig_bits,
                                   .q = e->q},
                            .into = *format_find("fp32"),
                            .rounding = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY}};
    if (!s)
        return r;
    r.in.nan |= s->nan || (e->inf && s->zero);
    r.in.sign |= s->sign;
    r.in.exp_min += s->exp_min;
    r.in.exp_max += s->exp_max;
    r.in.exp_bits = rtl_log2((UINT64_C(1) << e->exp_bits) + (UINT64_C(1) << s->exp_bits) - 1);
    r.in.sig_bits += s->sig_bits > 1 ? s->sig_bits : 0;
    r.in.q += s->q;
    return r;
}

static void product(const struct rtl_rounder *r, const struct rtl_fields *e, const struct rtl_fields *s,
                    struct strbuf *out)
{
    if (r->in.nan)
        strbuf_printf(out, "    wire nan = 1'b0%s%s%s;\n", e->nan ? " | code_nan" : "",
                      s && s->nan ? " | scale_nan" : "",
                      s && e->inf && s->zero ? " | code_inf & ~(|scale_sig)" : "");
    if (r->in.inf)
        strbuf_add(out, "    wire inf = code_inf;\n");
    if (r->in.sign)
        strbuf_printf(out, "    wire sign = %s%s;\n", e->sign ? "code_sign" : "1'b0",
                      s && s->sign ? " ^ scale_sign" : "");
    if (r->in.exp_bits)
        strbuf_printf(out, "    wire [%d:0] exp = %s%s;\n", r->in.exp_bits - 1,
                      e->exp_bits ? "code_exp" : "0", s ? " + scale_exp" : "");
    strbuf_printf(out, "    wire [%d:0] sig = code_sig%s;\n", r->in.sig_bits - 1,
                  s && s->sig_bits > 1 ? " * scale_sig" : "");
}

static void emit(const struct rtl_spec *s, const char *top, struct strbuf *out)
{
    const struct quant_spec *q = &s->scheme;
    const struct format *scale = scaled_scale(q);
    const bool table = is_listed(&q->element);
    struct rtl_ports list = {.n = 0}, inside = {.n = 0};
    struct rtl_fields e, f;
    struct rtl_rounder r;
    char name[RTL_NAME_MAX + VERILOG_TEXT];
    if (!table) {
        rtl_fields_of(&q->element, &e);
        if (scale)
            rtl_fields_of(scale, &f);
        r = rounder(&e, scale ? &f : NULL);
        snprintf(name, sizeof name, "%s__round", top);
        rtl_round_emit(&r, name, out);
    }
    ports(s, &list);
    strbuf_printf(out, "// The value of a code of %s%s in binary32.\n", q->element.name,
                  scale ? " times the scale" : "");
    verilog_module(out, top, &list);
    if (table) {
        listed(q, out);
        verilog_end(out);
        return;
    }
    rtl_fields_emit(&q->element, "code", out);
    if (scale)
        rtl_fields_emit(scale, "scale", out);
    product(&r, &e, scale ? &f : NULL, out);
    rtl_round_ports(&r.in, &inside);
    strbuf_printf(out, "    %s__round round (", top);
    verilog_ports_connect(out, &inside);
    strbuf_add(out, ", .y(y));\n");
    verilog_end(out);
}

static void vectors(const struct rtl_spec *s, struct rtl_vectors *v)
{
    const struct quant_spec *q = &s->scheme;
    const struct format *scale = scaled_scale(q);
    const uint32_t most = scale ? format_code_mask(scale) : 0;
    for (uint32_t code = 0; code <= format_code_mask(&q->element); code++)
        for (uint32_t at = 0; at <= most; at++) {
            rtl_put(v, code, q->element.bits);
            if (scale)
                rtl_put(v, at, scale->bits);
            rtl_put(v, value(q, code, at), 32);
            rtl_end(v);
        }
}

const struct rtl_design rtl_dequantizer = {
    .name = "dequantizer",
    .doc = "a code times the scale of its block, rounded once to binary32",
    .citation = "the scheme's, under order=exact",
    .refuses = refuses,
    .ports = ports,
    .emit = emit,
    .vectors = vectors,
};

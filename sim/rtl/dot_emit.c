/* A dot unit as text: products, sums, and the modules of each kind (dot_align.c, dot_total.c). */
#include "sim/rtl/dot_text.h"
#include "sim/rtl/tree.h"

/* --- TOP__product --- */

/* NaN, infinity and, of DOT_ONCE, whether it is -0. */
static void product_flags(const struct dot_plan *p, struct strbuf *out)
{
    const struct rtl_fields *a = &p->a.f, *b = &p->b.f;
    if (p->nan) {
        strbuf_add(out, "    assign nan = 1'b0");
        strbuf_add(out, a->nan ? " | a_nan" : "");
        strbuf_add(out, b->nan ? " | b_nan" : "");
        strbuf_add(out, a->inf ? " | a_inf & ~(|b_sig)" : "");
        strbuf_add(out, b->inf ? " | b_inf & ~(|a_sig)" : "");
        strbuf_add(out, ";\n");
    }
    if (p->inf) {
        strbuf_add(out, "    wire inf = 1'b0");
        strbuf_add(out, a->inf ? " | a_inf" : "");
        strbuf_add(out, b->inf ? " | b_inf" : "");
        const char *number = p->kind == DOT_REGISTER ? " & ~nan" : ""; /* whose flags are seen */
        strbuf_printf(out, ";\n    assign pinf = inf & ~sign%s;\n    assign ninf = inf & sign%s;\n", number,
                      number);
    }
    if (p->kind == DOT_ONCE)
        strbuf_add(out, "    assign minus = sign & (~(|a_sig) | ~(|b_sig));\n");
}

static void product_ports(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    strbuf_printf(out, "module %s__product (\n    input  wire [%d:0] a,\n    input  wire [%d:0] b,\n", top,
                  p->a.format->bits - 1, p->b.format->bits - 1);
    if (p->nan)
        strbuf_add(out, "    output wire nan,\n");
    if (p->inf)
        strbuf_add(out, "    output wire pinf,\n    output wire ninf,\n");
    if (p->kind == DOT_ONCE)
        strbuf_add(out, "    output wire minus,\n");
    if (!p->fixed)
        strbuf_printf(out, "    output wire sign,\n    output reg  [%d:0] e,\n", p->exp_bits - 1);
    strbuf_printf(out, "    output reg  [%d:0] x\n);\n", dot_product_width(p) - 1);
}

static const char *exponent_sum(const struct dot_plan *p)
{
    return p->a.f.exp_bits && p->b.f.exp_bits ? "a_exp + b_exp" : p->a.f.exp_bits ? "a_exp" : "b_exp";
}

/* The magnitude shifted to its place; the exponents of finite numbers begin at `least`. */
static void placed(const struct dot_plan *p, struct strbuf *out)
{
    const int least = p->a.least + p->b.least, bits = p->product_bits,
              e = (p->a.f.exp_bits > p->b.f.exp_bits ? p->a.f.exp_bits : p->b.f.exp_bits) + 1;
    if (p->a.f.exp_bits || p->b.f.exp_bits) {
        strbuf_printf(out, "    wire [%d:0] e = %s;\n", e - 1, exponent_sum(p));
        strbuf_printf(out, "    wire [%d:0] wide = digits << e;\n", bits + least - 1);
        strbuf_printf(out, "    wire [%d:0] magnitude = wide[%d:%d];\n", bits - 1, bits + least - 1, least);
    } else {
        strbuf_printf(out, "    wire [%d:0] magnitude = digits;\n", bits - 1);
    }
    strbuf_printf(out, "    always @* x = {sign, magnitude ^ {%d{sign}}};\n", bits);
}

static void product(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    const struct rtl_fields *a = &p->a.f, *b = &p->b.f;
    product_ports(p, top, out);
    if (p->twos && p->kind != DOT_ONCE) {
        strbuf_add(out, "    always @* x = $signed(a) * $signed(b);\n");
        verilog_end(out);
        return;
    }
    rtl_fields_emit(p->a.format, "a", out);
    rtl_fields_emit(p->b.format, "b", out);
    strbuf_printf(out, "    %s sign = %s;\n", p->fixed ? "wire" : "assign",
                  a->sign && b->sign ? "a_sign ^ b_sign"
                  : a->sign          ? "a_sign"
                  : b->sign          ? "b_sign"
                                     : "1'b0");
    product_flags(p, out);
    if (p->twos) {
        strbuf_add(out, "    always @* x = $signed(a) * $signed(b);\n");
        verilog_end(out);
        return;
    }
    strbuf_printf(out, "    wire [%d:0] digits = a_sig * b_sig;\n", a->sig_bits + b->sig_bits - 1);
    if (p->fixed) {
        placed(p, out);
    } else {
        strbuf_add(out, "    always @* x = digits;\n");
        strbuf_printf(out, "    always @* e = (|a_sig) & (|b_sig) ? %s%s : 0;\n", exponent_sum(p),
                      p->one ? " + 1" : "");
    }
    verilog_end(out);
}

/* --- instances --- */

int dot_product_width(const struct dot_plan *p)
{
    return p->product_bits + (p->fixed && !p->twos);
}

bool dot_carries(const struct dot_plan *p)
{
    return p->fixed && !p->twos && p->sign;
}

static struct rtl_tree sum_tree(const struct dot_plan *p, const char *top)
{
    return (struct rtl_tree){.top = top,
                             .name = "sum",
                             .n = p->kind == DOT_ALIGNED ? p->presum : p->lanes,
                             .bits = dot_product_width(p),
                             .carry = dot_carries(p) ? "carry" : NULL};
}

void dot_use_products(const struct dot_plan *p, const char *top, int n, struct strbuf *out)
{
    const int ba = p->a.format->bits, bb = p->b.format->bits, w = dot_product_width(p);
    if (p->nan)
        strbuf_printf(out, "    wire [%d:0] nans;\n", n - 1);
    if (p->inf)
        strbuf_printf(out, "    wire [%d:0] pinfs, ninfs;\n", n - 1);
    if (p->kind == DOT_ONCE)
        strbuf_printf(out, "    wire [%d:0] minus;\n", n - 1);
    for (int i = 0; i < n; i++) {
        strbuf_printf(out, "    wire [%d:0] x%d;\n", w - 1, i);
        if (!p->fixed)
            strbuf_printf(out, "    wire sign%d;\n    wire [%d:0] e%d;\n", i, p->exp_bits - 1, i);
        strbuf_printf(out, "    %s__product p%d (.a(a[%d:%d]), .b(b[%d:%d]), ", top, i, (i + 1) * ba - 1,
                      i * ba, (i + 1) * bb - 1, i * bb);
        if (p->nan)
            strbuf_printf(out, ".nan(nans[%d]), ", i);
        if (p->inf)
            strbuf_printf(out, ".pinf(pinfs[%d]), .ninf(ninfs[%d]), ", i, i);
        if (p->kind == DOT_ONCE)
            strbuf_printf(out, ".minus(minus[%d]), ", i);
        if (!p->fixed)
            strbuf_printf(out, ".sign(sign%d), .e(e%d), ", i, i);
        strbuf_printf(out, ".x(x%d));\n", i);
        if (dot_carries(p))
            strbuf_printf(out, "    wire carry%d = x%d[%d];\n", i, i, w - 1);
    }
    if (p->fixed) {
        const struct rtl_tree t = sum_tree(p, top);
        rtl_sum_use(&t, "x", "sum", out);
    }
}

/* --- the port list --- */

void dot_ports(const struct dot_plan *p, struct rtl_ports *out)
{
    const int acc = dot_acc_bits(p), flags = dot_flag_bits(p);
    rtl_port_add(out, "a", p->lanes * p->a.format->bits, false);
    rtl_port_add(out, "b", p->lanes * p->b.format->bits, false);
    if (p->a.scale) {
        rtl_port_add(out, "scale_a", p->a.scales * p->a.scale->bits, false);
        rtl_port_add(out, "scale_b", p->b.scales * p->b.scale->bits, false);
    }
    if (flags)
        rtl_port_add(out, "c_flags", flags, false);
    rtl_port_add(out, "c", acc, false);
    if (flags)
        rtl_port_add(out, "d_flags", flags, true);
    rtl_port_add(out, "d", acc, true);
}

static void explain(const struct rtl_spec *s, const struct dot_plan *p, struct strbuf *out)
{
    strbuf_printf(out, "// %d lanes of %s (a) times %s (b), and the accumulator c; lane 0 is lowest.\n",
                  p->lanes, s->scheme.element.name, s->other.element.name);
    if (p->kind == DOT_REGISTER)
        strbuf_printf(out, "// c and d are two's complement numbers times 2^%d.%s\n", p->product_q,
                      p->nan ? " Flags: NaN, +Inf, -Inf were added." : "");
}

void dot_emit(const struct rtl_spec *s, const char *top, struct strbuf *out)
{
    struct dot_plan p;
    dot_plan(s, &p);
    product(&p, top, out);
    if (p.fixed) {
        const struct rtl_tree t = sum_tree(&p, top);
        rtl_sum_emit(&t, out);
    }
    if (p.kind == DOT_ALIGNED)
        dot_emit_align(&p, top, out);
    if (p.kind == DOT_ALIGNED || p.kind == DOT_ONCE)
        dot_emit_result(&p, top, out);
    struct rtl_ports ports = {.n = 0};
    dot_ports(&p, &ports);
    explain(s, &p, out);
    verilog_module(out, top, &ports);
    if (p.kind == DOT_ALIGNED)
        dot_emit_aligned(&p, top, out);
    else
        dot_emit_fixed(&p, top, out);
    verilog_end(out);
}

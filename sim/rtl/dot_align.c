/* DOT_ALIGNED: terms at the largest exponent of all. */
#include <stdio.h>

#include "sim/rtl/dot_text.h"
#include "sim/rtl/tree.h"

/* --- TOP__block: a presum --- */

/* The magnitude of a sum s of inverted numbers is that of y + r: where y is negative ~y + 1 - r. */
static void block(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    const int n = p->presum, w = p->sum_bits;
    strbuf_printf(out, "module %s__block (\n    input  wire [%d:0] a,\n    input  wire [%d:0] b,\n", top,
                  n * p->a.format->bits - 1, n * p->b.format->bits - 1);
    if (p->nan)
        strbuf_add(out, "    output wire nan,\n");
    if (p->inf)
        strbuf_add(out, "    output wire pinf,\n    output wire ninf,\n");
    strbuf_printf(out, "    output wire sign,\n    output wire [%d:0] m\n);\n", w - 2);
    dot_use_products(p, top, n, out);
    if (p->nan)
        strbuf_add(out, "    assign nan = |nans;\n");
    if (p->inf)
        strbuf_add(out, "    assign pinf = |pinfs;\n    assign ninf = |ninfs;\n");
    strbuf_printf(out, "    assign sign = sum[%d];\n", w - 1);
    strbuf_printf(out, "    assign m = (sum[%d:0] ^ {%d{sign}}) + %s;\n", w - 2, w - 1,
                  dot_carries(p) ? "(sign ^ sum_r)" : "sign");
    verilog_end(out);
}

/* --- TOP__scale: both scales of a unit --- */

static void scale(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    const struct rtl_fields *a = &p->a.s, *b = &p->b.s;
    strbuf_printf(out,
                  "module %s__scale (\n    input  wire [%d:0] a,\n    input  wire [%d:0] b,\n"
                  "    output wire nan,\n    output wire zero,\n    output wire [%d:0] e,\n",
                  top, p->a.scale->bits - 1, p->b.scale->bits - 1, p->unit_exp_bits - 1);
    strbuf_printf(out, "    output wire [%d:0] m\n);\n", p->scale_bits ? p->scale_bits - 1 : 0);
    rtl_fields_emit(p->a.scale, "a", out);
    rtl_fields_emit(p->b.scale, "b", out);
    strbuf_printf(out, "    assign nan = 1'b0%s%s;\n", a->nan ? " | a_nan" : "", b->nan ? " | b_nan" : "");
    strbuf_add(out, "    assign zero = ~(|a_sig) | ~(|b_sig);\n    assign m = a_sig * b_sig;\n"
                    "    assign e = a_exp + b_exp;\n");
    verilog_end(out);
}

/* --- TOP__align, TOP__align_c: one term --- */

struct aligner {
    const char *name;
    int bits, left;  /* of a term; places up at its own exponent */
    int scale_bits;  /* of m, by which it is multiplied first; counted in bits */
    int exp_bits;    /* of e, which d counts; 0: none */
    int shift_bits;  /* of d */
    int result_bits; /* without sign */
    enum round_mode mode;
};

/* n, whose digits from number `below` on are kept, moved down; then rounded. What the shift takes beyond
 * all digits and one more is the same as that. */
static void rounded(const struct aligner *a, int digits, int below, struct strbuf *out)
{
    const int more = digits + 1;
    strbuf_printf(out, "    wire [%d:0] far = shift > %d ? %d : shift;\n", a->shift_bits, more, more);
    strbuf_printf(out, "    wire [%d:0] wide = {n, %d'd0} >> far;\n", digits + more - 1, more);
    strbuf_printf(out, "    wire [%d:0] cut = wide >> %d;\n", a->result_bits - 1, more + below);
    strbuf_printf(out, "    wire last = cut[0];\n    wire half = wide[%d];\n    wire rest = |wide[%d:0];\n",
                  more + below - 1, more + below - 2);
    char up[RTL_UP_TEXT];
    rtl_goes_up(a->mode, "sign", "half", "rest", "last", up);
    strbuf_printf(out, "    wire up = %s;\n    wire [%d:0] v = cut + up;\n", up, a->result_bits - 1);
}

static void align(const struct aligner *a, const char *top, struct strbuf *out)
{
    const int up = a->left > 0 ? a->left : 0, below = a->left < 0 ? -a->left : 0, digits = a->bits + up;
    strbuf_printf(out, "module %s__%s (\n    input  wire [%d:0] x,\n    input  wire sign,\n", top, a->name,
                  a->bits - a->scale_bits - 1);
    if (a->scale_bits)
        strbuf_printf(out, "    input  wire [%d:0] m,\n", a->scale_bits - 1);
    if (a->exp_bits)
        strbuf_printf(out, "    input  wire [%d:0] e,\n", a->exp_bits - 1);
    strbuf_printf(out, "    input  wire [%d:0] d,\n    output reg  [%d:0] y\n);\n", a->shift_bits - 1,
                  a->result_bits);
    strbuf_printf(out, "    wire [%d:0] t = %s;\n", a->bits - 1, a->scale_bits ? "x * m" : "x");
    strbuf_printf(out, "    wire [%d:0] shift = d%s;\n", a->shift_bits - 1, a->exp_bits ? " - e" : "");
    if (up)
        strbuf_printf(out, "    wire [%d:0] n = {t, %d'd0};\n", digits - 1, up);
    else
        strbuf_printf(out, "    wire [%d:0] n = t;\n", digits - 1);
    if (a->mode == ROUND_RTZ) {
        strbuf_printf(out, "    wire [%d:0] down = n >> shift;\n", digits - 1);
        strbuf_printf(out, "    wire [%d:0] v = down >> %d;\n", a->result_bits - 1, below);
    } else {
        rounded(a, digits, below, out);
    }
    strbuf_printf(out, "    always @* y = {sign, v ^ {%d{sign}}};\n", a->result_bits);
    verilog_end(out);
}

/* --- trees --- */

static struct rtl_tree unit_tree(const struct dot_plan *p, const char *top, int u)
{
    return (struct rtl_tree){
        .top = top, .name = "max", .n = p->unit, .bits = p->exp_bits, .first = u * p->unit};
}

static struct rtl_tree units_tree(const struct dot_plan *p, const char *top)
{
    return (struct rtl_tree){.top = top, .name = "most", .n = p->units, .bits = p->unit_exp_bits};
}

static struct rtl_tree total_tree(const struct dot_plan *p, const char *top)
{
    return (struct rtl_tree){.top = top,
                             .name = "total",
                             .n = p->terms,
                             .bits = p->align_bits + 1,
                             .carry = p->sign ? "sign" : NULL};
}

void dot_emit_align(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    struct aligner term = {.name = "align",
                           .bits = p->term_bits,
                           .left = p->term_left,
                           .scale_bits = p->scale_bits,
                           .exp_bits = p->exp_bits,
                           .shift_bits = p->shift_bits,
                           .result_bits = p->align_bits,
                           .mode = p->step.align};
    struct aligner c = {.name = "align_c",
                        .bits = p->acc_precision,
                        .left = p->step.fraction - (p->acc_precision - 1),
                        .shift_bits = p->e_bits,
                        .result_bits = p->align_bits,
                        .mode = p->step.align};
    const struct rtl_tree unit = unit_tree(p, top, 0), units = units_tree(p, top), total = total_tree(p, top);
    if (p->presum > 1)
        block(p, top, out);
    else
        rtl_max_emit(&unit, out);
    if (p->a.scale)
        scale(p, top, out);
    align(&term, top, out);
    align(&c, top, out);
    rtl_sum_emit(&total, out);
    rtl_max_emit(&units, out);
}

/* --- the body --- */

static void blocks(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    const int n = p->presum, ba = p->a.format->bits, bb = p->b.format->bits, w = p->sum_bits - 1;
    if (p->nan)
        strbuf_printf(out, "    wire [%d:0] nans;\n", p->terms - 1);
    if (p->inf)
        strbuf_printf(out, "    wire [%d:0] pinfs, ninfs;\n", p->terms - 1);
    for (int i = 0; i < p->terms; i++) {
        strbuf_printf(out, "    wire [%d:0] x%d;\n    wire sign%d;\n", w - 1, i, i);
        strbuf_printf(out, "    %s__block b%d (.a(a[%d:%d]), .b(b[%d:%d]), ", top, i, (i + 1) * n * ba - 1,
                      i * n * ba, (i + 1) * n * bb - 1, i * n * bb);
        if (p->nan)
            strbuf_printf(out, ".nan(nans[%d]), ", i);
        if (p->inf)
            strbuf_printf(out, ".pinf(pinfs[%d]), .ninf(ninfs[%d]), ", i, i);
        strbuf_printf(out, ".sign(sign%d), .m(x%d));\n", i, i);
    }
}

static int scale_of(const struct dot_operand *o, const struct dot_plan *p, int unit)
{
    return unit * p->unit / (int)o->block;
}

/* The scales of unit u: wires s<u>_e, s<u>_m, s<u>_zero, s<u>_nan; those of the unit before where it shares
 * them. */
static void scales(const struct dot_plan *p, const char *top, int u, struct strbuf *out)
{
    static const char *const kinds[] = {"nan", "zero"};
    int a = scale_of(&p->a, p, u), b = scale_of(&p->b, p, u), m = p->scale_bits ? p->scale_bits : 1;
    strbuf_printf(out, "    wire s%d_nan, s%d_zero;\n    wire [%d:0] s%d_e;\n    wire [%d:0] s%d_m;\n", u, u,
                  p->unit_exp_bits - 1, u, m - 1, u);
    if (u && a == scale_of(&p->a, p, u - 1) && b == scale_of(&p->b, p, u - 1)) {
        for (int i = 0; i < 2; i++)
            strbuf_printf(out, "    assign s%d_%s = s%d_%s;\n", u, kinds[i], u - 1, kinds[i]);
        strbuf_printf(out, "    assign s%d_e = s%d_e;\n    assign s%d_m = s%d_m;\n", u, u - 1, u, u - 1);
        return;
    }
    const int wa = p->a.scale->bits, wb = p->b.scale->bits;
    strbuf_printf(out,
                  "    %s__scale s%d (.a(scale_a[%d:%d]), .b(scale_b[%d:%d]), .nan(s%d_nan), "
                  ".zero(s%d_zero), .e(s%d_e), .m(s%d_m));\n",
                  top, u, (a + 1) * wa - 1, a * wa, (b + 1) * wb - 1, b * wb, u, u, u, u);
}

/* The largest exponent of unit u, 0 if all its terms are zero. */
static void unit(const struct dot_plan *p, const char *top, int u, struct strbuf *out)
{
    char name[VERILOG_TEXT];
    if (p->a.scale)
        scales(p, top, u, out);
    if (!p->fixed) {
        snprintf(name, sizeof name, "u%d", u);
        const struct rtl_tree t = unit_tree(p, top, u);
        rtl_max_use(&t, "e", name, out);
        strbuf_printf(out, "    wire none%d = ~(|u%d)", u, u);
    } else {
        strbuf_printf(out, "    wire none%d = ~(|x%d)", u, u);
    }
    if (p->a.scale)
        strbuf_printf(out, " | s%d_zero", u);
    strbuf_printf(out, ";\n    wire [%d:0] largest%d = none%d ? 0 : %d", p->unit_exp_bits - 1, u, u,
                  p->fixed);
    if (!p->fixed)
        strbuf_printf(out, " + u%d", u);
    if (p->a.scale)
        strbuf_printf(out, " + s%d_e", u);
    strbuf_add(out, ";\n");
}

/* By how much unit u lies below the exponent E, where its own is 0. */
static void distance(const struct dot_plan *p, int u, struct strbuf *out)
{
    strbuf_printf(out, "    wire [%d:0] far%d = E - %d", p->e_bits, u, p->unit_offset + p->fixed);
    if (p->a.scale)
        strbuf_printf(out, " - s%d_e", u);
    strbuf_printf(out, ";\n    wire [%d:0] d%d = far%d[%d] | far%d > %d ? %d : far%d;\n", p->shift_bits - 1,
                  u, u, p->e_bits, u, p->shift_most, p->shift_most, u);
}

static void terms(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    for (int i = 0; i < p->terms; i++) {
        int u = i * p->presum / p->unit;
        strbuf_printf(out, "    wire [%d:0] y%d;\n    %s__align t%d (.x(x%d), .sign(sign%d), ", p->align_bits,
                      i, top, i, i, i);
        if (p->scale_bits)
            strbuf_printf(out, ".m(s%d_m), ", u);
        if (p->exp_bits)
            strbuf_printf(out, ".e(e%d), ", i);
        strbuf_printf(out, ".d(d%d), .y(y%d));\n", u, i);
    }
}

/* NaN and infinities of all terms. An infinity times a scale of zero is NaN. */
static void specials(const struct dot_plan *p, struct strbuf *out)
{
    strbuf_add(out, p->nan ? "    wire some_nan = (|nans)" : "    wire some_nan = 1'b0");
    for (int u = 0; u < p->units && p->a.scale; u++) {
        int n = p->presum > 1 ? 1 : p->unit;
        strbuf_printf(out, " | s%d_nan", u);
        if (p->inf)
            strbuf_printf(out, " | s%d_zero & ((|pinfs[%d:%d]) | (|ninfs[%d:%d]))", u, (u + 1) * n - 1, u * n,
                          (u + 1) * n - 1, u * n);
    }
    strbuf_printf(out, ";\n    wire some_pinf = %s;\n    wire some_ninf = %s;\n", p->inf ? "|pinfs" : "1'b0",
                  p->inf ? "|ninfs" : "1'b0");
}

static void total(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    const int w = p->align_bits + 1, all = w + rtl_log2((uint64_t)p->terms), more = p->bits + 1 - w;
    const struct rtl_tree t = total_tree(p, top);
    rtl_sum_use(&t, "y", "total", out);
    strbuf_printf(out,
                  "    reg [%d:0] both;\n    always @* both = {{{%d{total[%d]}}, total}, 1'b1} + "
                  "{{%d{y_c[%d]}}, y_c, %s};\n",
                  p->bits + 1, p->bits + 1 - all, all - 1, more, w - 1, p->sign ? "total_r" : "c_sign");
    strbuf_printf(out, "    wire negative = both[%d];\n", p->bits + 1);
    strbuf_printf(out, "    wire [%d:0] magnitude = (both[%d:1] ^ {%d{negative}}) + %s;\n", p->bits - 1,
                  p->bits, p->bits, p->sign ? "(negative ^ c_sign)" : "negative");
}

void dot_emit_aligned(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    if (p->presum > 1)
        blocks(p, top, out);
    else
        dot_use_products(p, top, p->lanes, out);
    specials(p, out);
    for (int u = 0; u < p->units; u++)
        unit(p, top, u, out);
    const struct rtl_tree t = units_tree(p, top);
    rtl_max_use(&t, "largest", "w", out);
    rtl_fields_emit(&p->step.acc, "c", out);
    const int e = p->e_bits - 1;
    strbuf_printf(out, "    wire [%d:0] e_t = (|w) ? w + %d : 0;\n", e, p->unit_offset);
    strbuf_printf(out, "    wire [%d:0] e_c = (|c_sig) ? c_exp + %d : 0;\n", e, p->acc_offset);
    strbuf_printf(out, "    reg [%d:0] E;\n    always @* E = e_t > e_c ? e_t : e_c;\n", e);
    for (int u = 0; u < p->units; u++)
        distance(p, u, out);
    terms(p, top, out);
    strbuf_printf(out, "    wire [%d:0] d_c = E - c_exp - %d;\n    wire [%d:0] y_c;\n", e, p->acc_offset,
                  p->align_bits);
    strbuf_printf(out, "    %s__align_c t_c (.x(c_sig), .sign(c_sign), .d(d_c), .y(y_c));\n", top);
    total(p, top, out);
    long long offset = (long long)p->bits - 1 - p->step.fraction + p->head - p->acc_offset;
    strbuf_printf(out, "    wire signed [%d:0] field = E %c %lld;\n", p->field_bits - 1,
                  offset < 0 ? '-' : '+', offset < 0 ? -offset : offset);
    strbuf_add(out, "    wire zero_sign = 1'b0;\n");
    dot_use_result(p, top, out);
}

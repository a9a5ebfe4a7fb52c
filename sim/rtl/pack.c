#include "sim/rtl/pack.h"

#include <stdio.h>

#include "sim/rtl/fields.h"
#include "sim/rtl/tree.h"

/* --- rounding --- */

void rtl_pack_of(const struct format *f, struct rtl_pack *out)
{
    *out = (struct rtl_pack){.format = f};
    const struct rounding saturate = {.overflow = OVERFLOW_SATURATE};
    uint32_t most = format_round(f, format_max(f), &saturate, 0).code;
    out->most[0] = out->most[1] = most;
    if (f->family == &family_int) {
        out->precision = out->magnitude_bits = f->bits - (f->codes != CODES_TWOS);
        out->most[1] += f->codes == CODES_TWOS;
        return;
    }
    out->magnitude_bits = f->bits - !f->is_unsigned;
    out->precision = f->exponent_bits ? f->precision : f->precision - 1;
}

void rtl_goes_up(enum round_mode mode, const char *sign, const char *half, const char *rest, const char *last,
                 char out[static RTL_UP_TEXT])
{
    switch (mode) {
    case ROUND_RNE:
        snprintf(out, RTL_UP_TEXT, "%s & (%s | %s)", half, rest, last);
        break;
    case ROUND_RNA:
        snprintf(out, RTL_UP_TEXT, "%s", half);
        break;
    case ROUND_RNZ:
        snprintf(out, RTL_UP_TEXT, "%s & %s", half, rest);
        break;
    case ROUND_RNO:
        snprintf(out, RTL_UP_TEXT, "%s & (%s | ~%s)", half, rest, last);
        break;
    case ROUND_RUP:
        snprintf(out, RTL_UP_TEXT, "~%s & (%s | %s)", sign, half, rest);
        break;
    case ROUND_RDN:
        snprintf(out, RTL_UP_TEXT, "%s & (%s | %s)", sign, half, rest);
        break;
    case ROUND_RAZ:
        snprintf(out, RTL_UP_TEXT, "%s | %s", half, rest);
        break;
    case ROUND_ODD:
        snprintf(out, RTL_UP_TEXT, "~%s & (%s | %s)", last, half, rest);
        break;
    default:
        snprintf(out, RTL_UP_TEXT, "1'b0");
    }
}

/* The field and the fraction as one number, before it is rounded: in that order the carry of one is the step
 * of the other. */
static void emit_cut(const struct rtl_pack *p, struct strbuf *out)
{
    const int first = p->bits - 1, m = p->precision - 1, w = p->field_bits + m;
    strbuf_printf(out, "    wire [%d:0] cut = {f & {%d{x[%d]}}", w - 1, p->field_bits, first);
    if (m)
        strbuf_printf(out, ", x[%d:%d]", first - 1, first - m);
    strbuf_add(out, "};\n");
    int half = first - m - 1;
    strbuf_add(out, "    wire last = cut[0];\n");
    if (half >= 0)
        strbuf_printf(out, "    wire half = x[%d];\n", half);
    else
        strbuf_add(out, "    wire half = 1'b0;\n");
    if (half >= 1)
        strbuf_printf(out, "    wire rest = |x[%d:0];\n", half - 1);
    else
        strbuf_add(out, "    wire rest = 1'b0;\n");
    char up[RTL_UP_TEXT];
    rtl_goes_up(p->mode, "sign", "half", "rest", "last", up);
    strbuf_printf(out, "    wire up = %s;\n", up);
    strbuf_printf(out, "    wire [%d:0] n = {1'b0, cut} + up;\n", w);
}

static void emit_code(const struct rtl_pack *p, struct strbuf *out)
{
    const struct format *f = p->format;
    const int k = p->magnitude_bits, w = p->field_bits + p->precision; /* of n */
    const bool twos = rtl_is_twos(f), has_sign = f->family == &family_int || !f->is_unsigned;
    if (p->ftz)
        strbuf_printf(out, "    wire [%d:0] kept = n[%d:%d] == 0 ? 0 : n;\n", w - 1, w - 1, p->precision - 1);
    else
        strbuf_printf(out, "    wire [%d:0] kept = n;\n", w - 1);
    strbuf_printf(out, "    wire beyond = n > (sign ? %d'd%u : %d'd%u);\n", w, (unsigned)p->most[1], w,
                  (unsigned)p->most[0]);
    strbuf_printf(out, "    wire [%d:0] magnitude = kept;\n", k - 1);
    strbuf_printf(out, "    wire [%d:0] within = ", f->bits - 1);
    if (twos)
        strbuf_printf(out, "sign ? -magnitude : {%smagnitude};\n", k < f->bits ? "1'b0, " : "");
    else if (!has_sign)
        strbuf_add(out, "magnitude;\n");
    else if (format_has_neg_zero(f))
        strbuf_add(out, "{sign, magnitude};\n");
    else
        strbuf_add(out, "{sign & (|magnitude), magnitude};\n");
    strbuf_printf(out, "    assign code = beyond ? (sign ? %d'd%u : %d'd%u) : within;\n", f->bits,
                  (unsigned)p->over[1], f->bits, (unsigned)p->over[0]);
}

void rtl_pack_emit(const char *top, const struct rtl_pack *p, struct strbuf *out)
{
    strbuf_printf(out,
                  "module %s__round (\n    input  wire sign,\n    input  wire [%d:0] f,\n"
                  "    input  wire [%d:0] x,\n    output wire [%d:0] code\n);\n",
                  top, p->field_bits - 1, p->bits - 1, p->format->bits - 1);
    emit_cut(p, out);
    emit_code(p, out);
    verilog_end(out);
}

/* --- normalising --- */

int rtl_normalise_bits(const struct rtl_normalise *n)
{
    int bits = n->bits + n->head;
    return bits < n->least ? n->least : bits;
}

/* Leading zeros of x by halves: of 2^level neighbours, whether all are zero (z), and how many from the top
 * (c). Behind x there are ones. */
static void emit_zeros(int bits, int levels, struct strbuf *out)
{
    for (int i = 0; i < 1 << levels; i++) {
        int bit = i - ((1 << levels) - bits);
        if (bit >= 0)
            strbuf_printf(out, "    wire z0_%d = ~x[%d];\n", i, bit);
        else
            strbuf_printf(out, "    wire z0_%d = 1'b0;\n", i);
    }
    for (int l = 1; l <= levels; l++)
        for (int i = 0; i < 1 << (levels - l); i++) {
            int hi = 2 * i + 1, lo = 2 * i, k = l - 1;
            strbuf_printf(out, "    wire z%d_%d = z%d_%d & z%d_%d;\n", l, i, k, hi, k, lo);
            strbuf_printf(out, "    wire [%d:0] c%d_%d = {z%d_%d", k, l, i, k, hi);
            if (k)
                strbuf_printf(out, ", z%d_%d ? c%d_%d : c%d_%d", k, hi, k, lo, k, hi);
            strbuf_add(out, "};\n");
        }
}

void rtl_normalise_emit(const char *top, const struct rtl_normalise *n, struct strbuf *out)
{
    const int levels = rtl_log2((uint64_t)n->bits) > 0 ? rtl_log2((uint64_t)n->bits) : 1;
    const int width = rtl_normalise_bits(n), amount = rtl_log2((uint64_t)(n->bits + n->head)),
              count = rtl_log2((UINT64_C(1) << levels) + (uint64_t)n->head), f = n->field_bits;
    strbuf_printf(out,
                  "module %s__normalise (\n    input  wire [%d:0] x,\n    input  wire signed [%d:0] field,\n"
                  "    output wire [%d:0] f,\n    output reg  [%d:0] y\n);\n",
                  top, n->bits - 1, f - 1, f - 1, width - 1);
    emit_zeros(n->bits, levels, out);
    strbuf_printf(out, "    wire [%d:0] zeros = c%d_0 + %d;\n", count - 1, levels, n->head);
    strbuf_printf(out, "    wire signed [%d:0] low = field - $signed({1'b0, zeros});\n", f);
    strbuf_printf(out, "    wire all = ~low[%d] & (|low);\n", f);
    strbuf_printf(out, "    wire [%d:0] some = field[%d] | ~(|field) ? 0 : field - 1;\n", f - 1, f - 1);
    strbuf_printf(out, "    wire [%d:0] amount = all ? zeros : some;\n", amount > 0 ? amount - 1 : 0);
    strbuf_printf(out, "    assign f = all ? low : 1;\n");
    strbuf_printf(out, "    wire [%d:0] wide = {", width - 1);
    if (n->head)
        strbuf_printf(out, "%d'd0, ", n->head);
    strbuf_add(out, "x");
    if (width > n->bits + n->head)
        strbuf_printf(out, ", %d'd0", width - n->bits - n->head);
    strbuf_add(out, "};\n    always @* y = wide << amount;\n");
    verilog_end(out);
}

/* What becomes of a sum: a float, an integer, a register. */
#include "sim/rtl/dot_text.h"
#include "sim/rtl/tree.h"

/* --- codes that stand for what is no number, or beyond the largest --- */

static uint32_t settled(const struct mac_spec *m, uint32_t code)
{
    bool ones = m->nan_ones && format_decode(&m->acc, code).class == NUMBER_NAN;
    return ones ? format_code_mask(&m->acc) >> !m->acc.is_unsigned : code;
}

/* As the MAC text says of overflow (sim/mac.h). */
static uint32_t special_code(const struct mac_spec *m, enum number_class class, bool negative)
{
    struct rounding r = m->round;
    r.overflow = m->overflow == MAC_SATURATE ? OVERFLOW_SATURATE_KEEP_INF : OVERFLOW_INFINITY;
    struct number x = {.class = class, .negative = negative};
    return settled(m, format_round(&m->acc, x, &r, 0).code);
}

static uint32_t code_beyond(const struct mac_spec *m, bool negative)
{
    struct rounding r = m->round;
    r.overflow = m->overflow == MAC_SATURATE ? OVERFLOW_SATURATE : OVERFLOW_INFINITY;
    struct number x = number_make(negative, 1, number_exponent(format_max(&m->acc)) + 2);
    if (m->overflow == MAC_INFINITY)
        x = (struct number){.class = NUMBER_INF, .negative = negative};
    return settled(m, format_round(&m->acc, x, &r, 0).code);
}

/* --- TOP__normalise, TOP__round --- */

static struct rtl_normalise normaliser(const struct dot_plan *p)
{
    return (struct rtl_normalise){p->bits, p->head, p->field_bits, p->acc_precision + 2};
}

void dot_emit_result(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    const struct rtl_normalise n = normaliser(p);
    struct rtl_pack pack;
    rtl_pack_of(&p->step.acc, &pack);
    pack.mode = p->step.round.mode;
    pack.ftz = p->step.round.ftz;
    pack.field_bits = p->field_bits;
    pack.bits = rtl_normalise_bits(&n);
    for (int i = 0; i < 2; i++)
        pack.over[i] = code_beyond(&p->step, i);
    rtl_normalise_emit(top, &n, out);
    rtl_pack_emit(top, &pack, out);
}

void dot_use_result(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    const struct mac_spec *m = &p->step;
    const struct rtl_normalise n = normaliser(p);
    const int bits = m->acc.bits;
    strbuf_printf(out, "    wire [%d:0] f;\n    wire [%d:0] digits;\n    wire [%d:0] code;\n",
                  p->field_bits - 1, rtl_normalise_bits(&n) - 1, bits - 1);
    strbuf_add(out, "    wire sign = (|magnitude) ? negative : zero_sign;\n");
    strbuf_printf(out, "    %s__normalise normalise (.x(magnitude), .field(field), .f(f), .y(digits));\n",
                  top);
    strbuf_printf(out, "    %s__round round (.sign(sign), .f(f), .x(digits), .code(code));\n", top);
    struct rtl_fields acc;
    rtl_fields_of(&m->acc, &acc);
    strbuf_printf(out, "    wire pinf = some_pinf%s;\n    wire ninf = some_ninf%s;\n",
                  acc.inf ? " | c_inf & ~c_sign" : "", acc.inf ? " | c_inf & c_sign" : "");
    strbuf_printf(out, "    wire nan = some_nan%s | pinf & ninf;\n", acc.nan ? " | c_nan" : "");
    strbuf_printf(out, "    assign d = nan ? %d'd%u : pinf ? %d'd%u : ninf ? %d'd%u : code;\n", bits,
                  (unsigned)special_code(m, NUMBER_NAN, false), bits,
                  (unsigned)special_code(m, NUMBER_INF, false), bits,
                  (unsigned)special_code(m, NUMBER_INF, true));
}

/* --- DOT_ONCE --- */

/* The sign of a sum that is zero. A fused step has -0 where all it adds are -0; an addition of its own has
 * what IEEE 754-2019, 6.3 says. */
static void zero_sign(const struct dot_plan *p, struct strbuf *out)
{
    if (p->step.order == MAC_FUSED)
        strbuf_add(out, "    wire zero_sign = (&minus) & c_sign;\n");
    else if (p->step.round.mode == ROUND_RDN)
        strbuf_add(out, "    wire zero_sign = c_sign | (|minus) | (|c_sig);\n");
    else
        strbuf_add(out, "    wire zero_sign = (&minus) & c_sign;\n");
}

static void once(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    struct rtl_fields acc;
    rtl_fields_of(&p->step.acc, &acc);
    const int w = p->sum_bits, span = p->high - p->low, all = p->bits + 1,
              place = rtl_log2((uint64_t)span + 1);
    const int64_t from = acc.q - p->product_q; /* d = c_exp + from */
    const int d = p->field_bits + 2;
    strbuf_printf(out, "    wire signed [%d:0] s = sum%s;\n", w - 1, dot_carries(p) ? " + sum_r" : "");
    rtl_fields_emit(&p->step.acc, "c", out);
    strbuf_printf(out, "    wire signed [%d:0] at = $signed({1'b0, c_exp}) + $signed(%d'd%lld);\n", d - 1, d,
                  (long long)((uint64_t)from & ((UINT64_C(1) << d) - 1)));
    strbuf_printf(
        out, "    wire signed [%d:0] near = at < $signed(-%d'd%d) ? -%d'd%d : at > %d'sd%d ? %d'sd%d : at;\n",
        d - 1, d, -p->low, d, -p->low, d, p->high, d, p->high);
    strbuf_printf(out, "    wire [%d:0] place = near + %d;\n", place > 0 ? place - 1 : 0, -p->low);
    strbuf_printf(out, "    wire signed [%d:0] beyond = at - near;\n", d - 1);
    strbuf_printf(out, "    wire signed [%d:0] moved = (|s) & beyond[%d] ? 0 : beyond;\n", d - 1, d - 1);
    strbuf_printf(out, "    wire [%d:0] c_at = c_sig << place;\n", all - 1);
    strbuf_printf(out, "    wire [%d:0] s_at = {{%d{s[%d]}}, s%s", all - 1, all - w + p->low, w - 1,
                  p->low ? ", " : "");
    if (p->low)
        strbuf_printf(out, "%d'd0", -p->low);
    strbuf_add(out, "};\n");
    strbuf_printf(out, "    reg [%d:0] both;\n    always @* both = s_at + (c_at ^ {%d{c_sign}}) + c_sign;\n",
                  all - 1, all);
    strbuf_printf(out, "    wire negative = both[%d];\n", all - 1);
    strbuf_printf(out, "    wire [%d:0] magnitude = (both[%d:0] ^ {%d{negative}}) + negative;\n", p->bits - 1,
                  p->bits - 1, p->bits);
    long long top_field = (long long)p->product_q + p->low + p->bits - 1 - p->acc_exp + p->head;
    strbuf_printf(out, "    wire signed [%d:0] field = moved + $signed(%d'd%lld);\n", p->field_bits - 1, d,
                  (long long)((uint64_t)top_field & ((UINT64_C(1) << d) - 1)));
    strbuf_printf(out, "    wire some_nan = %s;\n    wire some_pinf = %s;\n    wire some_ninf = %s;\n",
                  p->nan ? "|nans" : "1'b0", p->inf ? "|pinfs" : "1'b0", p->inf ? "|ninfs" : "1'b0");
    zero_sign(p, out);
    dot_use_result(p, top, out);
}

/* --- integers --- */

static void integer(const struct dot_plan *p, struct strbuf *out)
{
    const int n = p->step.acc.bits, w = p->sum_bits;
    const char *carry = dot_carries(p) ? " + sum_r" : "";
    if (p->step.overflow == MAC_WRAP) {
        strbuf_printf(out, "    wire signed [%d:0] s = sum;\n    wire signed [%d:0] s_c = c;\n", w - 1,
                      n - 1);
        strbuf_printf(out, "    assign d = s_c + s%s;\n",
                      dot_carries(p) ? " + $signed({1'b0, sum_r})" : carry);
        return;
    }
    strbuf_printf(out, "    wire [%d:0] both = {c[%d], c} + {{%d{sum[%d]}}, sum}%s;\n", n, n - 1, n + 1 - w,
                  w - 1, carry);
    strbuf_printf(out, "    wire over = both[%d] ^ both[%d];\n", n, n - 1);
    strbuf_printf(out, "    assign d = over ? {both[%d], {%d{~both[%d]}}} : both[%d:0];\n", n, n - 1, n,
                  n - 1);
}

/* --- the register --- */

static void fixed_point(const struct dot_plan *p, struct strbuf *out)
{
    const int n = dot_acc_bits(p), w = p->sum_bits, more = n - w;
    strbuf_printf(out, "    assign d = c + {");
    if (more > 0)
        strbuf_printf(out, "{%d{sum[%d]}}, ", more, w - 1);
    strbuf_printf(out, "sum[%d:0]}%s;\n", (more < 0 ? n : w) - 1, dot_carries(p) ? " + sum_r" : "");
    if (p->nan)
        strbuf_printf(out, "    assign d_flags = c_flags | {|nans, %s};\n",
                      p->inf ? "|pinfs, |ninfs" : "2'b00");
}

void dot_emit_fixed(const struct dot_plan *p, const char *top, struct strbuf *out)
{
    dot_use_products(p, top, p->lanes, out);
    if (p->kind == DOT_ONCE)
        once(p, top, out);
    else if (p->kind == DOT_INTEGER)
        integer(p, out);
    else
        fixed_point(p, out);
}

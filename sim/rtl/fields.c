#include "sim/rtl/fields.h"
#include "sim/rtl/table.h"

#include <stdio.h>

static bool has_table(const struct format *f)
{
    return f->family != &family_float && f->family != &family_int;
}

const char *rtl_code_bits(const struct format *f, const char *name, int hi, int lo,
                          char out[static VERILOG_TEXT])
{
    if (f->bits > 1)
        return verilog_bits(name, hi, lo, out);
    snprintf(out, VERILOG_TEXT, "%s", name);
    return out;
}

const char *rtl_fields_refuse(const struct format *f)
{
    if (f->bits > RTL_BITS_MAX)
        return "units take formats of at most 8 bits";
    return has_table(f) ? rtl_table_refuse(f) : NULL;
}

const char *rtl_operands_refuse(const struct rtl_spec *s)
{
    const struct quant_spec *side[] = {&s->scheme, &s->other};
    for (int i = 0; i < 2; i++) {
        if (side[i]->codec)
            return "a block codec has no element codes to multiply";
        if (side[i]->n_alternatives)
            return "units take one element format, not one of several a block";
        const struct format *f = &side[i]->element;
        const char *why = f->bits > RTL_PRODUCT_BITS_MAX ? "products take formats of at most 16 bits"
                          : has_table(f)                 ? rtl_fields_refuse(f)
                                                         : NULL;
        if (why)
            return why;
    }
    return NULL;
}

bool rtl_is_twos(const struct format *f)
{
    return f->family == &family_int && f->codes != CODES_SIGNMAG;
}

/* NaN has the code of -0. */
static bool nan_is_neg_zero(const struct format *f)
{
    return !f->is_unsigned && format_decode(f, UINT32_C(1) << (f->bits - 1)).class == NUMBER_NAN;
}

void rtl_fields_of(const struct format *f, struct rtl_fields *out)
{
    if (has_table(f)) {
        rtl_table_fields(f, out);
        return;
    }
    *out = (struct rtl_fields){.stretch = f->stretch > 0 ? f->stretch : 1};
    if (f->family == &family_int) {
        out->sign = out->zero = true;
        out->sig_bits = f->bits - (f->codes == CODES_SIGNMAG);
        out->q = -f->fraction_bits;
        return;
    }
    int m = f->precision - 1;
    out->sign = !f->is_unsigned;
    out->nan = format_has_nan(f);
    out->inf = format_has_inf(f);
    out->zero = f->subnormals != SUBNORMALS_NONE;
    out->exp_bits = f->exponent_bits;
    out->sig_bits = f->exponent_bits ? m + 1 : m;
    out->q = (f->exponent_bits ? 0 : 1) - f->bias - m;
    if (f->exponent_bits) {
        struct rounding nearest = {.mode = ROUND_RNE};
        out->exp_min = f->subnormals == SUBNORMALS_NONE ? 0 : 1;
        out->exp_max = (int32_t)rtl_code_of(f, format_round(f, format_max(f), &nearest, 0).code).exp;
    }
}

static struct rtl_code int_code(const struct format *f, uint32_t code)
{
    uint32_t half = UINT32_C(1) << (f->bits - 1);
    struct rtl_code c = {.sign = (code & half) != 0, .sig = code};
    if (f->codes == CODES_SIGNMAG)
        c.sig = code & (half - 1);
    else if (c.sign)
        c.sig = 2 * half - code;
    return c;
}

struct rtl_code rtl_code_of(const struct format *f, uint32_t code)
{
    if (has_table(f))
        return rtl_table_code(f, code);
    if (f->family == &family_int)
        return int_code(f, code);
    const enum number_class class = format_decode(f, code).class;
    int m = f->precision - 1;
    uint32_t fraction = code & ((UINT32_C(1) << m) - 1);
    uint32_t field = code >> m & ((UINT32_C(1) << f->exponent_bits) - 1);
    bool normal = field || f->subnormals == SUBNORMALS_NONE;
    struct rtl_code c = {.sign = !f->is_unsigned && code >> (f->bits - 1),
                         .nan = class == NUMBER_NAN,
                         .inf = class == NUMBER_INF,
                         .exp = field,
                         .sig = fraction};
    if (f->exponent_bits && normal)
        c.sig |= UINT32_C(1) << m;
    if (f->exponent_bits && !normal && f->subnormals == SUBNORMALS_OFF)
        c.sig = 0;
    if (f->exponent_bits && !normal && f->subnormals == SUBNORMALS_ON)
        c.exp = 1;
    return c;
}

static void emit_int(const struct format *f, const char *name, struct strbuf *out)
{
    char text[VERILOG_TEXT], sign[VERILOG_TEXT];
    int n = f->bits;
    snprintf(text, sizeof text, "%s_sign", name);
    verilog_wire(out, text, 1, "%s", rtl_code_bits(f, name, n - 1, n - 1, sign));
    snprintf(text, sizeof text, "%s_sig", name);
    if (f->codes == CODES_SIGNMAG)
        verilog_wire(out, text, n - 1, "%s", rtl_code_bits(f, name, n - 2, 0, sign));
    else
        verilog_wire(out, text, n, "%s_sign ? -%s : %s", name, name, name);
}

/* The least exponent field of numbers with a hidden bit is 1, and subnormal numbers have the same exponent:
 * their field's last bit becomes 1. */
static void emit_exponent(const struct format *f, const char *name, struct strbuf *out)
{
    char text[VERILOG_TEXT], field[VERILOG_TEXT], last[VERILOG_TEXT];
    int m = f->precision - 1, e = f->exponent_bits;
    snprintf(text, sizeof text, "%s_exp", name);
    rtl_code_bits(f, name, m, m, last);
    if (f->subnormals != SUBNORMALS_ON)
        verilog_wire(out, text, e, "%s", rtl_code_bits(f, name, m + e - 1, m, field));
    else if (e == 1)
        verilog_wire(out, text, e, "1'b1");
    else
        verilog_wire(out, text, e, "{%s, %s | ~%s_normal}", rtl_code_bits(f, name, m + e - 1, m + 1, field),
                     last, name);
}

static void emit_significand(const struct format *f, const char *name, struct strbuf *out)
{
    char text[VERILOG_TEXT], fraction[VERILOG_TEXT];
    int m = f->precision - 1;
    const bool off = f->subnormals == SUBNORMALS_OFF, none = f->subnormals == SUBNORMALS_NONE;
    snprintf(text, sizeof text, "%s_sig", name);
    if (m > 0)
        rtl_code_bits(f, name, m - 1, 0, fraction);
    if (!f->exponent_bits)
        verilog_wire(out, text, m, "%s", fraction);
    else if (none && m == 0)
        verilog_wire(out, text, 1, "1'b1");
    else if (none)
        verilog_wire(out, text, m + 1, "{1'b1, %s}", fraction);
    else if (m == 0)
        verilog_wire(out, text, 1, "%s_normal", name);
    else if (off)
        verilog_wire(out, text, m + 1, "{%s_normal, %s & {%d{%s_normal}}}", name, fraction, m, name);
    else
        verilog_wire(out, text, m + 1, "{%s_normal, %s}", name, fraction);
}

void rtl_specials_emit(const struct format *f, const char *name, struct strbuf *out)
{
    char nan[VERILOG_TEXT], inf[VERILOG_TEXT], sign[VERILOG_TEXT], all[VERILOG_TEXT], top[VERILOG_TEXT],
        fraction[VERILOG_TEXT], last[VERILOG_TEXT];
    int m = f->precision - 1, n = f->exponent_bits + m;
    if (f->family != &family_float)
        return;
    snprintf(nan, sizeof nan, "%s_nan", name);
    snprintf(inf, sizeof inf, "%s_inf", name);
    rtl_code_bits(f, name, f->bits - 1, f->bits - 1, sign);
    rtl_code_bits(f, name, n - 1, 0, all);
    rtl_code_bits(f, name, n - 1, n > 1, top);
    rtl_code_bits(f, name, 0, 0, last);
    switch (f->specials) {
    case SPECIALS_IEEE:
        rtl_code_bits(f, name, n - 1, m, top);
        if (m == 0) {
            verilog_wire(out, inf, 1, "&%s", top);
            return;
        }
        rtl_code_bits(f, name, m - 1, 0, fraction);
        verilog_wire(out, nan, 1, "&%s & (|%s)", top, fraction);
        verilog_wire(out, inf, 1, "&%s & ~(|%s)", top, fraction);
        return;
    case SPECIALS_P3109_EXTENDED:
        if (f->is_unsigned)
            verilog_wire(out, inf, 1, "&%s & ~%s", top, last);
        else
            verilog_wire(out, inf, 1, "&%s", all);
        break;
    default:
        break;
    }
    if (nan_is_neg_zero(f))
        verilog_wire(out, nan, 1, "%s & ~(|%s)", sign, all);
    else if (format_has_nan(f))
        verilog_wire(out, nan, 1, "&%s", all);
}

void rtl_fields_emit(const struct format *f, const char *name, struct strbuf *out)
{
    char text[VERILOG_TEXT], bits[VERILOG_TEXT];
    struct rtl_fields fields;
    if (has_table(f)) {
        rtl_table_emit(f, name, out);
        return;
    }
    rtl_fields_of(f, &fields);
    if (f->family == &family_int) {
        emit_int(f, name, out);
        return;
    }
    int m = f->precision - 1, e = f->exponent_bits;
    if (fields.sign) {
        snprintf(text, sizeof text, "%s_sign", name);
        verilog_wire(out, text, 1, "%s", rtl_code_bits(f, name, f->bits - 1, f->bits - 1, bits));
    }
    if (e && f->subnormals != SUBNORMALS_NONE) {
        snprintf(text, sizeof text, "%s_normal", name);
        verilog_wire(out, text, 1, "|%s", rtl_code_bits(f, name, m + e - 1, m, bits));
    }
    if (e)
        emit_exponent(f, name, out);
    emit_significand(f, name, out);
    rtl_specials_emit(f, name, out);
}

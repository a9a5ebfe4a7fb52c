#include "sim/rtl/table.h"

#include <stdio.h>

/* Significant bits of a finite number; of irrational ones 64 are held. */
static int significant(struct number x)
{
    int n = 64;
    for (uint64_t s = x.significand; !x.sticky && !(s & 1); s >>= 1)
        n--;
    return n;
}

void rtl_table_fields(const struct format *f, struct rtl_fields *out)
{
    int32_t least = INT32_MAX, most = INT32_MIN;
    *out = (struct rtl_fields){.stretch = 1, .sig_bits = 1};
    for (uint32_t code = 0; code <= format_code_mask(f); code++) {
        const struct number x = format_decode(f, code);
        out->nan |= x.class == NUMBER_NAN;
        out->inf |= x.class == NUMBER_INF;
        out->zero |= x.class == NUMBER_ZERO;
        out->sign |= x.class != NUMBER_NAN && x.negative;
        if (x.class != NUMBER_FINITE)
            continue;
        const int32_t e = number_exponent(x);
        const int n = significant(x);
        least = e < least ? e : least;
        most = e > most ? e : most;
        out->sig_bits = n > out->sig_bits ? n : out->sig_bits;
    }
    out->exp_max = most - least;
    out->exp_bits = rtl_bits((uint32_t)out->exp_max);
    out->q = least - (out->sig_bits - 1);
}

const char *rtl_table_refuse(const struct format *f)
{
    struct rtl_fields fields;
    rtl_table_fields(f, &fields);
    if (fields.sig_bits > RTL_TABLE_SIG_MAX)
        return "its values need more than 24 significant bits, as those of logarithmic formats do";
    return NULL;
}

struct rtl_code rtl_table_code(const struct format *f, uint32_t code)
{
    const struct number x = format_decode(f, code);
    struct rtl_fields fields;
    struct rtl_code c = {.nan = x.class == NUMBER_NAN, .inf = x.class == NUMBER_INF};
    c.sign = !c.nan && x.negative;
    rtl_table_fields(f, &fields);
    if (c.inf)
        c.sig = UINT32_C(1) << (fields.sig_bits - 1); /* it is no zero */
    if (x.class != NUMBER_FINITE)
        return c;
    c.sig = (uint32_t)(x.significand >> (64 - fields.sig_bits));
    c.exp = (uint32_t)(number_exponent(x) - fields.q - (fields.sig_bits - 1));
    return c;
}

/* A wire for the next bits of the table's word. */
static void part(const char *name, const char *what, int bits, int *at, struct strbuf *out)
{
    char wire[VERILOG_TEXT], table[VERILOG_TEXT], from[VERILOG_TEXT];
    if (!bits)
        return;
    snprintf(wire, sizeof wire, "%s_%s", name, what);
    snprintf(table, sizeof table, "%s_table", name);
    *at -= bits;
    verilog_wire(out, wire, bits, "%s", verilog_bits(table, *at + bits - 1, *at, from));
}

void rtl_table_emit(const struct format *f, const char *name, struct strbuf *out)
{
    struct rtl_fields t;
    rtl_table_fields(f, &t);
    int width = t.nan + t.inf + t.sign + t.exp_bits + t.sig_bits;
    const int n = width < 2 ? 2 : width; /* a vector */
    strbuf_printf(out, "    reg [%d:0] %s_table;\n    always @*\n        case (%s)\n", n - 1, name, name);
    for (uint32_t code = 0; code <= format_code_mask(f); code++) {
        const struct rtl_code c = rtl_table_code(f, code);
        uint64_t word = c.nan;
        word = t.inf ? word << 1 | c.inf : word;
        word = t.sign ? word << 1 | c.sign : word;
        word = (word << t.exp_bits | c.exp) << t.sig_bits | c.sig;
        strbuf_printf(out, "        %d'h%x: %s_table = %d'h%llx;\n", f->bits, (unsigned)code, name, n,
                      (unsigned long long)word);
    }
    strbuf_printf(out, "        default: %s_table = %d'h0;\n        endcase\n", name, n);
    part(name, "nan", t.nan, &width, out);
    part(name, "inf", t.inf, &width, out);
    part(name, "sign", t.sign, &width, out);
    part(name, "exp", t.exp_bits, &width, out);
    part(name, "sig", t.sig_bits, &width, out);
}

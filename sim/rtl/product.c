/* Unit "product": the product itself, as a record of fields that nothing normalises (integers: a number in
 * two's complement). Vectors are product_exact's values and the exponents of its terms. */
#include "sim/rtl/pairs.h"
#include "sim/rtl/record.h"

#include <stdio.h>

void rtl_record_of(const struct format *fa, const struct format *fb, struct rtl_record *z)
{
    struct rtl_fields *a = &z->a, *b = &z->b;
    rtl_fields_of(fa, a);
    rtl_fields_of(fb, b);
    z->integer = rtl_is_twos(fa) && rtl_is_twos(fb);
    z->inf = a->inf || b->inf;
    z->nan = a->nan || b->nan || (a->inf && b->zero) || (b->inf && a->zero);
    z->sign = a->sign || b->sign;
    z->exp_bits = rtl_bits((UINT32_C(1) << a->exp_bits) - 1 + (UINT32_C(1) << b->exp_bits) - 1);
    z->sig_bits = a->sig_bits == 1 ? b->sig_bits : b->sig_bits == 1 ? a->sig_bits : a->sig_bits + b->sig_bits;
    z->q = a->q + b->q;
    z->exp_min = a->exp_min + b->exp_min;
    z->exp_max = a->exp_max + b->exp_max;
}

static struct rtl_record shape_of(const struct rtl_spec *s)
{
    struct rtl_record z;
    rtl_record_of(&s->scheme.element, &s->other.element, &z);
    return z;
}

static const char *refuses(const struct rtl_spec *s)
{
    if (s->mac_given && s->mac.product != product_find("exact"))
        return "the product of the MAC is another one";
    if (s->mac_given && s->mac.daz)
        return "a product by itself takes subnormal operands as they are: daz=no";
    return rtl_operands_refuse(s);
}

void rtl_record_ports(const struct rtl_record *z, struct rtl_ports *out)
{
    if (z->nan)
        rtl_port_add(out, "nan", 1, true);
    if (z->inf)
        rtl_port_add(out, "inf", 1, true);
    if (z->sign)
        rtl_port_add(out, "sign", 1, true);
    if (z->exp_bits)
        rtl_port_add(out, "exp", z->exp_bits, true);
    rtl_port_add(out, "sig", z->sig_bits, true);
}

static void ports(const struct rtl_spec *s, struct rtl_ports *out)
{
    const struct rtl_record z = shape_of(s);
    rtl_port_add(out, "a", s->scheme.element.bits, false);
    rtl_port_add(out, "b", s->other.element.bits, false);
    if (z.integer)
        rtl_port_add(out, "p", s->scheme.element.bits + s->other.element.bits, true);
    else
        rtl_record_ports(&z, out);
}

/* What a reader of the module needs to know. */
static void explain(const struct rtl_spec *s, const struct rtl_record *z, struct strbuf *out)
{
    char value[VERILOG_TEXT];
    const int q = z->q;
    strbuf_printf(out, "// The exact product of %s (a) and %s (b).\n", s->scheme.element.name,
                  s->other.element.name);
    if (z->integer)
        snprintf(value, sizeof value, "p");
    else
        snprintf(value, sizeof value, "%ssig", z->sign ? "(-1)^sign * " : "");
    strbuf_printf(out, "// value = %s", value);
    if (z->exp_bits)
        strbuf_printf(out, " * 2^(exp %c %d)", q < 0 ? '-' : '+', q < 0 ? -q : q);
    else if (q)
        strbuf_printf(out, " * 2^%d", q);
    for (int i = 0; i < 2; i++)
        if ((i ? &z->b : &z->a)->stretch < 1)
            strbuf_printf(out, " * %.9g", (double)(i ? &z->b : &z->a)->stretch);
    strbuf_add(out, z->integer ? ", p in two's complement.\n" : ".\n");
    if (z->exp_bits)
        strbuf_add(
            out, "// Nothing is normalised: exp is the sum of the operands' exponents, subnormal ones at the "
                 "least.\n");
    if (z->nan || z->inf)
        strbuf_printf(out, "// Where %s%s%s is set, the value is that; the other outputs mean nothing.\n",
                      z->nan ? "nan" : "", z->nan && z->inf ? " or inf" : "", z->nan ? "" : "inf");
}

static void emit_specials(const struct rtl_record *z, struct strbuf *out)
{
    const char *inf = z->a.inf && z->b.inf ? "a_inf | b_inf" : z->a.inf ? "a_inf" : "b_inf";
    char nan[2 * VERILOG_TEXT] = "";
    size_t n = 0;
    const struct {
        bool there;
        const char *text;
    } causes[] = {{z->a.nan, "a_nan"},
                  {z->b.nan, "b_nan"},
                  {z->a.inf && z->b.zero, "a_inf & ~(|b_sig)"},
                  {z->b.inf && z->a.zero, "b_inf & ~(|a_sig)"}};
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (causes[i].there)
            n += (size_t)snprintf(nan + n, sizeof nan - n, "%s%s", n ? " | " : "", causes[i].text);
    if (z->nan)
        verilog_assign(out, "nan", "%s", nan);
    if (z->inf && z->nan)
        verilog_assign(out, "inf", "(%s) & ~nan", inf);
    else if (z->inf)
        verilog_assign(out, "inf", "%s", inf);
}

static void emit(const struct rtl_spec *s, const char *top, struct strbuf *out)
{
    const struct rtl_record z = shape_of(s);
    struct rtl_ports p = {.n = 0};
    ports(s, &p);
    explain(s, &z, out);
    verilog_module(out, top, &p);
    if (z.integer) {
        verilog_assign(out, "p", "$signed(a) * $signed(b)");
        verilog_end(out);
        return;
    }
    rtl_fields_emit(&s->scheme.element, "a", out);
    rtl_fields_emit(&s->other.element, "b", out);
    emit_specials(&z, out);
    if (z.sign)
        verilog_assign(out, "sign",
                       z.a.sign && z.b.sign ? "a_sign ^ b_sign"
                       : z.a.sign           ? "a_sign"
                                            : "b_sign");
    if (z.exp_bits)
        verilog_assign(out, "exp",
                       z.a.exp_bits && z.b.exp_bits ? "a_exp + b_exp"
                       : z.a.exp_bits               ? "a_exp"
                                                    : "b_exp");
    if (z.a.sig_bits == 1)
        verilog_assign(out, "sig", "b_sig & {%d{a_sig}}", z.sig_bits);
    else if (z.b.sig_bits == 1)
        verilog_assign(out, "sig", "a_sig & {%d{b_sig}}", z.sig_bits);
    else
        verilog_assign(out, "sig", "a_sig * b_sig");
    verilog_end(out);
}

/* |x| 2^-q, which is an integer below 2^32. */
static uint64_t units(struct number x, int32_t q)
{
    return x.class == NUMBER_ZERO ? 0 : x.significand >> (q - x.exponent);
}

/* The format without its stretch: a constant factor outside the unit. */
static struct format plain(const struct format *f)
{
    struct format g = *f;
    g.stretch = g.real_bias = 0;
    return g;
}

static void line(const struct rtl_spec *s, const struct rtl_record *z, uint32_t a, uint32_t b,
                 struct rtl_vectors *v)
{
    const struct format fa = plain(&s->scheme.element), fb = plain(&s->other.element);
    const struct rtl_code ca = rtl_code_of(&fa, a), cb = rtl_code_of(&fb, b);
    const int32_t q = z->q;
    uint32_t events = 0;
    struct term t = product_find("exact")->multiply(&s->mac.args, &fa, a, &fb, b, &events);
    bool number = t.value.class == NUMBER_ZERO || t.value.class == NUMBER_FINITE;
    uint64_t exp = ca.exp + cb.exp, sig = (uint64_t)ca.sig * cb.sig;
    rtl_put(v, a, fa.bits);
    rtl_put(v, b, fb.bits);
    if (z->integer) {
        uint64_t p = units(t.value, q);
        rtl_put(v, t.value.negative ? 0 - p : p, fa.bits + fb.bits);
        return;
    }
    /* A term's exponent is that of a first digit before the point of both significands. */
    if (t.value.class == NUMBER_FINITE && z->a.exp_bits && z->b.exp_bits)
        exp = (uint64_t)(t.exponent - q - (z->a.sig_bits - 1) - (z->b.sig_bits - 1));
    if (number)
        sig = units(t.value, q + (int32_t)exp);
    if (z->nan)
        rtl_put(v, t.value.class == NUMBER_NAN, 1);
    if (z->inf)
        rtl_put(v, t.value.class == NUMBER_INF, 1);
    if (z->sign)
        rtl_put(v, t.value.class == NUMBER_NAN ? ca.sign != cb.sign : t.value.negative, 1);
    rtl_put(v, exp, z->exp_bits);
    rtl_put(v, sig, z->sig_bits);
}

static void vectors(const struct rtl_spec *s, struct rtl_vectors *v)
{
    const struct rtl_record z = shape_of(s);
    struct rtl_pairs p;
    uint32_t a = 0, b = 0;
    for (rtl_pairs_begin(s, &p); rtl_pairs_next(&p, &a, &b); rtl_end(v))
        line(s, &z, a, b, v);
}

/* The value that a product ends in is one of `into`, so that rounding finds its code, unless it is a zero
 * whose sign the policy decided, or a NaN. */
void rtl_put_products(const struct product *p, const struct rtl_spec *s, struct rtl_vectors *v)
{
    const struct format *fa = &s->scheme.element, *fb = &s->other.element, *into = &s->mac.args.into;
    const struct rounding back = {.overflow = OVERFLOW_INFINITY};
    struct rtl_pairs pairs;
    uint32_t a = 0, b = 0;
    for (rtl_pairs_begin(s, &pairs); rtl_pairs_next(&pairs, &a, &b); rtl_end(v)) {
        uint32_t events = 0;
        struct term t = p->multiply(&s->mac.args, fa, a, fb, b, &events);
        rtl_put(v, a, fa->bits);
        rtl_put(v, b, fb->bits);
        rtl_put(v, format_round(into, t.value, &back, 0).code, into->bits);
    }
}

const struct rtl_design rtl_product = {
    .name = "product",
    .doc = "exact product of two codes: sign, sum of exponents, product of significands",
    .citation = "IEEE 754-2019, 5.4.1, before its rounding",
    .refuses = refuses,
    .ports = ports,
    .emit = emit,
    .vectors = vectors,
};

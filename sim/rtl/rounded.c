/* Unit "rounded": the exact product, rounded once into a format. */
#include "sim/rtl/record.h"
#include "sim/rtl/round.h"

#include <stdio.h>

static const char *refuses(const struct rtl_spec *s)
{
    if (s->mac_given && s->mac.product != product_find("rounded"))
        return "the product of the MAC is another one";
    if (s->mac_given && s->mac.daz)
        return "a product by itself takes subnormal operands as they are: daz=no";
    const char *why = rtl_operands_refuse(s);
    if (why)
        return why;
    if (s->scheme.element.stretch > 0 || s->other.element.stretch > 0)
        return "an operand with a real-valued bias or a stretch is a constant factor away from its codes";
    return rtl_round_refuse(&s->mac.args.into, &s->mac.args.rounding);
}

static void ports(const struct rtl_spec *s, struct rtl_ports *out)
{
    rtl_port_add(out, "a", s->scheme.element.bits, false);
    rtl_port_add(out, "b", s->other.element.bits, false);
    rtl_port_add(out, "y", s->mac.args.into.bits, true);
}

static void emit(const struct rtl_spec *s, const char *top, struct strbuf *out)
{
    const struct format *fa = &s->scheme.element, *fb = &s->other.element;
    struct rtl_spec exact = *s;
    struct rtl_ports p = {.n = 0}, inside = {.n = 0};
    struct rtl_record z;
    char name[RTL_NAME_MAX + VERILOG_TEXT];
    exact.mac_given = false;
    rtl_record_of(fa, fb, &z);
    const int wide = fa->bits + fb->bits;
    struct rtl_rounder r = {.in = {.nan = z.nan,
                                   .inf = z.inf,
                                   .sign = z.sign,
                                   .exp_bits = z.exp_bits,
                                   .exp_min = z.exp_min,
                                   .exp_max = z.exp_max,
                                   .sig_bits = z.integer ? wide : z.sig_bits,
                                   .q = z.q},
                            .into = s->mac.args.into,
                            .rounding = s->mac.args.rounding};
    snprintf(name, sizeof name, "%s__product", top);
    rtl_design_find("product")->emit(&exact, name, out);
    snprintf(name, sizeof name, "%s__round", top);
    rtl_round_emit(&r, name, out);
    ports(s, &p);
    strbuf_printf(out, "// The product of %s (a) and %s (b), rounded once into %s.\n", fa->name, fb->name,
                  r.into.name);
    verilog_module(out, top, &p);
    if (z.integer) {
        strbuf_printf(out, "    wire [%d:0] p;\n    %s__product product (.a(a), .b(b), .p(p));\n", wide - 1,
                      top);
        verilog_wire(out, "sign", 1, "a[%d] ^ b[%d]", fa->bits - 1, fb->bits - 1); /* of zeros too */
        verilog_wire(out, "sig", wide, "p[%d] ? -p : p", wide - 1);
        rtl_round_ports(&r.in, &inside);
        strbuf_printf(out, "    %s__round round (", top);
        verilog_ports_connect(out, &inside);
        strbuf_add(out, ", .y(y));\n");
    } else {
        rtl_record_ports(&z, &inside);
        rtl_pair_emit(top, &inside, &r.in, out);
    }
    verilog_end(out);
}

static void vectors(const struct rtl_spec *s, struct rtl_vectors *v)
{
    rtl_put_products(product_find("rounded"), s, v);
}

const struct rtl_design rtl_rounded = {
    .name = "rounded",
    .doc = "exact product of two codes, rounded once into a format",
    .citation = "IEEE 754-2019, 4.3 and 5.4.1",
    .refuses = refuses,
    .ports = ports,
    .emit = emit,
    .vectors = vectors,
};

#include "sim/cost/mac_unit.h"

/* An operand taken apart as sim/rtl takes it: sign, exponent field, significand with hidden bit. */
struct operand {
    bool twos, sign, special;
    int64_t bits, exponent, significand; /* exponent 0: all numbers have one */
    int64_t places;                      /* by which exponents of numbers differ at most */
};

const char *mac_unit_refuses(const struct format *f)
{
    const bool is_float = f->family == &family_float;
    if (!is_float && f->family != &family_int)
        return "is neither float nor integer";
    if (f->stretch > 0)
        return "lies on no grid of powers of two";
    if (is_float && f->subnormals == SUBNORMALS_NONE)
        return "has no zero or subnormal numbers";
    if (f->exponent_bits > 11)
        return "has more exponent bits than a fixed-point register could span";
    return NULL;
}

static struct operand operand_of(const struct format *f)
{
    struct operand o = {.bits = f->bits, .sign = !f->is_unsigned};
    if (f->family == &family_int) {
        o.twos = f->codes != CODES_SIGNMAG && o.sign;
        o.significand = o.twos ? f->bits : f->bits - o.sign;
        return o;
    }
    o.exponent = f->exponent_bits;
    o.significand = f->precision - (o.exponent == 0); /* no hidden bit */
    o.special = format_has_nan(f) || format_has_inf(f);
    if (o.exponent == 1) /* the field is the hidden bit, and all numbers have one exponent */
        o.exponent = 0;
    if (o.exponent > 0) /* fields 1 .. 2^E - 1, the last reserved in IEEE formats */
        o.places = (INT64_C(1) << o.exponent) - 2 - (f->specials == SPECIALS_IEEE);
    return o;
}

/* The hidden bit, the exponent of subnormal numbers, and a special code found. */
static struct bill fields(const struct operand *o)
{
    struct bill b = {.levels = 0};
    if (o->exponent > 0) {
        b = bill_tree(CELL_OR, o->exponent);
        bill_add(&b, bill_of(CELL_OR, 1), 1);
    }
    if (o->special)
        bill_add(&b, bill_tree(CELL_AND, o->bits - o->sign), 1);
    return b;
}

static struct bill significands(const struct operand *a, const struct operand *b)
{
    if (a->twos && b->twos)
        return bill_multiplier_signed(a->bits, b->bits);
    if (a->significand == 1 || b->significand == 1)
        return bill_of(CELL_AND, a->significand * b->significand);
    return bill_multiplier(a->significand, b->significand);
}

struct bill mac_product(const struct format *fa, const struct format *fb)
{
    const struct operand a = operand_of(fa), b = operand_of(fb);
    struct bill out = fields(&a);
    bill_add(&out, fields(&b), 1);
    struct bill core = significands(&a, &b);
    if (a.exponent > 0 && b.exponent > 0)
        bill_add(&core, bill_adder(a.exponent > b.exponent ? a.exponent : b.exponent), 1);
    bill_then(&out, core);
    if (a.sign && b.sign && !(a.twos && b.twos))
        bill_add(&out, bill_of(CELL_XOR, 1), 1);
    if (a.special && b.special)
        bill_add(&out, bill_of(CELL_OR, 1), 1);
    return out;
}

/* --- sums --- */

enum { FLAGS = 3 }; /* beside a fixed-point register: NaN and both infinities */

struct sizes {
    int64_t product;  /* bits of a product's magnitude; of two's complement products all */
    int64_t places;   /* by which products' exponents differ at most */
    int64_t exponent; /* bits of a product's exponent */
    bool twos, sign, special;
};

static struct sizes sizes_of(const struct format *fa, const struct format *fb)
{
    const struct operand a = operand_of(fa), b = operand_of(fb);
    struct sizes z = {.places = a.places + b.places,
                      .twos = a.twos && b.twos,
                      .sign = a.sign || b.sign,
                      .special = a.special || b.special};
    z.product = a.significand + b.significand;
    if (a.significand == 1 || b.significand == 1)
        z.product--;
    z.exponent = z.places > 0 ? bill_log2(z.places + 1) : 0;
    return z;
}

/* Magnitudes become two's complement numbers: inverted where negative, the missing one carried in. */
static struct bill signs(const struct sizes *z, int64_t bits)
{
    return bill_of(CELL_XOR, z->twos || !z->sign ? 0 : bits);
}

/* Products at their places in fixed point. Integer formats have one place. */
static void fixed(const struct sizes *z, const struct mac_sum *s, struct mac_unit *u)
{
    const int64_t magnitude = z->product + z->places;
    const int64_t bits = magnitude + (z->sign && !z->twos);
    struct bill one = bill_shifter_widening(z->product, z->places);
    bill_then(&one, signs(z, magnitude));
    bill_add(&u->align, one, s->lanes);
    u->add = bill_adder_tree(s->lanes, bits);
    u->accumulator_bits = s->kind == SUM_FIXED ? bits + s->guard : s->acc_precision;
    bill_then(&u->add, bill_adder(u->accumulator_bits));
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The accumulator is a term like others; two bits more than the fraction stand before the point. */
static void aligned(const struct sizes *z, const struct mac_sum *s, struct mac_unit *u)
{
    const int64_t terms = s->lanes + 1, exponent = larger(z->exponent, s->acc_exponent) + 1;
    const int64_t bits = larger(s->fraction + 2, s->acc_precision);
    u->align = bill_maximum(terms, exponent);
    struct bill one = bill_aligner(bits, bits, exponent), all = {.levels = 0};
    bill_add(&all, one, terms);
    bill_then(&u->align, all);
    u->add = bill_adder_tree(terms, bits + 1);
    const int64_t sum = bits + 1 + bill_log2(terms);
    u->finish = bill_of(CELL_XOR, sum); /* to sign and magnitude */
    bill_then(&u->finish, bill_incrementer(sum));
    bill_then(&u->finish, bill_normaliser(sum, exponent));
    bill_then(&u->finish, bill_rounder(s->acc_precision, sum - s->acc_precision, s->acc_exponent));
    u->accumulator_bits = s->acc_precision + s->acc_exponent;
}

struct mac_unit mac_unit_of(const struct format *a, const struct format *b, const struct mac_sum *s)
{
    const struct sizes z = sizes_of(a, b);
    struct mac_unit u = {.product = mac_product(a, b)};
    if (s->kind == SUM_ALIGNED)
        aligned(&z, s, &u);
    else
        fixed(&z, s, &u);
    u.register_bits = u.accumulator_bits;
    if (s->kind == SUM_FIXED && z.special)
        u.register_bits += FLAGS;
    if (s->scale_exponent > 0) {
        const int64_t blocks = (s->lanes + s->block - 1) / s->block;
        const int64_t sum = z.product + z.places + bill_log2(s->lanes < s->block ? s->lanes : s->block);
        bill_add(&u.scale, bill_scale_multiply(sum, s->scale_exponent, s->scale_mantissa), blocks);
    }
    return u;
}

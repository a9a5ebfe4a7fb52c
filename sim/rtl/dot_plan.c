/* What a dot unit is made of, as numbers. */
#include "sim/rtl/dot.h"
#include "sim/rtl/tree.h"

/* --- operands --- */

/* The exponents of finite numbers that are not zero. */
static void exponents(const struct format *f, int *least, int *most)
{
    *least = INT32_MAX;
    *most = 0;
    for (uint32_t code = 0; code <= format_code_mask(f); code++) {
        struct rtl_code c = rtl_code_of(f, code);
        if (c.nan || c.inf || !c.sig)
            continue;
        *least = (int)c.exp < *least ? (int)c.exp : *least;
        *most = (int)c.exp > *most ? (int)c.exp : *most;
    }
}

static void operand(const struct quant_spec *q, bool scaled, int lanes, struct dot_operand *o)
{
    o->format = &q->element;
    rtl_fields_of(o->format, &o->f);
    exponents(o->format, &o->least, &o->most);
    if (!scaled)
        return;
    o->scale = &q->scaling.scale;
    o->block = q->scaling.block;
    o->scales = (lanes + (int)o->block - 1) / (int)o->block;
    rtl_fields_of(o->scale, &o->s);
    exponents(o->scale, &o->s_least, &o->s_most);
}

static struct number largest(const struct format *f)
{
    struct number most = {.class = NUMBER_ZERO};
    for (uint32_t code = 0; code <= format_code_mask(f); code++) {
        struct number x = format_decode(f, code);
        if (x.class == NUMBER_FINITE && number_compare_magnitude(x, most) > 0)
            most = x;
    }
    return most;
}

/* --- what is refused --- */

static bool is_aligned(const struct mac_spec *m)
{
    return m->order == MAC_FUSED && m->fraction;
}

/* A fused step says its terms; under the other orders a unit takes a block at a time, or a value. */
static size_t lanes_of(const struct rtl_spec *s)
{
    if (s->mac.order == MAC_FUSED)
        return s->mac.group;
    return s->scheme.scaling.per == PER_BLOCK ? s->scheme.scaling.block : 1;
}

static const char *side_refuses(const struct quant_spec *q, const struct mac_spec *m)
{
    struct rtl_fields f;
    if (q->codec || q->n_alternatives)
        return "a dot unit takes elements of one format; codecs and alternatives are no such";
    if (rtl_fields_refuse(&q->element))
        return rtl_fields_refuse(&q->element);
    rtl_fields_of(&q->element, &f);
    if (f.stretch != 1)
        return "a dot unit takes elements on a grid of powers of two";
    if (is_aligned(m) && m->presum == 1 && !f.exp_bits)
        return "a dot unit aligns elements by their exponents, which these do not have: presum=group or "
               "fraction=exact";
    return NULL;
}

static const char *scales_refuse(const struct quant_spec *q, const struct mac_spec *m)
{
    struct rtl_fields f;
    if (m->scales == MAC_SCALES_NONE)
        return NULL;
    if (m->scales != MAC_SCALES_UNIT)
        return "a dot unit has scales=unit or none";
    if (!is_aligned(m))
        return "scales=unit and fraction=exact have no unit";
    if (q->scaling.per != PER_BLOCK)
        return "scales=unit takes elements with scales of blocks";
    if (q->scaling.block % m->presum)
        return "scales=unit takes blocks of whole presums";
    if (q->scaling.scale.family != &family_float || rtl_fields_refuse(&q->scaling.scale))
        return "a dot unit takes scales that are floats of at most 8 bits";
    rtl_fields_of(&q->scaling.scale, &f);
    if (f.inf || f.stretch != 1 || !f.exp_bits)
        return "a dot unit takes scales with an exponent and without infinities";
    return NULL;
}

static const char *integer_refuses(const struct rtl_spec *s)
{
    const struct mac_spec *m = &s->mac;
    const struct format *fa = &s->scheme.element, *fb = &s->other.element;
    if (m->order == MAC_EXACT || m->order == MAC_FUSED)
        return "integer accumulators have an order of their own";
    if (fa->family != &family_int || fb->family != &family_int)
        return "an integer accumulator takes integers";
    if (m->acc.fraction_bits != fa->fraction_bits + fb->fraction_bits)
        return "an integer accumulator takes products with its own point";
    int products = fa->bits + fb->bits + rtl_log2(lanes_of(s));
    if (m->overflow != MAC_WRAP && products > m->acc.bits)
        return "an accumulator that saturates holds the sum of the lanes";
    if (m->overflow != MAC_WRAP && lanes_of(s) > 1 && m->order != MAC_PAIRWISE)
        return "lanes of a saturating accumulator are added in the order pairwise";
    return NULL;
}

/* Vectors hold a register in 128 bits. */
static const char *register_refuses(const struct rtl_spec *s)
{
    struct number most = number_mul(largest(&s->scheme.element), largest(&s->other.element)),
                  least = number_mul(format_min_positive(&s->scheme.element),
                                     format_min_positive(&s->other.element));
    const int32_t last =
        least.exponent + __builtin_ctzll(least.significand) - 16; /* of what is no power of two */
    return number_exponent(most) - last > 96 ? "a register has at most 120 bits" : NULL;
}

static const char *float_refuses(const struct rtl_spec *s)
{
    const struct mac_spec *m = &s->mac;
    struct rtl_fields f;
    if (m->order == MAC_EXACT)
        return register_refuses(s);
    if (m->order != MAC_FUSED && (m->order != MAC_SEQUENTIAL || !m->fma || lanes_of(s) > 1))
        return "a dot unit with a float accumulator has the order fused, or sequential with one lane and fma";
    if (m->order == MAC_FUSED && (m->lanes != 1 || m->join_fraction))
        return "lanes=2 and join= have no unit";
    rtl_fields_of(&m->acc, &f);
    if (!f.exp_bits || !f.sign || f.stretch != 1 || m->acc.subnormals != SUBNORMALS_ON || f.sig_bits < 2)
        return "a dot unit takes a float accumulator with sign, exponent, fraction and subnormal numbers";
    return NULL;
}

const char *dot_refuses(const struct rtl_spec *s)
{
    const struct mac_spec *m = &s->mac;
    if (!m->product || m->product != product_find("exact"))
        return "a dot unit has product=exact";
    if (lanes_of(s) > MAC_GROUP_MAX)
        return "a dot unit has at most 1024 lanes";
    if (mac_spec_rounds_stochastically(m) || m->flip > 0)
        return "a dot unit takes no random numbers";
    if (m->daz)
        return "a dot unit keeps subnormal operands: daz=no";
    const struct quant_spec *sides[2] = {&s->scheme, &s->other};
    for (int i = 0; i < 2; i++) {
        const char *why = side_refuses(sides[i], m);
        why = why ? why : scales_refuse(sides[i], m);
        if (why)
            return why;
    }
    if (dot_problem(m, &s->scheme.element, &s->other.element))
        return dot_problem(m, &s->scheme.element, &s->other.element);
    return m->acc.family == &family_int && m->order != MAC_EXACT ? integer_refuses(s) : float_refuses(s);
}

/* --- products --- */

static void products(struct dot_plan *p)
{
    const struct rtl_fields *a = &p->a.f, *b = &p->b.f;
    p->twos = p->fixed && rtl_is_twos(p->a.format) && rtl_is_twos(p->b.format);
    p->sign = a->sign || b->sign;
    p->inf = a->inf || b->inf;
    p->nan = a->nan || b->nan || p->inf;
    if (!p->fixed) {
        p->product_bits = a->sig_bits + b->sig_bits;
        p->product_q = 2 - p->product_bits;
        return;
    }
    p->product_q = a->q + p->a.least + b->q + p->b.least;
    struct number most = number_mul(largest(p->a.format), largest(p->b.format));
    p->product_bits = number_exponent(most) + 1 - p->product_q;
    if (p->twos)
        p->product_bits = p->a.format->bits + p->b.format->bits;
    int n = p->kind == DOT_ALIGNED ? p->presum : p->lanes;
    p->sum_bits = p->product_bits + !p->twos + rtl_log2((uint64_t)n);
}

/* --- terms of DOT_ALIGNED --- */

static int greatest_divisor(int a, int b)
{
    return b ? greatest_divisor(b, a % b) : a;
}

/* Bits of numbers up to n. */
static int bits_of(int64_t n)
{
    return n > 0 ? rtl_log2((uint64_t)n + 1) : 1;
}

static int signed_bits(int64_t low, int64_t high)
{
    int64_t most = -low > high ? -low : high;
    return bits_of(most) + 1;
}

static void units(struct dot_plan *p)
{
    p->terms = p->lanes / p->presum;
    p->unit = p->lanes;
    if (p->a.scale)
        p->unit = greatest_divisor(greatest_divisor((int)p->a.block, (int)p->b.block), p->lanes);
    if (p->presum > 1)
        p->unit = p->presum;
    p->units = p->lanes / p->unit;
}

static void exponent_of_unit(struct dot_plan *p)
{
    const struct dot_operand *a = &p->a, *b = &p->b;
    int least = 0, most = 0;
    p->unit_exp = 0;
    if (!p->fixed) {
        least = a->least + b->least;
        most = a->most + b->most;
        p->unit_exp = a->f.q + a->f.sig_bits - 1 + b->f.q + b->f.sig_bits - 1;
    }
    p->one = least == 0;
    p->exp_most = most + p->one;
    p->exp_bits = p->fixed ? 0 : bits_of(p->exp_most);
    if (a->scale) {
        most += a->s_most + b->s_most;
        p->unit_exp += a->s.q + a->s.sig_bits - 1 + b->s.q + b->s.sig_bits - 1;
    }
    p->unit_exp -= p->one;
    p->unit_exp_bits = bits_of(most + p->one);
}

static void largest_exponent(struct dot_plan *p, const struct rtl_fields *acc)
{
    p->acc_exp = acc->q + acc->sig_bits - 1;
    int32_t base = p->acc_exp < p->unit_exp ? p->acc_exp : p->unit_exp;
    p->acc_offset = p->acc_exp - base;
    p->unit_offset = p->unit_exp - base;
    int64_t unit = (INT64_C(1) << p->unit_exp_bits) - 1 + p->unit_offset,
            c = (INT64_C(1) << acc->exp_bits) - 1 + p->acc_offset;
    p->e_bits = bits_of(unit > c ? unit : c);
}

static int least_exponent(const struct dot_plan *p)
{
    int least = p->unit_exp + p->one;
    if (!p->fixed)
        least += p->a.least + p->b.least;
    return p->a.scale ? least + p->a.s_least + p->b.s_least : least;
}

static void alignment(struct dot_plan *p)
{
    const struct dot_operand *a = &p->a, *b = &p->b;
    int fraction = p->step.fraction, sa = a->s.sig_bits, sb = b->s.sig_bits;
    p->scale_bits = !a->scale || sa + sb == 2 ? 0 : sa == 1 || sb == 1 ? sa + sb - 1 : sa + sb;
    p->term_bits = (p->fixed ? p->sum_bits - 1 : p->product_bits) + p->scale_bits;
    p->term_left = fraction + p->product_q - (a->scale ? sa - 1 + sb - 1 : 0);
    bool up = p->step.align != ROUND_RTZ;
    int whole = p->term_bits + p->term_left, acc = fraction + 1;
    p->align_bits = (whole > acc ? whole : acc) + up;
    p->shift_most = p->exp_most + p->term_bits + (p->term_left > 0 ? p->term_left : 0) + 2;
    p->shift_bits = bits_of(p->shift_most);
}

/* Zeros in front so that a result may be subnormal whose first digit would be below the least exponent; with
 * one more than the precision all of it is below the digit that is looked at first. */
static int head_of(const struct dot_plan *p, int64_t least_top)
{
    int64_t head = p->acc_exp + 1 - least_top;
    return head < 0 ? 0 : head > p->acc_precision + 1 ? p->acc_precision + 1 : (int)head;
}

static void aligned(struct dot_plan *p, const struct rtl_fields *acc)
{
    units(p);
    exponent_of_unit(p);
    largest_exponent(p, acc);
    alignment(p);
    p->bits = p->align_bits + rtl_log2((uint64_t)p->terms) + 1;
    int above = p->bits - 1 - p->step.fraction;
    p->head = head_of(p, least_exponent(p) + above);
    int64_t most = (INT64_C(1) << p->e_bits) + above + p->head, least = -p->acc_offset + above;
    p->field_bits = signed_bits(least, most);
}

/* --- DOT_ONCE --- */

/* The accumulator stands at its own place among the digits of the sum s, unless it lies so far above that all
 * of s is below an eighth of its last digit, or so far below that it cannot change a digit that a result of
 * its precision has, nor the one behind: then at that distance, for all that counts is that it is there. */
static void once(struct dot_plan *p, const struct rtl_fields *acc)
{
    int pc = p->acc_precision, sum = p->sum_bits - 1;
    int32_t least = 1 + acc->q - p->product_q,
            most = (INT32_C(1) << acc->exp_bits) - 1 + acc->q - p->product_q;
    p->acc_exp = acc->q + acc->sig_bits - 1;
    p->low = least > -(2 * pc + 3) ? least : -(2 * pc + 3);
    p->low = p->low > 0 ? 0 : p->low;
    p->high = most < sum + 3 ? most : sum + 3;
    p->high = p->high < p->low ? p->low : p->high;
    int above = pc + p->high > sum ? pc + p->high : sum;
    p->bits = above - p->low + 1;
    int64_t top = p->product_q + p->low + p->bits - 1;
    p->head = head_of(p, top);
    int64_t field = top - p->acc_exp + p->head;
    p->field_bits = signed_bits(field + (least < p->low ? least - p->low : 0),
                                field + (most > p->high ? most - p->high : 0));
    int places = signed_bits(least, most);
    p->field_bits = p->field_bits < places ? places : p->field_bits;
}

/* --- the whole --- */

static struct mac_spec step_of(const struct mac_spec *m)
{
    struct mac_spec s = *m;
    s.take = MAC_TAKE_CONSECUTIVE;
    s.promote = 0;
    s.c = MAC_C_FIRST;
    if (m->order != MAC_EXACT) {
        s.out = m->acc;
        s.out_round = m->round;
    }
    return s;
}

static int at_least(int x, int least)
{
    return x < least ? least : x;
}

void dot_plan(const struct rtl_spec *s, struct dot_plan *out)
{
    const struct mac_spec *m = &s->mac;
    struct dot_plan p = {.step = step_of(m), .lanes = (int)lanes_of(s)};
    p.presum = m->order == MAC_FUSED && m->fraction ? (int)m->presum : 1;
    p.kind = m->order == MAC_EXACT          ? DOT_REGISTER
             : m->acc.family == &family_int ? DOT_INTEGER
             : is_aligned(m)                ? DOT_ALIGNED
                                            : DOT_ONCE;
    p.fixed = p.kind != DOT_ALIGNED || p.presum > 1;
    bool scaled = m->scales == MAC_SCALES_UNIT;
    operand(&s->scheme, scaled, p.lanes, &p.a);
    operand(&s->other, scaled, p.lanes, &p.b);
    products(&p);
    if (p.kind == DOT_ALIGNED || p.kind == DOT_ONCE) {
        struct rtl_fields acc;
        rtl_fields_of(&m->acc, &acc);
        p.acc_precision = acc.sig_bits;
        if (p.kind == DOT_ALIGNED)
            aligned(&p, &acc);
        else
            once(&p, &acc);
        p.field_bits = at_least(p.field_bits, rtl_log2((uint64_t)(p.bits + p.head)) + 3);
        p.field_bits = at_least(p.field_bits, acc.exp_bits + 2);
    }
    *out = p;
}

int dot_acc_bits(const struct dot_plan *p)
{
    if (p->kind == DOT_REGISTER)
        return p->product_bits + !p->twos + DOT_GUARD;
    return p->step.acc.bits;
}

int dot_flag_bits(const struct dot_plan *p)
{
    return p->kind == DOT_REGISTER && p->nan ? 3 : 0;
}

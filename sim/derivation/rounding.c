/* The steps from the scale of an element to its value. */
#include <stdio.h>

#include "sim/base/rng.h"
#include "sim/derivation/neighbours.h"
#include "sim/derivation/rows.h"

#define ROUNDING "rounding"
#define VALUE    "value"
#define RULE     "rule"

/* --- the quotient --- */

static bool meets_no_scale(const struct told *t)
{
    return t->q->scaling.per == PER_NONE;
}

static const char *quotient_note(const struct told *t)
{
    const struct scaling *s = &t->q->scaling;
    if (meets_no_scale(t))
        return "x itself";
    if (s->order == ORDER_TE)
        return "x * multiplier in binary32";
    if (s->zero_point == ZERO_FLOAT)
        return "(x - offset) / scale";
    switch (s->quotient) {
    case QUOTIENT_DIVIDE:
        return "x / divisor, rounded";
    case QUOTIENT_RECIPROCAL:
        return "x * reciprocal, rounded";
    case QUOTIENT_STAGES:
        return "(x over the second level) * reciprocal, each rounded";
    default:
        return s->second || s->micro || told_side(t) > 0 ? "x / whole scale" : "x / scale";
    }
}

static bool is_affine(const struct told *t)
{
    return t->q->scaling.zero_point != ZERO_NONE;
}

/* --- neighbours --- */

static void neighbour(struct derivation *d, const struct told *t, bool above, const struct neighbours *n)
{
    const struct format *f = t->step->scale->element;
    const char *step = above ? "above" : "below";
    if (!(above ? n->has_above : n->has_below))
        rows_text(d, ROUNDING, step, "no value %s: beyond the range of %s", step, f->name);
    else if (n->has_codes)
        rows_code(d, ROUNDING, step, f, above ? n->above_code : n->below_code, "%s", "");
    else
        rows_number(d, ROUNDING, step, above ? n->above : n->below, "integer");
}

static void random_rows(struct derivation *d, const struct told *t, const struct neighbours *n,
                        uint32_t random)
{
    const struct rounding *r = &t->q->rounding;
    uint64_t up;
    int bits;
    bool strict;
    round_sr_threshold(r, random, &up, &bits, &strict);
    rows_number(d, ROUNDING, "random", number_make(false, random >> (32 - bits), 0),
                "%d bits of number %zu of stream %016llx under seed %llu", bits, t->step->index,
                (unsigned long long)t->in->stream, (unsigned long long)t->in->seed);
    rows_number(d, ROUNDING, "fraction", n->fraction, "from the neighbour of smaller magnitude");
    rows_number(d, ROUNDING, "threshold", number_make(false, up, -(bits + 1)),
                "kind %s: %s, to the larger magnitude", sr_kind_names[r->sr_kind],
                strict ? "above it" : "from it on");
}

static void neighbour_rows(struct derivation *d, const struct told *t, const struct neighbours *n,
                           uint32_t random)
{
    if (n->exact)
        return;
    neighbour(d, t, false, n);
    neighbour(d, t, true, n);
    if (!n->has_below || !n->has_above)
        return;
    rows_number(d, ROUNDING, "tie", n->tie, "where rounding to nearest changes over");
    rows_number(d, ROUNDING, "distance", n->distance, "%s",
                n->on_tie                          ? "on the tie"
                : d->events & EVENT_NEAR_TIE       ? "near-tie: another order of operations may turn it"
                : n->distance.class == NUMBER_ZERO ? "less than 64 bits tell"
                                                   : "to the tie");
    rows_number(d, ROUNDING, "steps", n->steps, "the same over the distance of the neighbours");
    if (t->q->rounding.mode == ROUND_SR)
        random_rows(d, t, n, random);
}

/* --- the rule --- */

/* What the element would be under other arguments of rounding. */
static struct number under(const struct derivation *d, const struct told *t, struct rounding r,
                           uint32_t random)
{
    const struct format *f = t->step->scale->element;
    return format_decode(f, format_round(f, d->quotient, &r, random).code);
}

/* Whether the result is zero for being subnormal. */
static bool is_flushed(const struct derivation *d, const struct told *t, uint32_t random)
{
    struct rounding r = t->q->rounding;
    if (!r.ftz || d->chosen.class != NUMBER_ZERO)
        return false;
    r.ftz = false;
    return under(d, t, r, random).class == NUMBER_FINITE;
}

static bool lost_carry(const struct derivation *d, const struct told *t, uint32_t random)
{
    struct rounding r = t->q->rounding;
    if (!r.carry)
        return false;
    r.carry = CARRY_ADD;
    struct number whole = under(d, t, r, random);
    return whole.class == NUMBER_FINITE && number_compare(whole, d->chosen) != 0;
}

/* Of a finite quotient, whose neighbours are n. */
static enum derivation_rule rule_of(const struct derivation *d, const struct told *t,
                                    const struct neighbours *n, uint32_t random)
{
    const struct rounding *r = &t->q->rounding;
    if (d->quotient.negative && t->step->scale->element->is_unsigned && (d->events & EVENT_SIGN_LOST))
        return RULE_UNSIGNED;
    if (d->events & EVENT_RAISED)
        return RULE_RAISED;
    if (d->events & EVENT_OVERFLOW)
        return RULE_OVERFLOW;
    if (d->events & EVENT_SATURATED)
        return RULE_SATURATED;
    if (is_flushed(d, t, random))
        return RULE_FLUSHED;
    if (lost_carry(d, t, random))
        return RULE_CARRY;
    if (n->exact)
        return RULE_EXACT;
    if (!n->has_below || !n->has_above)
        return RULE_EDGE;
    switch (r->mode) {
    case ROUND_SR:
        return RULE_STOCHASTIC;
    case ROUND_ODD:
        return RULE_ODD;
    case ROUND_RUP:
    case ROUND_RDN:
    case ROUND_RTZ:
    case ROUND_RAZ:
        return RULE_DIRECTED;
    default:
        break;
    }
    if (n->on_tie)
        return RULE_TIE;
    bool nearest = number_compare(d->chosen, neighbours_nearest(n, d->quotient)) == 0;
    return r->half_f32 && !nearest ? RULE_HALF : RULE_NEAREST;
}

static const char *direction(enum round_mode mode)
{
    switch (mode) {
    case ROUND_RNA:
    case ROUND_RAZ:
        return "away from zero";
    case ROUND_RNZ:
    case ROUND_RTZ:
        return "toward zero";
    case ROUND_RNO:
        return "to the odd code";
    case ROUND_RUP:
        return "toward +infinity";
    case ROUND_RDN:
        return "toward -infinity";
    default:
        return "to the even code";
    }
}

static const char *nan_text(const struct told *t)
{
    switch (t->q->rounding.nan) {
    case NAN_TO_MAX:
        return "NaN has no code: the largest value (nan=max)";
    case NAN_REFUSED:
        return "NaN has no code: quantizing the tensor is an error (nan=error)";
    default:
        return "NaN has no code: zero (nan=zero)";
    }
}

/* Rules that leave the neighbours aside. False for others. */
static bool policy_row(struct derivation *d, const struct told *t, const char *name)
{
    const char *overflow = overflow_mode_names[t->q->rounding.overflow];
    switch (d->rule) {
    case RULE_CODEC:
        rows_text(d, ROUNDING, RULE, "%s codes whole blocks: no steps of one element", name);
        return true;
    case RULE_POISONED:
        rows_text(d, ROUNDING, RULE, "the scale is NaN: code 0, and the value is NaN");
        return true;
    case RULE_ZERO_SCALE:
        rows_text(d, ROUNDING, RULE, "the scale is zero, and so is the element");
        return true;
    case RULE_NAN:
        rows_text(d, ROUNDING, RULE, "%s", d->events & EVENT_NAN_LOST ? nan_text(t) : "NaN stays NaN");
        return true;
    case RULE_INFINITY:
        rows_text(d, ROUNDING, RULE, "infinity under overflow=%s", overflow);
        return true;
    case RULE_UNSIGNED:
        rows_text(d, ROUNDING, RULE, "%s has no sign: a negative number is out of its range", name);
        return true;
    case RULE_OVERFLOW:
        rows_text(d, ROUNDING, RULE, "beyond the range under overflow=%s", overflow);
        return true;
    case RULE_SATURATED:
        if (is_affine(t))
            rows_text(d, ROUNDING, RULE, "with the zero point beyond the codes: saturates at their end");
        else
            rows_text(d, ROUNDING, RULE, "beyond the range: saturates at its end (overflow=%s)", overflow);
        return true;
    case RULE_RAISED:
        rows_text(d, ROUNDING, RULE, "%s has no value so small: its smallest one", name);
        return true;
    default:
        return false;
    }
}

static void rule_row(struct derivation *d, const struct told *t)
{
    const struct rounding *r = &t->q->rounding;
    const char *mode = round_mode_names[r->mode];
    const char *name = t->q->codec ? t->q->codec->name : t->step->scale->element->name;
    if (policy_row(d, t, name))
        return;
    switch (d->rule) {
    case RULE_EXACT:
        rows_text(d, ROUNDING, RULE, "exact: the quotient is %s%s",
                  is_affine(t) ? "an integer" : "a value of ", is_affine(t) ? "" : name);
        return;
    case RULE_EDGE:
        rows_text(d, ROUNDING, RULE, "%s: beyond the last value by less than makes it overflow", mode);
        return;
    case RULE_FLUSHED:
        rows_text(d, ROUNDING, RULE, "%s, and the subnormal result becomes zero (ftz)", mode);
        return;
    case RULE_CARRY:
        rows_text(d, ROUNDING, RULE, "%s, and the fraction loses its carry (carry=%s)", mode,
                  carry_mode_names[r->carry]);
        return;
    case RULE_TIE:
    case RULE_DIRECTED:
        rows_text(d, ROUNDING, RULE, "%s: %s%s", mode, d->rule == RULE_TIE ? "tie, " : "",
                  direction(r->mode));
        return;
    case RULE_HALF:
        rows_text(d, ROUNDING, RULE, "%s: half a step added in binary32, the rest cut off (half=fp32)", mode);
        return;
    case RULE_ODD:
        rows_text(d, ROUNDING, RULE, "odd: inexact values to the odd code");
        return;
    case RULE_STOCHASTIC:
        rows_text(d, ROUNDING, RULE, "sr: the fraction against the threshold");
        return;
    default:
        rows_text(d, ROUNDING, RULE, "%s: nearest", mode);
    }
}

/* --- code and value --- */

static void event_row(struct derivation *d)
{
    static const char *const names[] = {"inexact",  "saturated", "overflow", "flushed",  "NaN",
                                        "NaN lost", "near tie",  "raised",   "sign lost"};
    char text[DERIVATION_NOTE];
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (d->events >> i & 1)
            length +=
                (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? ", " : "", names[i]);
    if (length)
        rows_text(d, ROUNDING, "events", "%s", text);
}

/* An integer with another zero has no value of its own: the row says the code as a number. */
static void code_row(struct derivation *d, const struct told *t, const char *step, uint32_t code,
                     const char *note)
{
    const struct format *f = t->step->scale ? t->step->scale->element : &t->q->element;
    rows_code(d, ROUNDING, step, f, code, "%s", note);
    struct derivation_row *row = &d->row[d->rows - 1];
    if (is_affine(t))
        row->value = number_make(false, code & format_code_mask(f), 0);
    row->has_value = !t->q->codec;
}

static void value_rows(struct derivation *d, const struct told *t, uint32_t code)
{
    const struct quant_spec *q = t->q;
    struct number y = number_from_f32(d->y);
    if (t->step->scale && t->step->scale->value.class != NUMBER_NAN) {
        struct number exact = scaling_value(&q->scaling, t->step->scale, code);
        rows_number(d, VALUE, "exact value", exact, "%s",
                    is_affine(t)                 ? "(code - zero point) * scale, or code * scale + offset"
                    : q->scaling.per == PER_NONE ? "of the code"
                                                 : "the code's value times the scale");
    }
    if (q->out.family)
        rows_f32(d, VALUE, "y", d->y, "in %s, %s", q->out.name, round_mode_names[q->out_round]);
    else
        rows_f32(d, VALUE, "y", d->y, "in binary32");
    struct number error = number_add(y, number_negate(number_from_f32(d->x)));
    rows_number(d, VALUE, "error", error, "y - x");
}

static struct number chosen_of(const struct told *t, uint32_t code)
{
    const struct block_scale *b = t->step->scale;
    if (!is_affine(t))
        return format_decode(b->element, code);
    int64_t n = (int64_t)(code & format_code_mask(b->element)) - b->zero;
    return number_make(n < 0, (uint64_t)(n < 0 ? -n : n), 0);
}

/* --- all of it --- */

/* Whether something is rounded: then the rows up to its neighbours. */
static void quotient_rows(struct derivation *d, const struct told *t, uint32_t random)
{
    const struct scaling *s = &t->q->scaling;
    const struct block_scale *b = t->step->scale;
    bool steps = s->quotient != QUOTIENT_EXACT || s->order == ORDER_TE;
    if (b->value.class == NUMBER_NAN) {
        d->rule = RULE_POISONED;
        return;
    }
    if (b->value.class == NUMBER_ZERO && !steps) {
        d->rule = RULE_ZERO_SCALE;
        return;
    }
    struct number x = scaling_quotient(s, b, t->step->x);
    d->quotient = x;
    rows_number(d, ROUNDING, "quotient", x, "%s%s%s", quotient_note(t), s->cast.family ? ", through " : "",
                s->cast.family ? s->cast.name : "");
    if (x.class == NUMBER_NAN || x.class == NUMBER_INF) {
        d->rule = x.class == NUMBER_NAN ? RULE_NAN : RULE_INFINITY;
        return;
    }
    struct neighbours n = is_affine(t) ? neighbours_integer(x) : neighbours_of(b->element, x);
    d->has_below = n.has_below;
    d->has_above = n.has_above;
    d->below = n.below;
    d->above = n.above;
    neighbour_rows(d, t, &n, random);
    d->rule = rule_of(d, t, &n, random);
}

void derive_rounding(struct derivation *d, const struct told *t)
{
    const struct quant_spec *q = t->q;
    const struct quant_step *step = t->step;
    uint32_t code = d->code; /* before faults */
    d->rule = RULE_CODEC;
    if (!q->codec) {
        uint32_t random = q->rounding.mode == ROUND_SR ? rng_u32(t->in->seed, t->in->stream, step->index) : 0;
        code = scaling_encode(&q->scaling, &q->rounding, step->scale, step->x, random).code;
        d->chosen = chosen_of(t, code);
        quotient_rows(d, t, random);
    }
    rule_row(d, t);
    code_row(d, t, "code", code, "");
    if (d->code != code)
        code_row(d, t, "flipped code", d->code, "faults (flip) turned bits");
    event_row(d);
    value_rows(d, t, d->code);
}

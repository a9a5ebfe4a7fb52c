/* The steps that lead to the scale of an element. */
#include <math.h>

#include "sim/derivation/rows.h"
#include "sim/stat.h"

#define REGION "region"
#define SECOND "second level"
#define SCALE  "scale"

static bool has_steps(const struct scaling *s)
{
    return s->quotient != QUOTIENT_EXACT;
}

static bool ignores_amax(const struct scaling *s)
{
    return s->rule && s->rule->ignores_amax;
}

static const char *amax_note(float amax)
{
    return isnan(amax) ? "a NaN poisons the region" : isinf(amax) ? "an infinity" : "largest magnitude";
}

static void region(struct derivation *d, const struct told *t)
{
    const struct scaling *s = &t->q->scaling;
    const struct quant_step *step = t->step;
    rows_number(d, REGION, "elements", number_make(false, step->n, 0), "share scale %llu",
                (unsigned long long)step->scale_index);
    if (s->zero_point) {
        rows_f32(d, REGION, "lowest", step->range->lo, "%s", s->include_zero ? "zero is taken in" : "");
        rows_f32(d, REGION, "highest", step->range->hi, "%s", "");
    }
    rows_f32(d, REGION, "amax", step->range->amax, "%s", amax_note(step->range->amax));
    if (t->q->stat)
        rows_f32(d, REGION, "covered amax", step->covered->amax, "stat=%s", t->q->stat->name);
    if (s->clip < 1)
        rows_f32(d, REGION, "clipped amax", step->covered->amax * s->clip, "times %.9g (clip)",
                 (double)s->clip);
}

static const char *rounded_note(struct number before, struct number after)
{
    return number_compare(before, after) == 0 ? "exact" : "rounded";
}

static void second_level(struct derivation *d, const struct told *t)
{
    const struct scaling *s = &t->q->scaling;
    const struct outer_scale *o = t->step->outer;
    rows_f32(d, SECOND, "outer amax", o->amax, "of the %s%s",
             s->second == SECOND_BLOCK ? "super-block" : second_level_names[s->second],
             o->poisoned ? ", which a NaN or an infinity poisons" : "");
    if (o->poisoned)
        return;
    if (s->order == ORDER_TE) {
        rows_f32(d, SECOND, "encode scale", o->encode,
                 "G = Xmax * Smax / amax = %.9g / amax in binary32, at most the largest number",
                 (double)o->range);
        rows_f32(d, SECOND, "outer scale", o->decode, "1 / G in binary32");
        return;
    }
    rows_number(d, SECOND, "outer wanted", o->wanted, "%s%s",
                o->divides ? "Xmax * Smax / amax" : "amax / (Xmax * Smax)", has_steps(s) ? ", in steps" : "");
    rows_number(d, SECOND, "outer scale", o->scale, "%s, %s: %s%s", s->second_scale.name,
                round_mode_names[s->second_round], rounded_note(o->wanted, o->scale),
                o->divides ? "; it divides values" : "");
}

/* What the largest magnitude is mapped to, where one rule says it. */
static void target(struct derivation *d, const struct told *t)
{
    const struct scaling *s = &t->q->scaling;
    const struct block_scale *b = t->step->scale;
    if (s->zero_point || ignores_amax(s))
        return;
    if (s->n_peaks == 1)
        rows_f32(d, SCALE, "Xmax", s->peak[0], "peak");
    else if (s->n_peaks == 0) /* of fitted levels: of the codebook that was named */
        rows_number(d, SCALE, "Xmax", format_max(t->q->fit ? &t->q->element : b->element),
                    "largest value of %s", b->element->name);
}

static void wanted(struct derivation *d, const struct told *t)
{
    const struct scaling *s = &t->q->scaling;
    const struct quant_step *step = t->step;
    struct number w = step->scale->wanted;
    const char *steps = has_steps(s) ? ", in steps of " : "", *via = has_steps(s) ? s->via.name : "";
    if (t->q->search)
        rows_number(d, SCALE, "wanted", w, "the rule's, or a code beside it that errs less (search)");
    else if (s->order == ORDER_TE)
        rows_number(d, SCALE, "wanted", w, "%s in binary32",
                    s->steps == STEPS_TOP_FIRST || s->n_peaks > 1 || t->q->n_alternatives
                        ? "amax / Xmax * G"
                        : "amax * (G * (1 / Xmax))");
    else if (s->zero_point && step->covered->hi > step->covered->lo)
        rows_number(d, SCALE, "wanted", w, "(highest - lowest) / %u%s%s",
                    (unsigned)format_code_mask(step->scale->element), steps, via);
    else if (step->covered->amax == 0 && !ignores_amax(s))
        rows_number(d, SCALE, "wanted", w, "region of zeros (zero_block)");
    else
        rows_number(d, SCALE, "wanted", w, "rule %s%s%s", s->rule->name, steps, via);
}

static const char *scale_outcome(const struct told *t, struct number stored)
{
    const struct block_scale *b = t->step->scale;
    bool beyond = (b->events & EVENT_SATURATED) != 0;
    if (b->value.class == NUMBER_NAN)
        return beyond ? "beyond its range: NaN" : "NaN";
    if (beyond)
        return t->q->scaling.scale_overflow == SCALE_OVERFLOW_WRAP ? "its exponent field wraps"
                                                                   : "beyond its range: the largest";
    if ((b->events & EVENT_FLUSHED) && stored.class == NUMBER_FINITE)
        return "not zero (scale_underflow)";
    if (stored.class == NUMBER_ZERO && b->wanted.class != NUMBER_ZERO)
        return "became zero";
    return rounded_note(b->wanted, stored);
}

/* How many binades a micro-exponent lies below the scale: both values have the same significand. */
static int32_t binades(struct number scale, struct number micro)
{
    bool finite = scale.class == NUMBER_FINITE && micro.class == NUMBER_FINITE;
    return finite ? number_exponent(scale) - number_exponent(micro) : 0;
}

static void whole(struct derivation *d, const struct told *t, struct number stored)
{
    const struct scaling *s = &t->q->scaling;
    const struct quant_step *step = t->step;
    struct number value = step->scale->value, before = stored;
    if (told_side(t) > 0) {
        rows_f32(d, SCALE, "constant", told_side(t), "multiplies the scale (rule %s)", s->rule->name);
        before = number_mul(before, number_from_f32(told_side(t)));
    }
    if (s->second) {
        before = step->outer->divides ? number_div(before, step->outer->scale)
                                      : number_mul(before, step->outer->scale);
    }
    if (s->micro)
        rows_number(d, SCALE, "shift", number_make(false, (uint64_t)binades(before, value), 0),
                    "binades below the scale, for %d neighbours", s->micro);
    if (s->second || s->micro || told_side(t) > 0)
        rows_number(d, SCALE, "whole scale", value, "what a code's value is multiplied by");
}

static void zero_point(struct derivation *d, const struct told *t)
{
    const struct scaling *s = &t->q->scaling;
    const struct block_scale *b = t->step->scale;
    if (s->zero_point == ZERO_FLOAT)
        rows_number(d, SCALE, "offset", b->offset, "the lowest value in %s", s->scale.name);
    else if (s->zero_point)
        rows_number(d, SCALE, "zero point",
                    number_make(b->zero < 0, (uint64_t)(b->zero < 0 ? -b->zero : b->zero), 0),
                    "-lowest / scale to the nearest integer%s",
                    s->zero_point == ZERO_INTEGER ? ", limited to the codes" : "");
}

/* What elements meet where that is not the scale. */
static void meets(struct derivation *d, const struct told *t)
{
    const struct scaling *s = &t->q->scaling;
    const struct block_scale *b = t->step->scale;
    if (s->order == ORDER_TE)
        rows_f32(d, SCALE, "multiplier", b->multiplier, "1 / (scale * (1 / G)) in binary32");
    else if (s->quotient == QUOTIENT_DIVIDE)
        rows_number(d, SCALE, "divisor", b->reciprocal, "the scale in %s", s->via.name);
    else if (has_steps(s))
        rows_number(d, SCALE, "reciprocal", b->reciprocal, "1 / scale in %s", s->via.name);
}

void derive_scale(struct derivation *d, const struct told *t)
{
    const struct quant_spec *q = t->q;
    const struct block_scale *b = t->step->scale;
    if (q->codec || q->scaling.per == PER_NONE)
        return;
    region(d, t);
    if (q->scaling.second)
        second_level(d, t);
    if (q->n_alternatives)
        rows_text(d, SCALE, "element", "%s: the least error of %d formats (or)", b->element->name,
                  q->n_alternatives + 1);
    if (q->scaling.n_peaks > 1)
        rows_text(d, SCALE, "peak", "the one of %d with the least error", q->scaling.n_peaks);
    target(d, t);
    wanted(d, t);
    struct number stored = format_decode(&q->scaling.scale, b->code);
    rows_code(d, SCALE, "scale", &q->scaling.scale, b->code, "%s, %s: %s", q->scaling.scale.name,
              round_mode_names[q->scaling.scale_round], scale_outcome(t, stored));
    whole(d, t, stored);
    if (b->value.class == NUMBER_NAN)
        return;
    zero_point(d, t);
    meets(d, t);
}

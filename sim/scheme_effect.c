/* Which keys have an effect in a quant_spec, and what they say there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/book.h"
#include "sim/scheme_keys.h"
#include "sim/stat.h"

bool scheme_is_parametric_float(const struct format *f)
{
    int e, m;
    char rest;
    return f->family == &family_float &&
           sscanf(f->name, f->is_unsigned ? "ue%dm%d%c" : "e%dm%d%c", &e, &m, &rest) == 2;
}

bool scheme_is_parametric_int(const struct format *f)
{
    int bits;
    char rest;
    return f->family == &family_int && sscanf(f->name, "int%d%c", &bits, &rest) == 1;
}

bool scheme_adds_half(const struct format *f)
{
    return f->family == &family_float || f->family == &family_int;
}

bool scheme_carries(const struct format *f)
{
    return f->family == &family_float && f->exponent_bits > 0 && f->precision > 1;
}

bool scheme_scale_may_wrap(const struct scaling *s)
{
    return s->scale.precision == 1 && s->scale.is_unsigned && s->scale.subnormals == SUBNORMALS_NONE &&
           s->rule && s->rule->power_of_two;
}

bool scheme_scale_has_zero(const struct scaling *s)
{
    return s->scale.subnormals != SUBNORMALS_NONE;
}

enum scale_steps scheme_default_steps(const struct scaling *s)
{
    return s->order == ORDER_TE ? STEPS_PRODUCT : STEPS_TOP_FIRST;
}

/* --- effect --- */

static const char *element_effect(const struct quant_spec *q, enum key k)
{
    const struct format *f = &q->element;
    switch (k) {
    case KEY_BIAS:
    case KEY_SPECIALS:
    case KEY_SUBNORMALS:
        return scheme_is_parametric_float(f) ? NULL : "only elements named eXmY or ueXmY take it";
    case KEY_CODES:
        if (scheme_is_parametric_int(f) && q->scaling.zero_point)
            return "with a zero point the codes are 0 to 2^bits - 1";
        return scheme_is_parametric_int(f) ? NULL : "only elements named intN take it";
    case KEY_FRACTION:
        if (scheme_is_parametric_int(f) && q->scaling.zero_point)
            return "with a zero point the codes are 0 to 2^bits - 1";
        return scheme_is_parametric_int(f) ? NULL : "only elements named intN take it";
    case KEY_BOOK_HASH:
        return book_is_file(f) ? NULL : "only elements named " BOOK_PREFIX "PATH take it";
    case KEY_FIT:
        if (q->n_alternatives)
            return "or= offers several elements";
        return f->book ? NULL : "only codebooks are fitted";
    default: /* KEY_OR */
        if (q->scaling.zero_point)
            return "a zero point is for one integer element";
        return q->scaling.per == PER_NONE ? "without per= or block= nothing is chosen" : NULL;
    }
}

static const char *rounding_effect(const struct quant_spec *q, enum key k)
{
    const struct format *f = &q->element;
    bool stochastic = q->rounding.mode == ROUND_SR;
    switch (k) {
    case KEY_HALF:
        if (!scheme_adds_half(f))
            return "only floats and integers are rounded by adding half a step";
        return q->rounding.mode == ROUND_RNA ? NULL : "only round=rna adds half a step";
    case KEY_CARRY:
        return scheme_carries(f) ? NULL : "only floats with a fraction carry into an exponent";
    case KEY_SR_KIND:
        return stochastic ? NULL : "only round=sr draws random bits";
    case KEY_SR_BITS:
        if (stochastic && q->rounding.sr_kind == SR_EQUAL)
            return "sr_kind=equal draws one bit";
        return stochastic ? NULL : "only round=sr draws random bits";
    case KEY_OVERFLOW:
        return format_has_inf(f) || format_has_nan(f)
                   ? NULL
                   : "the element has neither Inf nor NaN, so it always saturates";
    case KEY_NAN:
        return format_has_nan(f) ? "the element has a NaN" : NULL;
    case KEY_NEG_ZERO:
        return format_has_neg_zero(f) ? NULL : "the element has no -0";
    case KEY_FTZ:
        return format_has_normals(f) ? NULL : "the element has no subnormal numbers";
    default:
        return NULL;
    }
}

static bool rounds_the_scale(const struct scaling *s)
{
    return s->order == ORDER_EXACT;
}

static const char *steps_effect(const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    if (s->order == ORDER_TE)
        return q->n_alternatives || s->n_peaks > 1 ? "several ways to scale have the steps of four-over-six"
                                                   : NULL;
    if (s->second == SECOND_NONE)
        return "there is no second level";
    if (s->quotient == QUOTIENT_EXACT)
        return "quotient=exact has no steps";
    return !s->zero_point && s->rule == &scale_rule_absmax ? NULL : "only scale_rule=absmax divides by Xmax";
}

static const char *scale_effect(const struct quant_spec *q, enum key k)
{
    const struct scaling *s = &q->scaling;
    const char *te = s->order == ORDER_TE ? "order=te has its own" : NULL;
    switch (k) {
    case KEY_SCALE_VALUE:
        return s->rule && strcmp(s->rule->name, "static") == 0 ? NULL : "only scale_rule=static takes it";
    case KEY_SCALE_RULE:
        return te ? te : s->zero_point ? "a zero point's scale is (max - min) / (2^bits - 1)" : NULL;
    case KEY_SCALE_OVERFLOW:
        if (te || scheme_scale_may_wrap(s))
            return te;
        return format_has_nan(&s->scale) ? NULL : "the scale's format has no NaN, so it clamps";
    case KEY_SCALE_UNDERFLOW:
        return te ? te : scheme_scale_has_zero(s) ? NULL : "the scale's format has no zero";
    case KEY_SCALE_LOG2:
        if (te || s->zero_point)
            return te ? te : "a zero point's scale is no power of two";
        return s->rule && s->rule->takes_log2 ? NULL : "the scale rule takes no logarithm";
    case KEY_SCALE_STEPS:
        return steps_effect(q);
    case KEY_SCALE_SHIFT:
        if (te || s->zero_point)
            return te ? te : "a zero point's scale is (max - min) / (2^bits - 1)";
        return s->rule && s->rule->ignores_amax ? "the scale is fixed" : NULL;
    case KEY_ZERO_BLOCK:
        return te ? te : s->rule && s->rule->ignores_amax ? "the scale is fixed" : NULL;
    case KEY_SCALE_MIN:
    case KEY_SCALE_MAX:
    case KEY_BLOCK_NAN:
    case KEY_BLOCK_INF:
    case KEY_QUOTIENT:
        return te;
    case KEY_ZERO_POINT:
        if (te || q->n_alternatives || s->n_peaks || s->micro)
            return te ? te : "or=, peak= and micro= share one symmetric scale";
        return q->element.family == &family_int && q->element.stretch == 0
                   ? NULL
                   : "only integers have a zero point";
    case KEY_INCLUDE_ZERO:
        return s->zero_point ? NULL : "only a zero point has a range that may miss zero";
    case KEY_MICRO:
        return te ? te : s->zero_point ? "a zero point has one scale a block" : NULL;
    case KEY_MICRO_BITS:
        return s->micro ? NULL : "without micro= there is no shift";
    case KEY_VIA:
        return te ? te : s->quotient != QUOTIENT_EXACT ? NULL : "quotient=exact has no intermediate results";
    default:
        return NULL;
    }
}

static const char *second_effect(const struct quant_spec *q, enum key k)
{
    const struct scaling *s = &q->scaling;
    if (k == KEY_SECOND)
        return NULL;
    if (s->second == SECOND_NONE)
        return "there is no second level";
    switch (k) {
    case KEY_SECOND_STORES:
        if (s->quotient == QUOTIENT_EXACT || s->zero_point)
            return s->order == ORDER_TE ? "order=te has its own"
                   : s->zero_point      ? "a zero point's second level is a scale"
                                        : "quotient=exact has no steps";
        return NULL;
    case KEY_SECOND_BLOCK:
        return s->second == SECOND_BLOCK ? NULL : "second= is not block";
    case KEY_SECOND_SCALE:
    case KEY_SECOND_ROUND:
    case KEY_ZERO_TENSOR:
        return rounds_the_scale(s) ? NULL : "order=te has its own";
    default:
        return NULL;
    }
}

static const char *choice_effect(const struct quant_spec *q, enum key k)
{
    const struct scaling *s = &q->scaling;
    bool fixed = s->rule && s->rule->ignores_amax;
    switch (k) {
    case KEY_CLIP:
    case KEY_STAT:
        return fixed ? "the scale is fixed" : NULL;
    case KEY_STAT_ARG:
        return q->stat && q->stat->arg_max > q->stat->arg_min ? NULL : "stat= takes no argument";
    case KEY_PEAK:
        return fixed ? "the scale is fixed" : s->zero_point ? "a zero point has no peak" : NULL;
    case KEY_SEARCH:
        return rounds_the_scale(s) ? NULL : "order=te has its own scale";
    default: /* KEY_CHOOSE */
        return q->n_alternatives || s->n_peaks > 1 || q->search
                   ? NULL
                   : "without or=, search= or several peaks there is one way to scale a block";
    }
}

static const char *granularity_effect(const struct quant_spec *q, enum key k)
{
    const struct scaling *s = &q->scaling;
    switch (k) {
    case KEY_PER:
        return NULL;
    case KEY_BLOCK:
        return s->per == PER_BLOCK ? NULL : "per= is not block";
    case KEY_TILE:
        return s->per == PER_TILE ? NULL : "per= is not tile";
    case KEY_AXIS:
        return s->per == PER_TENSOR ? "per=tensor has one scale"
               : s->per == PER_TILE ? "tiles lie in the last two axes"
                                    : NULL;
    default: /* KEY_TAIL */
        return s->per == PER_BLOCK || s->per == PER_TILE ? NULL : "per= is neither block nor tile";
    }
}

const char *scheme_no_effect(const struct quant_spec *q, enum key k)
{
    if (k == KEY_OUT || k == KEY_DAZ)
        return NULL;
    if (k == KEY_CAST && !q->codec)
        return q->scaling.order == ORDER_TE ? "order=te has its own" : NULL;
    if (k == KEY_OUT_ROUND)
        return q->out.family ? NULL : "without out= results are not rounded again";
    if (q->codec && (k < KEY_PER || k == KEY_FLIP || k > KEY_TAIL))
        return "the scheme has steps of its own";
    if (q->codec && q->codec->block && (k == KEY_PER || k == KEY_BLOCK || k == KEY_TILE))
        return "the scheme has blocks of its own";
    if (k == KEY_FLIP)
        return NULL;
    if (k < KEY_ROUND)
        return element_effect(q, k);
    if (k < KEY_PER)
        return rounding_effect(q, k);
    if (k != KEY_PER && q->scaling.per == PER_NONE)
        return "without per=, block= or tile= nothing is scaled";
    if (k <= KEY_TAIL)
        return granularity_effect(q, k);
    if (k >= KEY_SECOND && k <= KEY_ZERO_TENSOR)
        return second_effect(q, k);
    return k >= KEY_CLIP ? choice_effect(q, k) : scale_effect(q, k);
}

/* --- values --- */

#define NUMBER_SIZE 32

static const char *or_none(float v, char *out)
{
    return v > 0 ? str_shortest_f32(v, out) : "none";
}

static const char *whole(long long v, char *out)
{
    sprintf(out, "%lld", v);
    return out;
}

static const char *get_element(const struct quant_spec *q, enum key k, char *out)
{
    const struct format *f = &q->element;
    switch (k) {
    case KEY_BIAS:
        return f->real_bias != 0 ? str_shortest_f32(f->real_bias, out) : whole(f->bias, out);
    case KEY_SPECIALS:
        return specials_names[f->specials];
    case KEY_SUBNORMALS:
        return subnormals_names[f->subnormals];
    case KEY_CODES:
        return int_codes_names[f->codes];
    case KEY_FRACTION:
        return whole(f->fraction_bits, out);
    case KEY_BOOK_HASH:
        book_hash(f->book, out);
        return out;
    case KEY_FIT:
        return fit_names[q->fit];
    default: { /* KEY_OR */
        int n = sprintf(out, "%s", q->n_alternatives ? q->alternative[0].name : "none");
        for (int i = 1; i < q->n_alternatives; i++)
            n += sprintf(out + n, "+%s", q->alternative[i].name);
        return out;
    }
    }
}

static const char *get_rounding(const struct quant_spec *q, enum key k, char *out)
{
    const struct rounding *r = &q->rounding;
    switch (k) {
    case KEY_ROUND:
        return round_mode_names[r->mode];
    case KEY_HALF:
        return half_names[r->half_f32];
    case KEY_CARRY:
        return carry_mode_names[r->carry];
    case KEY_SR_KIND:
        return sr_kind_names[r->sr_kind];
    case KEY_SR_BITS:
        return whole(r->sr_bits, out);
    case KEY_OVERFLOW:
        return overflow_mode_names[r->overflow];
    case KEY_NAN:
        return nan_mode_names[r->nan];
    case KEY_NEG_ZERO:
        return neg_zero_mode_names[r->neg_zero];
    case KEY_DAZ:
        return no_yes_names[q->daz];
    default:
        return no_yes_names[r->ftz];
    }
}

static const char *get_scale(const struct scaling *s, enum key k, char *out)
{
    switch (k) {
    case KEY_PER:
        return granularity_names[s->per];
    case KEY_BLOCK:
        return whole((long long)s->block, out);
    case KEY_TILE:
        sprintf(out, "%zux%zu", s->tile[0], s->tile[1]);
        return out;
    case KEY_AXIS:
        return s->axis;
    case KEY_TAIL:
        return tail_policy_names[s->tail];
    case KEY_SCALE:
        return s->scale.name;
    case KEY_SCALE_RULE:
        return s->rule->name;
    case KEY_SCALE_LOG2:
        return scale_log2_names[s->log2];
    case KEY_SCALE_VALUE:
        return str_shortest_f32(s->scale_value, out);
    case KEY_SCALE_ROUND:
        return round_mode_names[s->scale_round];
    case KEY_SCALE_OVERFLOW:
        return scale_overflow_names[s->scale_overflow];
    case KEY_SCALE_SHIFT:
        return whole(s->scale_shift, out);
    case KEY_SCALE_UNDERFLOW:
        return s->scale_underflow == UNDERFLOW_VALUE ? str_shortest_f32(s->underflow_scale, out)
                                                     : scale_underflow_names[s->scale_underflow];
    case KEY_SCALE_MIN:
        return or_none(s->scale_min, out);
    case KEY_SCALE_MAX:
        return or_none(s->scale_max, out);
    case KEY_ZERO_BLOCK:
        return s->zero_block == ZERO_BLOCK_VALUE ? str_shortest_f32(s->zero_scale, out)
                                                 : zero_block_names[s->zero_block];
    case KEY_BLOCK_NAN:
        return block_special_names[s->block_nan];
    case KEY_BLOCK_INF:
        return block_special_names[s->block_inf];
    case KEY_MICRO:
        return s->micro ? whole(s->micro, out) : "none";
    case KEY_MICRO_BITS:
        return whole(s->micro_bits, out);
    case KEY_ZERO_POINT:
        return zero_point_names[s->zero_point];
    default:
        return no_yes_names[s->include_zero];
    }
}

static const char *get_levels(const struct quant_spec *q, enum key k, char *out)
{
    const struct scaling *s = &q->scaling;
    switch (k) {
    case KEY_SECOND:
        return second_level_names[s->second];
    case KEY_SECOND_BLOCK:
        return whole((long long)s->second_block, out);
    case KEY_SECOND_SCALE:
        return s->second_scale.name;
    case KEY_SECOND_ROUND:
        return round_mode_names[s->second_round];
    case KEY_SECOND_TOP:
        return or_none(s->second_top, out);
    case KEY_ZERO_TENSOR:
        return zero_tensor_names[s->zero_tensor_nan];
    case KEY_SECOND_STORES:
        return second_stores_names[s->second_stores];
    case KEY_ORDER:
        return scale_order_names[s->order];
    case KEY_SCALE_STEPS:
        return scale_steps_names[s->steps];
    case KEY_CAST:
        return s->cast.family ? s->cast.name : "none";
    case KEY_QUOTIENT:
        return quotient_names[s->quotient];
    default:
        return s->via.name;
    }
}

static const char *get_choice(const struct quant_spec *q, enum key k, char *out)
{
    const struct scaling *s = &q->scaling;
    switch (k) {
    case KEY_CLIP:
        return s->clip < 1 ? str_shortest_f32(s->clip, out) : "none";
    case KEY_STAT:
        return q->stat ? q->stat->name : "absmax";
    case KEY_STAT_ARG:
        return str_shortest_f64(q->stat_arg, out);
    case KEY_PEAK: {
        int n = 0;
        for (int i = 0; i < s->n_peaks; i++) {
            char number[NUMBER_SIZE];
            n += sprintf(out + n, "%s%s", i ? "+" : "", str_shortest_f32(s->peak[i], number));
        }
        return s->n_peaks ? out : "none";
    }
    case KEY_SEARCH:
        return q->search == SEARCH_ALL ? "all" : q->search ? whole(q->search, out) : "none";
    case KEY_CHOOSE:
        return choose_names[q->choose];
    case KEY_FLIP:
        return or_none(q->flip, out);
    case KEY_OUT:
        return q->out.family ? q->out.name : "none";
    default:
        return round_mode_names[q->out_round];
    }
}

const char *scheme_get(const struct quant_spec *q, const struct text_key *key,
                       char scratch[static SCHEME_VALUE_SIZE])
{
    enum key k = (enum key)(key - scheme_keys);
    if (scheme_no_effect(q, k))
        return "";
    return k < KEY_ROUND    ? get_element(q, k, scratch)
           : k < KEY_PER    ? get_rounding(q, k, scratch)
           : k < KEY_SECOND ? get_scale(&q->scaling, k, scratch)
           : k < KEY_CLIP   ? get_levels(q, k, scratch)
                            : get_choice(q, k, scratch);
}

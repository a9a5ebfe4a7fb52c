/* Words -> the scaling of a scheme, and the choice among ways to scale. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme_words.h"
#include "sim/stat.h"

#define BLOCK_MOST 2147483648LL

/* --- which elements share a scale --- */

static enum status tile_of(const struct words *w, struct scaling *s, struct error *e)
{
    unsigned long long rows, columns;
    char rest;
    const char *text = w->value[KEY_TILE];
    if (strspn(text, "0123456789x") != strlen(text) ||
        sscanf(text, "%10llux%10llu%c", &rows, &columns, &rest) != 2 || !rows || !columns ||
        rows > BLOCK_MOST || columns > BLOCK_MOST)
        return words_bad(w, KEY_TILE, e);
    s->tile[0] = (size_t)rows;
    s->tile[1] = (size_t)columns;
    return STATUS_OK;
}

/* block and tile imply per=block and per=tile; "none" undoes an alias's. What the text itself gives stands
 * above what an alias gives. */
static int implied_granularity(const struct words *w, int per)
{
    bool block = words_says(w, KEY_BLOCK), tile = words_says(w, KEY_TILE);
    if (w->given[KEY_PER])
        return per;
    if (w->given[KEY_TILE] && tile)
        return PER_TILE;
    if (w->given[KEY_BLOCK] && block)
        return PER_BLOCK;
    if ((w->given[KEY_BLOCK] && (per == PER_BLOCK || per < 0)) ||
        (w->given[KEY_TILE] && (per == PER_TILE || per < 0)))
        return PER_NONE;
    return per >= 0 ? per : block ? PER_BLOCK : tile ? PER_TILE : PER_NONE;
}

static enum status granularity(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct scaling *s = &q->scaling;
    int per = -1, tail = q->codec ? TAIL_REFUSE : TAIL_SHORT;
    long long block = 0;
    enum status st = words_select(w, KEY_PER, granularity_names, PER_KINDS, &per, e);
    if (st)
        return st;
    per = implied_granularity(w, per);
    if (q->codec && q->codec->block)
        per = PER_BLOCK;
    else if (q->codec && per == PER_NONE)
        per = PER_TENSOR;
    s->per = (enum granularity)per;
    if (q->codec && q->codec->block)
        block = (long long)q->codec->block;
    else if (per == PER_BLOCK) {
        st = words_integer(w, KEY_BLOCK, 1, BLOCK_MOST, &block, e);
        if (!st && !block)
            return error_set(e, STATUS_INVALID, "per=block needs block=k");
    } else if (per == PER_TILE) {
        if (!words_says(w, KEY_TILE))
            return error_set(e, STATUS_INVALID, "per=tile needs tile=RxC");
        st = tile_of(w, s, e);
    }
    s->block = (size_t)block;
    if (!st && (per == PER_BLOCK || per == PER_TILE))
        st = words_select(w, KEY_TAIL, tail_policy_names, TAIL_KINDS, &tail, e);
    s->tail = per == PER_BLOCK || per == PER_TILE ? (enum tail_policy)tail : TAIL_SHORT;
    if (per == PER_CHANNEL || per == PER_TOKEN || per == PER_BLOCK) {
        const char *axis = w->value[KEY_AXIS][0] ? w->value[KEY_AXIS] : "last";
        if (!st && strlen(axis) >= sizeof s->axis)
            return words_bad(w, KEY_AXIS, e);
        snprintf(s->axis, sizeof s->axis, "%.*s", AXIS_NAME_SIZE - 1, axis);
    }
    return st;
}

/* --- the scale --- */

static enum status scale_format(const struct words *w, struct scaling *s, struct error *e)
{
    if (strcmp(w->value[KEY_SCALE], "none") == 0)
        return error_set(e, STATUS_INVALID, "scale=none contradicts per=%s", granularity_names[s->per]);
    s->scale = *format_find("fp32");
    return words_format(w, KEY_SCALE, "scale format", &s->scale, e);
}

static enum status rule(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct scaling *s = &q->scaling;
    const char *name = w->value[KEY_SCALE_RULE];
    if (!*name) /* a scale of one bit of precision is a power of two */
        name = s->scale.precision == 1 ? "floor" : "absmax";
    s->rule = scale_rule_find(s->zero_point ? "absmax" : name);
    if (!s->rule)
        return words_bad(w, KEY_SCALE_RULE, e);
    if (strcmp(s->rule->name, "static") == 0) {
        if (!words_says(w, KEY_SCALE_VALUE))
            return error_set(e, STATUS_INVALID, "scale_rule=static needs scale_value=");
        return words_positive(w, KEY_SCALE_VALUE, HUGE_VAL, &s->scale_value, e);
    }
    return STATUS_OK;
}

/* A word of `names`, or a number above 0: then *kind is n. */
static enum status word_or_number(const struct words *w, enum key k, const char *const *names, int n,
                                  int *kind, float *value, struct error *e)
{
    struct error ignored = {{0}};
    if (!words_select(w, k, names, n, kind, &ignored))
        return STATUS_OK;
    *kind = n;
    return words_says(w, k) ? words_positive(w, k, HUGE_VAL, value, e) : words_bad(w, k, e);
}

static enum status ends_of_scales(const struct words *w, struct scaling *s, struct error *e)
{
    bool nan = format_has_nan(&s->scale), wraps = scheme_scale_may_wrap(s);
    int overflow = s->rule->overflow_is_nan && nan ? SCALE_OVERFLOW_NAN : SCALE_OVERFLOW_CLAMP,
        log2 = LOG2_EXACT, underflow = UNDERFLOW_ZERO, zero_block = ZERO_BLOCK_ZERO;
    enum status st = STATUS_OK;
    if (nan || wraps)
        st = words_select(w, KEY_SCALE_OVERFLOW, scale_overflow_names, SCALE_OVERFLOW_KINDS, &overflow, e);
    if (!st && overflow == SCALE_OVERFLOW_WRAP && !wraps)
        return error_set(e, STATUS_INVALID,
                         "scale_overflow=wrap needs a rule of powers of two and a scale of one "
                         "bit of precision");
    if (!st && overflow == SCALE_OVERFLOW_NAN && !nan && wraps)
        return error_set(e, STATUS_INVALID, "scale_overflow=nan: %s has no NaN", s->scale.name);
    if (!st && s->rule->takes_log2)
        st = words_select(w, KEY_SCALE_LOG2, scale_log2_names, LOG2_KINDS, &log2, e);
    if (!st && scheme_scale_has_zero(s))
        st = word_or_number(w, KEY_SCALE_UNDERFLOW, scale_underflow_names, UNDERFLOW_VALUE, &underflow,
                            &s->underflow_scale, e);
    long long shift = 0;
    if (!st && !s->rule->ignores_amax && !s->zero_point)
        st = words_integer(w, KEY_SCALE_SHIFT, -127, 127, &shift, e);
    s->scale_shift = (int)shift;
    if (!st && !s->rule->ignores_amax)
        st = word_or_number(w, KEY_ZERO_BLOCK, zero_block_names, ZERO_BLOCK_VALUE, &zero_block,
                            &s->zero_scale, e);
    s->scale_overflow = (enum scale_overflow)overflow;
    s->log2 = (enum scale_log2)log2;
    s->scale_underflow = (enum scale_underflow)underflow;
    s->zero_block = (enum zero_block)zero_block;
    return st;
}

/* A scale rule that is not said but overridden by order=te stays NULL. */
static enum status policies(const struct words *w, struct scaling *s, struct error *e)
{
    int block_nan = SPECIAL_POISON, block_inf = SPECIAL_POISON, quotient = QUOTIENT_EXACT;
    enum status st = ends_of_scales(w, s, e);
    if (!st)
        st = words_select(w, KEY_BLOCK_NAN, block_special_names, SPECIAL_MAX, &block_nan, e);
    if (!st)
        st = words_select(w, KEY_BLOCK_INF, block_special_names, SPECIAL_KINDS, &block_inf, e);
    if (!st)
        st = words_positive(w, KEY_SCALE_MIN, HUGE_VAL, &s->scale_min, e);
    if (!st)
        st = words_positive(w, KEY_SCALE_MAX, HUGE_VAL, &s->scale_max, e);
    if (!st && s->scale_max > 0 && s->scale_max < s->scale_min)
        return error_set(e, STATUS_INVALID, "scale_max=%s is below scale_min=%s", w->value[KEY_SCALE_MAX],
                         w->value[KEY_SCALE_MIN]);
    if (!st)
        st = words_select(w, KEY_QUOTIENT, quotient_names, QUOTIENT_KINDS, &quotient, e);
    s->block_nan = (enum block_special)block_nan;
    s->block_inf = (enum block_special)block_inf;
    s->quotient = (enum quotient)quotient;
    if (!st && s->quotient != QUOTIENT_EXACT) {
        s->via = *format_find("fp32");
        st = words_format(w, KEY_VIA, "format", &s->via, e);
    }
    return st;
}

static enum status zero_point(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct scaling *s = &q->scaling;
    int kind = ZERO_NONE, include = 0;
    enum status st = words_select(w, KEY_ZERO_POINT, zero_point_names, ZERO_KINDS, &kind, e);
    if (st || !kind)
        return st;
    if (q->element.family != &family_int || q->element.stretch > 0)
        return error_set(e, STATUS_INVALID,
                         "zero_point=%s: %s is no integer, and only integers have a zero point",
                         zero_point_names[kind], q->element.name);
    s->zero_point = (enum zero_point)kind;
    st = words_select(w, KEY_INCLUDE_ZERO, no_yes_names, 2, &include, e);
    s->include_zero = include;
    return st;
}

/* How scales are made in steps, and what the second level stores. Needs the quotient. */
static enum status steps(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct scaling *s = &q->scaling;
    int kind = scheme_default_steps(s), stores = STORES_SCALE;
    enum status st = STATUS_OK;
    if (!scheme_no_effect(q, KEY_SCALE_STEPS))
        st = words_select(w, KEY_SCALE_STEPS, scale_steps_names, STEPS_KINDS, &kind, e);
    if (!st && s->order == ORDER_TE && kind > STEPS_PRODUCT)
        return error_set(e, STATUS_INVALID, "scale_steps=%s: order=te has top-first and product",
                         scale_steps_names[kind]);
    if (!st && !scheme_no_effect(q, KEY_SECOND_STORES))
        st = words_select(w, KEY_SECOND_STORES, second_stores_names, STORES_KINDS, &stores, e);
    s->steps = (enum scale_steps)kind;
    s->second_stores = (enum second_stores)stores;
    return st;
}

static enum status micro(const struct words *w, struct scaling *s, struct error *e)
{
    long long n = 0, bits = 1;
    enum status st = words_integer(w, KEY_MICRO, 1, 65536, &n, e);
    if (!st && n)
        st = words_integer(w, KEY_MICRO_BITS, 1, 8, &bits, e);
    s->micro = (int)n;
    s->micro_bits = n ? (int)bits : 0;
    return st;
}

/* --- the second level, and the order --- */

static enum status second_format(const struct words *w, struct scaling *s, struct error *e)
{
    s->second_scale = *format_find("fp32");
    enum status st = words_format(w, KEY_SECOND_SCALE, "scale format", &s->second_scale, e);
    /* A power of two rounded down would leave block scales beyond the largest one. */
    int round = s->second_scale.precision == 1 ? ROUND_RUP : ROUND_RNE, nan = 0;
    if (!st)
        st = words_select(w, KEY_SECOND_ROUND, round_mode_names, ROUND_SR, &round, e);
    if (!st)
        st = words_select(w, KEY_ZERO_TENSOR, zero_tensor_names, 2, &nan, e);
    s->second_round = (enum round_mode)round;
    s->zero_tensor_nan = nan;
    return st;
}

/* Whether the product of the largest values is a binary32 number above 0. */
static bool fits_binary32(const struct format *element, const struct format *scale)
{
    float range = number_to_f32(number_mul(format_max(element), format_max(scale)));
    return range > 0 && isfinite(range) && isfinite(number_to_f32(format_max(element)));
}

static enum status levels(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct scaling *s = &q->scaling;
    int second = SECOND_NONE, order = ORDER_EXACT, round = ROUND_RNE;
    long long block = 0;
    enum status st = words_select(w, KEY_SECOND, second_level_names, SECOND_KINDS, &second, e);
    if (!st)
        st = words_select(w, KEY_ORDER, scale_order_names, ORDER_KINDS, &order, e);
    if (!st)
        st = words_select(w, KEY_SCALE_ROUND, round_mode_names, ROUND_MODES, &round, e);
    if (st)
        return st;
    if ((second == SECOND_ROW || second == SECOND_BLOCK) && s->per != PER_BLOCK)
        return error_set(e, STATUS_INVALID,
                         "second=%s needs per=block: its runs are those that the blocks cut",
                         second_level_names[second]);
    if (order == ORDER_TE && second == SECOND_NONE)
        return error_set(e, STATUS_INVALID, "order=te needs second=tensor, row or block");
    if (order == ORDER_TE && !fits_binary32(&q->element, &s->scale))
        return error_set(e, STATUS_INVALID,
                         "order=te computes in binary32, which does not hold the largest values of %s and %s",
                         q->element.name, s->scale.name);
    if (order == ORDER_TE && round == ROUND_SR)
        return error_set(e, STATUS_INVALID, "scale_round=sr: order=te has no random bits for scales");
    s->second = (enum second_level)second;
    s->order = (enum scale_order)order;
    s->scale_round = (enum round_mode)round;
    if (second == SECOND_NONE)
        return STATUS_OK;
    if (second == SECOND_BLOCK) {
        st = words_integer(w, KEY_SECOND_BLOCK, 1, BLOCK_MOST, &block, e);
        if (!st && (block == 0 || (size_t)block % s->block))
            return error_set(e, STATUS_INVALID, "second=block needs second_block=, a multiple of block=%zu",
                             s->block);
    }
    s->second_block = (size_t)block;
    if (!st)
        st = words_positive(w, KEY_SECOND_TOP, HUGE_VAL, &s->second_top, e);
    if (!st && order == ORDER_EXACT)
        st = second_format(w, s, e);
    return st;
}

enum status words_scaling(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct scaling *s = &q->scaling;
    enum status st = granularity(w, q, e);
    if (st || s->per == PER_NONE)
        return st;
    s->clip = 1;
    if (q->codec) {
        codec_describe_scale(q->codec, &s->scale);
        return STATUS_OK;
    }
    st = scale_format(w, s, e);
    if (!st)
        st = levels(w, q, e);
    if (st || s->order == ORDER_TE) {
        s->steps = STEPS_PRODUCT; /* until words_choice knows how many ways there are */
        return st;
    }
    st = zero_point(w, q, e);
    if (!st)
        st = rule(w, q, e);
    if (!st)
        st = policies(w, s, e);
    if (!st && !s->zero_point)
        st = micro(w, s, e);
    if (!st)
        st = steps(w, q, e);
    return st;
}

/* --- which way to scale --- */

static enum status peaks(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct scaling *s = &q->scaling;
    float top = number_to_f32(format_max(&q->element));
    for (const char *p = w->value[KEY_PEAK]; words_says(w, KEY_PEAK); p++) {
        char *end;
        float v = strtof(p, &end);
        if (s->n_peaks == PEAKS_MAX || end == p || (*end && *end != '+') || !(v > 0 && isfinite(v)))
            return words_bad(w, KEY_PEAK, e);
        if (v > top)
            return error_set(e, STATUS_INVALID, "peak: %g is above the largest value of %s, %g", (double)v,
                             q->element.name, (double)top);
        s->peak[s->n_peaks++] = v;
        p = end;
        if (!*p)
            break;
    }
    return STATUS_OK;
}

static enum status statistic(const struct words *w, struct quant_spec *q, struct error *e)
{
    const char *name = w->value[KEY_STAT];
    if (!*name || strcmp(name, "none") == 0 || strcmp(name, "absmax") == 0)
        return STATUS_OK;
    q->stat = stat_find(name);
    if (!q->stat)
        return words_bad(w, KEY_STAT, e);
    q->stat_arg = q->stat->arg_default;
    const char *text = w->value[KEY_STAT_ARG];
    if (!(q->stat->arg_max > q->stat->arg_min) || !*text)
        return STATUS_OK;
    char *end;
    double v = strtod(text, &end);
    if (*end || end == text || !(v >= q->stat->arg_min && v <= q->stat->arg_max))
        return error_set(e, STATUS_INVALID, "stat_arg: '%s' is not a number of %g to %g (%s)", text,
                         q->stat->arg_min, q->stat->arg_max, q->stat->arg_doc);
    q->stat_arg = v;
    return STATUS_OK;
}

static enum status search(const struct words *w, struct quant_spec *q, struct error *e)
{
    long long n = 0;
    if (strcmp(w->value[KEY_SEARCH], "all") == 0) {
        if (q->scaling.scale.bits > 16)
            return error_set(e, STATUS_INVALID,
                             "search=all tries every code: the scale %s has more than 16 bits",
                             q->scaling.scale.name);
        q->search = SEARCH_ALL;
        return STATUS_OK;
    }
    enum status st = words_integer(w, KEY_SEARCH, 1, 65536, &n, e);
    q->search = (int)n;
    return st;
}

enum status words_choice(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct scaling *s = &q->scaling;
    if (s->per == PER_NONE || q->codec) {
        q->n_alternatives = 0;
        return STATUS_OK;
    }
    bool fixed = s->rule && s->rule->ignores_amax;
    int choose = CHOOSE_MSE;
    enum status st = STATUS_OK;
    if (!fixed) {
        float clip = 1;
        st = words_positive(w, KEY_CLIP, 1, &clip, e);
        s->clip = clip > 0 ? clip : 1;
        if (!st)
            st = statistic(w, q, e);
        if (!st && !s->zero_point)
            st = peaks(w, q, e);
    }
    if (!st && s->order == ORDER_EXACT)
        st = search(w, q, e);
    if (!st && s->order == ORDER_TE)
        st = steps(w, q, e);
    if (!st && (q->n_alternatives || s->n_peaks > 1 || q->search))
        st = words_select(w, KEY_CHOOSE, choose_names, CHOOSE_KINDS, &choose, e);
    q->choose = (enum choose)choose;
    return st;
}

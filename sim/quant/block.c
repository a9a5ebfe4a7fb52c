/* Quantizing one region: its range, the statistic, the ways to scale it and the best of them, its elements.
 */
#include "sim/quant/block.h"

#include <float.h>
#include <math.h>

#include "sim/base/elementary.h"
#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "sim/stat.h"

/* Streams of random numbers beside that of the elements. */
#define STREAM_SCALES UINT64_C(0x9e3779b97f4a7c15)
#define STREAM_FLIPS  UINT64_C(0xbf58476d1ce4e5b9)

/* --- range --- */

/* What the kernel does not tell: which values are not finite. */
static void add_specials(struct quant_range *r, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isfinite(x[i])) {
            r->lo = !r->finite || x[i] < r->lo ? x[i] : r->lo;
            r->hi = !r->finite || x[i] > r->hi ? x[i] : r->hi;
            r->finite = true;
        } else {
            r->nan |= isnan(x[i]) != 0;
            r->plus_inf |= x[i] > 0;
            r->minus_inf |= x[i] < 0;
        }
    }
}

void quant_range_add(struct quant_range *r, const float *x, size_t n)
{
    enum { CHUNK = 4096 };
    for (size_t first = 0; first < n; first += CHUNK) {
        size_t length = n - first < CHUNK ? n - first : CHUNK;
        float lo = r->finite ? r->lo : INFINITY, hi = r->finite ? r->hi : -INFINITY;
        if (kernels_best()->range(x + first, length, &lo, &hi)) {
            r->lo = lo;
            r->hi = hi;
            r->finite = true;
        } else {
            add_specials(r, x + first, length);
        }
    }
}

float quant_input_value(const struct quant_spec *q, float x)
{
    bool subnormal = (bits_from_f32(x) & 0x7f800000) == 0;
    return q->daz && subnormal ? f32_from_bits(bits_from_f32(x) & 0x80000000) : x;
}

struct region_range block_range(const struct quant_spec *q, const struct quant_range *r, bool outer)
{
    const struct scaling *s = &q->scaling;
    bool inf_out = s->block_inf == SPECIAL_ELEMENT || (outer && s->block_inf == SPECIAL_MAX);
    struct region_range out = {.lo = r->finite ? r->lo : 0, .hi = r->finite ? r->hi : 0};
    bool plus = r->plus_inf && !inf_out, minus = r->minus_inf && !inf_out;
    if (!r->finite && (plus || minus)) /* infinities alone */
        out.lo = out.hi = plus ? INFINITY : -INFINITY;
    out.lo = minus ? -INFINITY : out.lo;
    out.hi = plus ? INFINITY : out.hi;
    /* the order of zeros says nothing */
    out.lo = quant_input_value(q, out.lo) + 0.0F;
    out.hi = quant_input_value(q, out.hi) + 0.0F;
    bool poisoned = r->nan && s->block_nan != SPECIAL_ELEMENT;
    out.amax = poisoned ? NAN : fmaxf(fabsf(out.lo), fabsf(out.hi));
    return out;
}

/* --- ways to scale --- */

/* A region under one way to scale it. */
struct trial {
    struct block_job *job;
    struct region_range range;
    struct block_scale scale;
};

static uint32_t scale_random(const struct block_job *j)
{
    return j->q->scaling.scale_round == ROUND_SR ? rng_u32(j->seed, j->stream ^ STREAM_SCALES, j->scale_index)
                                                 : 0;
}

static struct trial trial_of(struct block_job *j, const struct candidate *c, struct region_range range)
{
    return (struct trial){j, range, scaling_block(&j->q->scaling, c, j->outer, &range, scale_random(j))};
}

static bool takes_random(const struct block_job *j)
{
    return j->q->rounding.mode == ROUND_SR;
}

static float amax_of(const float *x, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = isfinite(x[i]) ? fmaxf(most, fabsf(x[i])) : most;
    return most;
}

/* What is done with element i under the scale of its neighbours. */
typedef void element_fn(void *context, size_t i, const struct block_scale *scale, struct encoded e);

/* Encodes every element; neighbours that share a micro-exponent have a scale of their own. */
static void each_element(const struct trial *t, element_fn *f, void *context)
{
    const struct block_job *j = t->job;
    const struct scaling *s = &j->q->scaling;
    size_t group = s->micro ? (size_t)s->micro : j->n;
    for (size_t first = 0; first < j->n; first += group) {
        size_t n = j->n - first < group ? j->n - first : group;
        struct block_scale scale = t->scale;
        if (s->micro)
            scale = scaling_micro(s, &t->scale, t->range.amax, amax_of(j->x + first, n));
        for (size_t i = first; i < first + n; i++) {
            uint32_t random = takes_random(j) ? rng_u32(j->seed, j->stream, j->index[i]) : 0;
            f(context, i, &scale, scaling_encode(s, &j->q->rounding, &scale, j->x[i], random));
        }
    }
}

/* --- error of a trial --- */

struct error_sum {
    const struct block_job *job;
    double power;     /* of |y - x|; 0: as `choose` says */
    double sum, most; /* in the order of the elements */
    float te_sum;     /* ORDER_TE adds in binary32 */
};

static void add_error(void *context, size_t i, const struct block_scale *scale, struct encoded e)
{
    struct error_sum *sum = context;
    const struct quant_spec *q = sum->job->q;
    float x = sum->job->x[i];
    if (!isfinite(x))
        return;
    if (q->scaling.order == ORDER_TE && sum->power == 0) {
        float d = scaling_te_error(scale, x, e.code);
        sum->te_sum += q->choose == CHOOSE_MSE ? d * d : d;
        sum->most = fmax(sum->most, (double)d);
        return;
    }
    double d = fabs((double)scaling_decode(&q->scaling, scale, e.code) - (double)x);
    double power = sum->power > 0 ? sum->power : q->choose == CHOOSE_MSE ? 2 : 1;
    sum->most = fmax(sum->most, d);
    sum->sum += power == 2 ? d * d : power == 1 ? d : elementary_pow(d, power);
}

static double error_of(const struct trial *t, double power)
{
    struct error_sum sum = {.job = t->job, .power = power};
    if (t->scale.value.class == NUMBER_NAN)
        return HUGE_VAL;
    each_element(t, add_error, &sum);
    if (power == 0 && t->job->q->choose == CHOOSE_MAX)
        return sum.most;
    return t->job->q->scaling.order == ORDER_TE && power == 0 ? (double)sum.te_sum : sum.sum;
}

/* --- the statistic --- */

static struct region_range narrowed(const struct region_range *r, float amax)
{
    float share = amax / r->amax;
    return (struct region_range){r->lo * share, r->hi * share, amax};
}

struct statistic_context {
    struct block_job *job;
    const struct candidate *candidate;
    const struct region_range *range;
};

static double error_at(void *context, float amax, double power)
{
    struct statistic_context *c = context;
    struct trial t = trial_of(c->job, c->candidate, narrowed(c->range, amax));
    return error_of(&t, power);
}

/* The range that the scale is to cover. */
static struct region_range covered(struct block_job *j, const struct candidate *c,
                                   const struct region_range *range)
{
    const struct quant_spec *q = j->q;
    if (!q->stat || !(range->amax > 0 && range->amax <= FLT_MAX))
        return *range;
    struct statistic_context context = {j, c, range};
    struct stat_input in = {.x = j->x,
                            .n = j->n,
                            .amax = range->amax,
                            .element = c->element,
                            .arg = q->stat_arg,
                            .error = error_at,
                            .context = &context};
    float amax = q->stat->magnitude(&in);
    j->failed |= isnan(amax) != 0;
    return narrowed(range, amax > 0 ? amax : range->amax);
}

/* --- the best way --- */

struct best {
    struct trial trial;
    double error;
    bool any;
};

static void offer(struct best *b, const struct trial *t, bool measured)
{
    double error = measured ? error_of(t, 0) : 0;
    if (b->any && !(error < b->error))
        return;
    b->trial = *t;
    b->error = error;
    b->any = true;
}

static bool is_usable_scale(const struct format *f, uint32_t code)
{
    struct number v = format_decode(f, code);
    return v.class == NUMBER_FINITE && !v.negative;
}

/* The codes beside that of the rule, nearest first, lower before higher; a tie keeps the earlier. */
static void search_codes(struct best *b, const struct trial *base, const struct candidate *c)
{
    struct block_job *j = base->job;
    const struct format *f = &j->q->scaling.scale;
    int64_t most = format_code_mask(f);
    int64_t radius = j->q->search == SEARCH_ALL ? most : j->q->search;
    for (int64_t d = 1; d <= radius; d++)
        for (int side = -1; side <= 1; side += 2) {
            int64_t code = (int64_t)base->scale.code + side * d;
            if (code < 0 || code > most || !is_usable_scale(f, (uint32_t)code))
                continue;
            struct candidate at = *c;
            at.has_code = true;
            at.code = (uint32_t)code;
            struct trial t = trial_of(j, &at, base->range);
            offer(b, &t, true);
        }
}

static void try_candidate(struct best *b, struct block_job *j, const struct candidate *c,
                          const struct region_range *range, bool several)
{
    struct trial t = trial_of(j, c, covered(j, c, range));
    bool search = j->q->search && t.scale.value.class == NUMBER_FINITE && t.range.amax > 0;
    offer(b, &t, several || search);
    if (search)
        search_codes(b, &t, c);
}

static struct candidate plain_candidate(const struct quant_spec *q)
{
    return (struct candidate){.element = &q->element, .peak = q->scaling.n_peaks ? q->scaling.peak[0] : 0};
}

struct block_scale block_plain_scale(struct block_job *j, const struct quant_range *r)
{
    struct region_range range = block_range(j->q, r, false);
    struct candidate c = plain_candidate(j->q);
    return trial_of(j, &c, covered(j, &c, &range)).scale;
}

bool block_is_plain(const struct quant_spec *q)
{
    return !q->codec && !q->stat && !q->search && !q->n_alternatives && q->scaling.n_peaks <= 1 &&
           !q->scaling.micro;
}

static struct trial best_of(struct block_job *j, const struct region_range *range)
{
    const struct quant_spec *q = j->q;
    struct best b = {.any = false};
    int peaks = q->scaling.n_peaks ? q->scaling.n_peaks : 1;
    bool several = q->n_alternatives || peaks > 1;
    for (int a = 0; a <= q->n_alternatives; a++)
        for (int p = 0; p < peaks; p++) {
            struct candidate c = plain_candidate(q);
            c.element = a ? &q->alternative[a - 1] : &q->element;
            c.peak = q->scaling.n_peaks ? q->scaling.peak[p] : 0;
            c.four_steps = several;
            try_candidate(&b, j, &c, range, several);
        }
    return b.trial;
}

/* --- results --- */

/* Each bit of the code flips with the given probability. */
static uint32_t flipped(const struct block_job *j, size_t i, int bits, uint32_t code,
                        struct quant_stats *stats)
{
    uint64_t threshold = (uint64_t)((double)j->q->flip * 0x1p32);
    for (int bit = 0; bit < bits; bit++)
        if (rng_u32(j->seed, j->stream ^ STREAM_FLIPS, j->index[i] * 32 + (uint64_t)bit) < threshold) {
            code ^= UINT32_C(1) << bit;
            stats->flipped++;
        }
    return code;
}

static float to_output(const struct quant_spec *q, struct number y)
{
    struct rounding r = {.mode = q->out_round, .overflow = OVERFLOW_INFINITY};
    if (q->out.family)
        y = format_decode(&q->out, format_round(&q->out, y, &r, 0).code);
    return number_to_f32(y);
}

float block_value(const struct quant_spec *q, const struct block_scale *scale, uint32_t code)
{
    return to_output(q, scaling_value(&q->scaling, scale, code));
}

struct finish {
    struct block_job *job;
    struct quant_stats *stats;
    struct sum *expected;
};

/* The error that an element has on average over the random bits of its rounding; 0 for an element that may
 * become Inf or NaN. */
static double expected_error(const struct quant_spec *q, float x, const struct block_scale *scale)
{
    const struct scaling *s = &q->scaling;
    struct rounding r = q->rounding;
    if (scale->value.class == NUMBER_NAN)
        return 0;
    r.mode = ROUND_RTZ;
    double small = (double)block_value(q, scale, scaling_encode(s, &r, scale, x, 0).code);
    r.mode = ROUND_RAZ;
    double large = (double)block_value(q, scale, scaling_encode(s, &r, scale, x, 0).code);
    if (!isfinite(x) || !isfinite(small) || !isfinite(large))
        return 0;
    double p = scaling_sr_probability(s, &r, scale, x);
    return p * (large - (double)x) + (1 - p) * (small - (double)x);
}

static void finish_element(void *context, size_t i, const struct block_scale *scale, struct encoded e)
{
    struct finish *f = context;
    struct block_job *j = f->job;
    if (j->q->flip > 0)
        e.code = flipped(j, i, scale->element->bits, e.code, f->stats);
    if (f->expected && takes_random(j) && j->index[i] >= j->expected_from && j->index[i] < j->expected_to)
        sum_add(f->expected, expected_error(j->q, j->x[i], scale));
    j->codes[i] = e.code;
    j->events[i] = e.events;
    j->values[i] = block_value(j->q, scale, e.code);
    if (j->watch)
        j->watch->element(j->watch->context, &(struct quant_step){.index = j->index[i],
                                                                  .x = j->x[i],
                                                                  .y = j->values[i],
                                                                  .code = e.code,
                                                                  .events = e.events,
                                                                  .scale_index = j->scale_index,
                                                                  .n = j->n_all,
                                                                  .range = &j->all,
                                                                  .covered = &j->range,
                                                                  .outer = j->outer,
                                                                  .scale = scale});
}

static int bits_to_choose(int ways)
{
    int bits = 0;
    while (1 << bits < ways)
        bits++;
    return bits;
}

static bool has_free_sign(const struct scaling *s)
{
    return s->scale.family == &family_float && !s->scale.is_unsigned;
}

/* What a block stores beside codes and scale. The choice of an alternative may lie in a sign that the scale
 * does not need. */
static uint64_t side_bits(const struct quant_spec *q, size_t n)
{
    const struct scaling *s = &q->scaling;
    uint64_t bits = 0;
    if (s->micro)
        bits += (n + (size_t)s->micro - 1) / (size_t)s->micro * (size_t)s->micro_bits;
    if (s->zero_point)
        bits += (uint64_t)(s->zero_point == ZERO_INTEGER     ? q->element.bits
                           : s->zero_point == ZERO_UNCLAMPED ? 32
                                                             : s->scale.bits);
    int choice = bits_to_choose(q->n_alternatives + 1);
    return bits + (uint64_t)(choice > has_free_sign(s) ? choice - has_free_sign(s) : 0);
}

/* The scale's code; between two elements its sign says which, as in IF4: set for the alternative. */
static uint32_t scale_code(const struct quant_spec *q, const struct block_scale *b)
{
    bool marked = q->n_alternatives == 1 && b->element != &q->element && has_free_sign(&q->scaling);
    return b->code | (marked ? UINT32_C(1) << (q->scaling.scale.bits - 1) : 0);
}

static void count_scale(const struct block_job *j, const struct block_scale *b, size_t n,
                        struct quant_stats *stats)
{
    if (j->q->scaling.per == PER_NONE)
        return;
    stats->scales++;
    stats->side_bits += side_bits(j->q, n);
    stats->scale_saturated += (b->events & EVENT_SATURATED) != 0;
    stats->scale_flushed += (b->events & EVENT_FLUSHED) != 0;
    stats->scale_nan += b->value.class == NUMBER_NAN;
}

/* --- codecs --- */

void block_run_codec(struct block_job *j, struct quant_stats *stats)
{
    const struct quant_spec *q = j->q;
    struct codec_block b = {
        .x = j->x, .n = j->n, .codes = j->codes, .events = j->events, .values = j->values};
    bool finite = true;
    for (size_t i = 0; i < j->n; i++) {
        finite &= isfinite(j->x[i]) != 0;
        j->events[i] = 0;
    }
    if (finite)
        q->codec->encode(&b);
    else
        for (size_t i = 0; i < j->n; i++) {
            j->codes[i] = 0;
            j->values[i] = NAN;
        }
    stats->scales++;
    stats->scale_nan += !finite;
    stats->side_bits += (uint64_t)q->codec->side_bits;
    j->scale = b.scale;
    for (size_t i = 0; i < j->n; i++) {
        if (q->out.family)
            j->values[i] = to_output(q, number_from_f32(j->values[i]));
        if (j->watch)
            j->watch->element(j->watch->context, &(struct quant_step){.index = j->index[i],
                                                                      .x = j->x[i],
                                                                      .y = j->values[i],
                                                                      .code = j->codes[i],
                                                                      .events = j->events[i],
                                                                      .scale_index = j->scale_index});
    }
}

void block_choose(struct block_job *j, const struct quant_range *r, size_t n, struct quant_stats *stats)
{
    struct region_range range = {0};
    if (j->q->scaling.per != PER_NONE)
        range = block_range(j->q, r, false);
    struct trial best = best_of(j, &range);
    j->all = range;
    j->n_all = n;
    j->range = best.range;
    j->chosen = best.scale;
    j->scale = scale_code(j->q, &best.scale);
    count_scale(j, &best.scale, n, stats);
}

void block_encode(struct block_job *j, struct quant_stats *stats, struct sum *expected)
{
    struct trial t = {j, j->range, j->chosen};
    each_element(&t, finish_element, &(struct finish){j, stats, expected});
}

#include "tests/scaling_oracle.h"

#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/rng.h"
#include "tests/want.h"

static const char *const schemes[] = {
#define SCALING_SCHEME(text) text,
#include "tests/scaling_schemes.def"
#undef SCALING_SCHEME
};

size_t scaling_scheme_count(void)
{
    return sizeof schemes / sizeof *schemes;
}

const char *scaling_scheme_at(size_t i)
{
    return schemes[i];
}

/* ---- groups ---- */

struct group_place {
    size_t group, groups, outer, outers; /* of a scale; of a second level */
};

static struct group_place place_of(const struct quant_spec *q, const struct quant_input *in, size_t k)
{
    const struct scaling *s = &q->scaling;
    size_t rest = k, i[TENSOR_MAX_RANK] = {0}, n[TENSOR_MAX_RANK] = {0}, before = 0, befores = 1, after = 0,
           afters = 1, vector = 0, vectors = 1;
    for (int d = in->rank; d-- > 0;) {
        n[d] = in->shape[d];
        i[d] = rest % n[d];
        rest /= n[d];
    }
    if (s->per == PER_NONE || s->per == PER_TENSOR)
        return (struct group_place){0, 1, 0, 1};
    if (s->per == PER_TILE) {
        size_t rows = in->rank > 1 ? n[in->rank - 2] : 1, columns = in->rank ? n[in->rank - 1] : 1;
        size_t row = k / columns % rows, column = k % columns, plane = k / columns / rows, planes = 1;
        for (int d = 0; d < in->rank - 2; d++)
            planes *= n[d];
        size_t down = (rows + s->tile[0] - 1) / s->tile[0], right = (columns + s->tile[1] - 1) / s->tile[1];
        return (struct group_place){(plane * down + row / s->tile[0]) * right + column / s->tile[1],
                                    planes * down * right, 0, 1};
    }
    size_t a = in->rank ? i[in->axis] : 0, length = in->rank ? n[in->axis] : 1;
    for (int d = 0; d < in->rank; d++) {
        if (d < in->axis) {
            before = before * n[d] + i[d];
            befores *= n[d];
        } else if (d > in->axis) {
            after = after * n[d] + i[d];
            afters *= n[d];
        }
    }
    vector = before * afters + after;
    vectors = befores * afters;
    if (s->per == PER_CHANNEL)
        return (struct group_place){a, length, 0, 1};
    if (s->per == PER_TOKEN)
        return (struct group_place){vector, vectors, 0, 1};
    size_t blocks = (length + s->block - 1) / s->block;
    struct group_place p = {(before * blocks + a / s->block) * afters + after, befores * blocks * afters, 0,
                            1};
    if (s->second == SECOND_ROW) {
        p.outer = vector;
        p.outers = vectors;
    }
    if (s->second == SECOND_BLOCK) {
        size_t runs = (length + s->second_block - 1) / s->second_block;
        p.outer = vector * runs + a / s->second_block;
        p.outers = vectors * runs;
    }
    return p;
}

/* ---- ranges ---- */

static void measure(const struct quant_spec *q, const struct quant_input *in, struct span *p, bool outer)
{
    const struct scaling *s = &q->scaling;
    p->nan = p->inf = false;
    p->amax = 0;
    bool any = false;
    for (size_t j = 0; j < p->n; j++) {
        float x = want_input(q, in->x[p->at[j]]);
        if (isnan(x)) {
            p->nan |= s->block_nan == SPECIAL_POISON;
            continue;
        }
        if (isinf(x) && (s->block_inf == SPECIAL_ELEMENT || (outer && s->block_inf == SPECIAL_MAX)))
            continue;
        p->lo = any ? fminf(p->lo, x) : x;
        p->hi = any ? fmaxf(p->hi, x) : x;
        p->amax = fmaxf(p->amax, fabsf(x));
        p->inf |= isinf(x) != 0;
        any = true;
    }
    if (!any)
        p->lo = p->hi = 0;
}

/* ---- choosing ---- */

/* The error of a way, in binary64 (TE: binary32) in the order of the elements. */
static double error_of(struct run *r, const struct way *w, const struct span *p)
{
    const struct quant_spec *q = r->q;
    double sum = 0, most = 0;
    float te = 0;
    if (mpfr_nan_p(w->value))
        return HUGE_VAL;
    for (size_t j = 0; j < p->n; j++) {
        float x = want_input(q, r->in->x[p->at[j]]);
        if (!isfinite(x))
            continue;
        uint32_t code = want_element(r, w, p, j, 0);
        double d;
        if (q->scaling.order == ORDER_TE) {
            want_decode(r->w, w->element, code);
            float v = mpfr_get_flt(r->w, MPFR_RNDN);
            v = v * w->te_scale;
            v = v * r->outer_amax;
            v = v / want_te_range(r, &r->q->element); /* the range that the second level is made for */
            float e = fabsf(v - x);
            te += q->choose == CHOOSE_MSE ? e * e : e;
            d = (double)e;
        } else
            d = fabs((double)want_f32(&r->c, r->w) - (double)x);
        sum += q->choose == CHOOSE_MSE ? d * d : d;
        most = d > most ? d : most;
    }
    return q->choose == CHOOSE_MAX ? most : q->scaling.order == ORDER_TE ? (double)te : sum;
}

static void init_way(struct way *w)
{
    mpfr_inits2(ORACLE_PRECISION, w->value, w->by, w->zero, w->offset, (mpfr_ptr)0);
}

static void clear_way(struct way *w)
{
    mpfr_clears(w->value, w->by, w->zero, w->offset, (mpfr_ptr)0);
}

/* Every way there is in order of preference; the first with the least error stays. */
static void choose_way(struct run *r, struct way *best, const struct span *p, size_t group)
{
    const struct quant_spec *q = r->q;
    const struct scaling *s = &q->scaling;
    int peaks = s->n_peaks ? s->n_peaks : 1;
    bool any = false, several = q->n_alternatives || peaks > 1;
    double least = 0;
    struct way w;
    init_way(&w);
    for (int a = 0; a <= q->n_alternatives; a++)
        for (int k = 0; k < peaks; k++) {
            w.element = a ? &q->alternative[a - 1] : &q->element;
            w.peak = s->n_peaks ? s->peak[k] : 0;
            w.four_steps = peaks > 1 || q->n_alternatives;
            w.given = false;
            want_set_way(r, &w, p, group);
            int64_t base = w.code, codes = INT64_C(1) << s->scale.bits, reach = q->search;
            if (!mpfr_number_p(w.value) || mpfr_zero_p(w.value) || (p->amax == 0 && !p->inf))
                reach = 0;
            if (reach == SEARCH_ALL)
                reach = codes;
            for (int64_t i = 0; i <= 2 * reach; i++) { /* base, base - 1, base + 1, ... */
                int64_t code = base + (i % 2 ? -(i + 1) / 2 : i / 2);
                if (i) {
                    if (code < 0 || code >= codes)
                        continue;
                    want_decode(r->t, &s->scale, (uint32_t)code);
                    if (!mpfr_regular_p(r->t) || mpfr_signbit(r->t))
                        continue;
                    w.given = true;
                    w.code = (uint32_t)code;
                    want_set_way(r, &w, p, group);
                }
                double error = several || reach ? error_of(r, &w, p) : 0;
                if (any && !(error < least))
                    continue;
                any = true;
                least = error;
                best->element = w.element;
                best->code = w.code;
                best->multiplier = w.multiplier;
                mpfr_set(best->value, w.value, MPFR_RNDN);
                mpfr_set(best->by, w.by, MPFR_RNDN);
                mpfr_set(best->zero, w.zero, MPFR_RNDN);
                mpfr_set(best->offset, w.offset, MPFR_RNDN);
            }
        }
    clear_way(&w);
}

/* Random numbers of faults: their stream, as sim/quant/block.c names it. */
#define STREAM_FLIPS UINT64_C(0xbf58476d1ce4e5b9)

static uint32_t faults(const struct run *r, const struct way *w, size_t k)
{
    uint32_t bits = 0;
    for (int b = 0; r->q->flip > 0 && b < w->element->bits; b++) {
        uint32_t draw = rng_u32(r->in->seed, r->in->stream ^ STREAM_FLIPS, k * 32 + (uint64_t)b);
        bits |= (double)draw < (double)r->q->flip * 0x1p32 ? UINT32_C(1) << b : 0;
    }
    return bits;
}

static float output(struct run *r)
{
    const struct quant_spec *q = r->q;
    struct rounding out = {.mode = q->out_round, .overflow = OVERFLOW_INFINITY};
    if (!q->out.family)
        return want_f32(&r->c, r->w);
    uint32_t code = want_encode(&r->c, &q->out, r->w, &out, 0);
    want_decode(r->w, &q->out, code);
    return want_f32(&r->c, r->w);
}

/* One alternative, chosen, is marked in the sign of the scale where that is free. */
static uint32_t chosen_mark(const struct quant_spec *q, const struct way *w)
{
    const struct scaling *s = &q->scaling;
    bool free_sign = s->scale.family == &family_float && !s->scale.is_unsigned;
    bool other = q->n_alternatives == 1 && w->element == &q->alternative[0];
    return free_sign && other ? UINT32_C(1) << (s->scale.bits - 1) : 0;
}

/* ---- tensors ---- */

/* The members of each group, counted and listed. */
static struct span *spans_of(const struct quant_spec *q, const struct quant_input *in, size_t n,
                             size_t groups, bool outer)
{
    struct span *p = calloc(groups, sizeof *p);
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < n; k++) {
            struct group_place at = place_of(q, in, k);
            struct span *mine = &p[outer ? at.outer : at.group];
            if (pass)
                mine->at[mine->n] = k;
            mine->n++;
            if (!pass && k + 1 == n)
                for (size_t g = 0; g < groups; g++) {
                    p[g].at = malloc(p[g].n * sizeof *p[g].at + 1);
                    p[g].n = 0;
                }
        }
    for (size_t g = 0; g < groups; g++)
        measure(q, in, &p[g], outer);
    return p;
}

static void free_spans(struct span *p, size_t n)
{
    for (size_t g = 0; g < n; g++)
        free(p[g].at);
    free(p);
}

/* Bits beside codes and scale of a group of n: shifts, a zero, which of several elements it has (one bit of
 * that in a sign that the scale has no use for). */
static size_t side_bits(const struct quant_spec *q, size_t n)
{
    const struct scaling *s = &q->scaling;
    size_t bits = 0, ways = 1 + (size_t)q->n_alternatives;
    for (size_t first = 0; s->micro && first < n; first += (size_t)s->micro)
        bits += (size_t)s->micro_bits;
    bits += s->zero_point == ZERO_INTEGER     ? (size_t)q->element.bits
            : s->zero_point == ZERO_UNCLAMPED ? 32
            : s->zero_point == ZERO_FLOAT     ? (size_t)s->scale.bits
                                              : 0;
    size_t choice = ways > 4 ? 3 : ways > 2 ? 2 : ways > 1 ? 1 : 0;
    return bits + (choice && !s->scale.is_unsigned ? choice - 1 : choice);
}

void scaling_oracle(const struct quant_spec *q, const struct quant_input *in, struct scaling_want *want)
{
    size_t n = 1;
    for (int d = 0; d < in->rank; d++)
        n *= in->shape[d];
    struct group_place all = n ? place_of(q, in, 0) : (struct group_place){0};
    bool scaled = q->scaling.per != PER_NONE;
    *want = (struct scaling_want){.elements = n,
                                  .scales = scaled ? all.groups : 0,
                                  .outers = q->scaling.second ? all.outers : 0,
                                  .codes = calloc(n + 1, sizeof *want->codes),
                                  .scale = calloc(all.groups + 1, sizeof *want->scale),
                                  .values = calloc(n + 1, sizeof *want->values)};
    const struct scaling *s = &q->scaling;
    want->stored =
        s->tail != TAIL_ZERO_PAD ? n : all.groups * (s->block ? s->block : s->tile[0] * s->tile[1]);
    if (!n) {
        want->stored = 0;
        return;
    }
    struct run r = {.q = q, .in = in};
    oracle_case_init(&r.c);
    mpfr_inits2(ORACLE_PRECISION, r.t, r.u, r.w, r.outer, (mpfr_ptr)0);
    struct span *outers = spans_of(q, in, n, all.outers, true);
    struct span *groups = spans_of(q, in, n, all.groups, false);
    struct way w = {.element = &q->element};
    init_way(&w);
    for (size_t g = 0; g < all.groups; g++) {
        struct span *p = &groups[g];
        want_set_outer(&r, &outers[place_of(q, in, p->at[0]).outer]);
        if (scaled) {
            choose_way(&r, &w, p, g);
            want->scale[g] = w.code | chosen_mark(q, &w);
            want->side_bits += side_bits(q, p->n);
        }
        for (size_t j = 0; j < p->n; j++) {
            size_t k = p->at[j];
            want->codes[k] = want_element(&r, &w, p, j, faults(&r, &w, k));
            want->values[k] = output(&r);
        }
    }
    clear_way(&w);
    free_spans(groups, all.groups);
    free_spans(outers, all.outers);
    mpfr_clears(r.t, r.u, r.w, r.outer, (mpfr_ptr)0);
    oracle_case_clear(&r.c);
}

void scaling_want_free(struct scaling_want *want)
{
    free(want->codes);
    free(want->scale);
    free(want->values);
}

/* ---- the comparison ---- */

static const char *words_of(const struct quant_input *in)
{
    static char text[80];
    snprintf(text, sizeof text, "rank %d axis %d shape %zu %zu %zu", in->rank, in->axis, in->shape[0],
             in->rank > 1 ? in->shape[1] : 0, in->rank > 2 ? in->shape[2] : 0);
    return text;
}

void scaling_check(const char *scheme, const struct quant_spec *q, const struct quant_input *in,
                   struct scaling_checked *sum)
{
    struct error e = {{0}};
    struct scaling_want want;
    scaling_oracle(q, in, &want);
    struct quant_stats stats;
    int rank;
    size_t shape[TENSOR_MAX_RANK], scales = quant_scale_shape(q, in, &rank, shape);
    struct quant_output out = {.values = calloc(want.elements + 1, sizeof(float)),
                               .codes = calloc(want.elements + 1, sizeof(uint32_t)),
                               .scales = calloc(scales + 1, sizeof(uint32_t))};
    if (quantize(q, in, &out, &stats, &e))
        fail_msg("%s: %s", scheme, e.text);
    assert_int_equal(stats.elements, want.elements);
    assert_int_equal(scales, want.scales);
    assert_int_equal(stats.scales, want.scales);
    assert_int_equal(stats.outer_scales, want.outers);
    assert_int_equal(stats.stored, want.stored);
    assert_int_equal(stats.side_bits, want.side_bits);
    for (size_t g = 0; g < scales; g++)
        if (out.scales[g] != want.scale[g])
            fail_msg("%s (%s) scale %zu: 0x%x, MPFR says 0x%x", scheme, words_of(in), g, out.scales[g],
                     want.scale[g]);
    for (size_t k = 0; k < want.elements; k++) {
        if (out.codes[k] != want.codes[k])
            fail_msg("%s (%s) element %zu (%a): code 0x%x, MPFR says 0x%x", scheme, words_of(in), k,
                     (double)in->x[k], out.codes[k], want.codes[k]);
        if (isnan(want.values[k]) ? !isnan(out.values[k])
                                  : bits_from_f32(out.values[k]) != bits_from_f32(want.values[k]))
            fail_msg("%s (%s) element %zu (%a): value %a, MPFR says %a", scheme, words_of(in), k,
                     (double)in->x[k], (double)out.values[k], (double)want.values[k]);
    }
    sum->elements += want.elements;
    sum->scales += scales;
    free(out.values);
    free(out.codes);
    free(out.scales);
    scaling_want_free(&want);
}

/* Tensors, whole or piece by piece. */
#include "sim/quant/quant.h"

#include <math.h>
#include <stdlib.h>

#include "formats/codebook.h"
#include "sim/quant/fast.h"
#include "sim/quant/fit.h"
#include "sim/quant/walk.h"

/* A codebook of this tensor alone. */
struct own_book {
    struct codebook book;
    float levels[CODEBOOK_MAX];
};

struct quantizer {
    struct quant_spec spec; /* with the fitted codebook */
    struct quant_input in;
    struct own_book own;
    struct quant_stats stats;
    struct walk walk;
    enum quant_wants wants;
    struct fast fast;
    struct cast *cast;
    size_t first; /* of a part: regions that start before are counted by the part where they start */
    /* What parts that have ended left. Apart from the walk, which others may be splitting at the same time.
     */
    struct {
        struct kernel_codes used;
        struct sum expected;
        bool failed;
    } joined;
};

size_t quant_scale_shape(const struct quant_spec *q, const struct quant_input *in, int *rank,
                         size_t shape[static TENSOR_MAX_RANK])
{
    const struct scaling *s = &q->scaling;
    *rank = s->per == PER_NONE || s->per == PER_CHANNEL ? 1 : s->per == PER_TENSOR ? 0 : in->rank;
    if (s->per == PER_NONE || s->per == PER_TENSOR) {
        shape[0] = 0;
        return s->per == PER_TENSOR;
    }
    if (s->per == PER_CHANNEL) {
        shape[0] = in->rank ? in->shape[in->axis] : 1;
        return shape[0];
    }
    size_t n = 1;
    for (int d = 0; d < in->rank; d++) {
        size_t length = 1; /* elements that become one scale */
        if (s->per == PER_TILE && d >= in->rank - 2)
            length = s->tile[d - in->rank + 2];
        else if (s->per != PER_TILE && d == in->axis)
            length = s->per == PER_BLOCK ? s->block : in->shape[d] ? in->shape[d] : 1;
        shape[d] = walk_runs(in->shape[d], length);
        n *= shape[d];
    }
    return n;
}

size_t quant_second_shape(const struct quant_spec *q, const struct quant_input *in, int *rank,
                          size_t shape[static TENSOR_MAX_RANK])
{
    const struct scaling *s = &q->scaling;
    const bool along = s->second == SECOND_ROW || s->second == SECOND_BLOCK;
    size_t n = s->second != SECOND_NONE;
    *rank = along ? in->rank : 0;
    for (int d = 0; d < *rank; d++) {
        const size_t length = d != in->axis ? 1 : s->second == SECOND_BLOCK ? s->second_block : in->shape[d];
        shape[d] = walk_runs(in->shape[d], length ? length : 1);
        n *= shape[d];
    }
    return n;
}

/* Refuses or pads what is no whole block. */
static enum status tails(struct walk *w, struct error *e)
{
    const struct scaling *s = &w->spec->scaling;
    const struct layout *l = &w->layout;
    if (s->per != PER_BLOCK && s->per != PER_TILE)
        return STATUS_OK;
    size_t along = s->per == PER_TILE ? s->tile[0] : s->block, across = s->per == PER_TILE ? s->tile[1] : 1;
    if (l->axis % along == 0 && l->inner % across == 0)
        return STATUS_OK;
    if (s->tail == TAIL_REFUSE && s->per == PER_BLOCK)
        return error_set(e, STATUS_INVALID,
                         "tail=refuse: the axis has %zu elements, which is no multiple of block=%zu", l->axis,
                         s->block);
    if (s->tail == TAIL_REFUSE)
        return error_set(
            e, STATUS_INVALID,
            "tail=refuse: the last two axes have %zu x %zu elements, which tiles of %zux%zu do not fill",
            l->axis, l->inner, s->tile[0], s->tile[1]);
    if (s->tail == TAIL_ZERO_PAD)
        w->stats->stored =
            l->outer * walk_runs(l->axis, along) * along * walk_runs(l->inner, across) * across;
    return STATUS_OK;
}

static enum status check_sensitivity(const struct quant_input *in, size_t n, struct error *e)
{
    if (!in->sensitivity)
        return error_set(e, STATUS_INVALID, "fit=sensitivity: the tensor comes without sensitivities");
    for (size_t i = 0; i < n; i++)
        if (!isfinite(in->sensitivity[i]) || in->sensitivity[i] < 0)
            return error_set(e, STATUS_INVALID,
                             "fit=sensitivity: the sensitivity of element %zu is %g; allowed: finite, >= 0",
                             i, (double)in->sensitivity[i]);
    return STATUS_OK;
}

/* The codebook of the spec becomes one fitted to the tensor; the scales stay those of the codebook that the
 * text names. */
static enum status fit(struct quantizer *z, const float *x, const struct quant_range *range, struct error *e)
{
    struct walk *w = &z->walk;
    struct quant_spec *q = &z->spec;
    const struct codebook *book = q->element.book;
    float *levels = z->own.levels;
    struct quant_stats ignored = z->stats;
    w->quotient = malloc(w->n * sizeof *w->quotient);
    w->weight = malloc(w->n * sizeof *w->weight);
    enum status s = w->quotient && w->weight ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        w->stats = &ignored;
        walk_begin(w, range);
        walk_piece(w, 0, w->n, x, NULL);
        w->stats = &z->stats;
        s = fit_lloyd(w->quotient, w->n, w->weight, book->n, levels);
    }
    free(w->quotient);
    free(w->weight);
    w->quotient = w->weight = NULL;
    if (s)
        return s == STATUS_INVALID ? STATUS_OK : s; /* nothing that counts: the codebook stays as it is */
    struct codebook b = {.n = 1, .values = levels};
    for (int i = 1; i < book->n; i++)
        if (levels[i] > levels[b.n - 1])
            levels[b.n++] = levels[i];
    for (int i = 0; i < b.n; i++)
        levels[i] += 0.0F; /* no -0 */
    if (b.n < 2 || codebook_problem(&b))
        return STATUS_OK;
    struct number top = format_max(&q->element);
    z->own.book = b;
    q->element.book = &z->own.book;
    if (q->scaling.per != PER_NONE && !q->scaling.n_peaks)
        q->scaling.peak[q->scaling.n_peaks++] = number_to_f32(top);
    z->stats.side_bits += 32 * (uint64_t)b.n;
    return STATUS_OK;
}

/* Whether elements are rounded and no more. */
static bool is_plain_cast(const struct quant_spec *q)
{
    return q->scaling.per == PER_NONE && !q->codec && !quant_spec_is_peculiar(q) &&
           !quant_spec_is_stochastic(q) && !q->out.family && !q->daz;
}

enum status quantizer_open(const struct quant_spec *q, const struct quant_input *in,
                           const struct quant_output *out, struct quantizer **result, struct error *e)
{
    struct quantizer *z = calloc(1, sizeof *z);
    *result = z;
    if (!z)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    z->spec = *q;
    z->in = *in;
    z->wants = out->wants;
    struct walk *w = &z->walk;
    *w = (struct walk){.spec = &z->spec,
                       .in = &z->in,
                       .out = {.codes = out->codes, .scales = out->scales, .seconds = out->seconds},
                       .stats = &z->stats,
                       .layout = walk_layout(q, in)};
    w->n = w->layout.outer * w->layout.axis * w->layout.inner;
    z->stats = (struct quant_stats){.elements = w->n, .stored = w->n};
    enum status s = w->n ? tails(w, e) : STATUS_OK;
    if (!s && !walk_open(w))
        s = error_set(e, STATUS_INTERNAL, "out of memory for regions of %zu elements", w->room);
    w->job.watch = out->watch;
    if (s) {
        quantizer_close(z);
        *result = NULL;
    }
    return s;
}

bool quantizer_takes_pieces(const struct quantizer *z)
{
    return walk_cut(&z->walk, 0, z->walk.n - 1) > 0;
}

bool quant_takes_pieces(const struct quant_spec *q, const struct quant_input *in)
{
    struct walk w = {.spec = q, .layout = walk_layout(q, in)};
    w.n = w.layout.outer * w.layout.axis * w.layout.inner;
    return walk_cut(&w, 0, w.n - 1) > 0;
}

const struct quant_spec *quantizer_spec(const struct quantizer *z)
{
    return &z->spec;
}

size_t quantizer_cut(const struct quantizer *z, size_t first, size_t end)
{
    return walk_cut(&z->walk, first, end);
}

enum status quantizer_begin(struct quantizer *z, const struct quant_range *range, const float *x,
                            struct error *e)
{
    struct walk *w = &z->walk;
    enum status s = STATUS_OK;
    if (w->n == 0)
        return s;
    if (z->spec.fit == FIT_SENSITIVITY)
        s = check_sensitivity(&z->in, w->n, e);
    if (!s && z->spec.fit)
        s = fit(z, x, range, e);
    if (!s)
        walk_begin(w, range);
    bool marking = z->wants == QUANT_ALL && z->spec.element.bits <= 16;
    w->job.expected_to = z->wants == QUANT_ALL && z->spec.rounding.mode == ROUND_SR ? w->n : 0;
    if (!s && !walk_is_defined(w) && fast_open(&z->fast, &z->spec, &z->in, w->n, marking))
        w->fast = &z->fast;
    if (w->fast && marking && !walk_mark(w))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    w->counts_wanted = z->wants != QUANT_VALUES || z->spec.rounding.nan == NAN_REFUSED;
    if (!s && !w->fast && !w->job.watch && is_plain_cast(&z->spec) && cast_pays(&z->spec.element, w->n))
        w->cast = z->cast = cast_open(&z->spec.element, &z->spec.rounding);
    return s;
}

size_t quant_region(const struct quant_spec *q, const struct quant_input *in)
{
    struct walk w = {.spec = q, .layout = walk_layout(q, in)};
    return walk_region(&w);
}

enum status quantizer_split(const struct quantizer *z, size_t first, size_t end, struct quantizer **part,
                            size_t *from, size_t *to, struct error *e)
{
    struct quantizer *p = calloc(1, sizeof *p);
    *part = p;
    if (!p)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    p->first = first;
    if (!walk_split(&z->walk, &p->walk)) {
        quantizer_close(p);
        *part = NULL;
        return error_set(e, STATUS_INTERNAL, "out of memory for regions of %zu elements", z->walk.room);
    }
    p->walk.stats = &p->stats;
    p->walk.job.expected_from = first;
    p->walk.job.expected_to = z->walk.job.expected_to ? end : 0;
    *from = walk_cut(&z->walk, 0, first);
    *to = walk_region_end(&z->walk, end);
    return STATUS_OK;
}

bool quant_is_fast(const struct quant_spec *q, const struct quant_input *in)
{
    struct layout l = walk_layout(q, in);
    return fast_serves(q, l.outer * l.axis * l.inner);
}

bool quantizer_is_fast(const struct quantizer *z)
{
    return z->walk.fast != NULL;
}

/* The region that started in another part: its values, and the expected errors of this part's elements. Codes
 * that both parts have seen are one code. */
static void uncounted(struct quantizer *z, size_t first, size_t n, const float *x, float *values)
{
    struct walk *w = &z->walk;
    const struct quant_stats stats = z->stats;
    const struct kernel_counts counts = w->counts;
    walk_piece(w, first, n, x, values);
    w->counts = counts;
    z->stats = stats;
}

void quantizer_piece(struct quantizer *z, size_t first, size_t n, const float *x, float *values)
{
    if (n && first < z->first) {
        size_t before = walk_region_end(&z->walk, z->first) - first;
        uncounted(z, first, before, x, values);
        first += before;
        n -= before;
        x += before;
        values = values ? values + before : NULL;
    }
    if (n)
        walk_piece(&z->walk, first, n, x, values);
}

void quantizer_rest(struct quantizer *part)
{
    walk_close(&part->walk);
}

static void add_stats(struct quant_stats *a, const struct quant_stats *b)
{
    a->saturated += b->saturated;
    a->flushed += b->flushed;
    a->nan_in += b->nan_in;
    a->nan_out += b->nan_out;
    a->nan_lost += b->nan_lost;
    a->near_ties += b->near_ties;
    a->scales += b->scales;
    a->outer_scales += b->outer_scales;
    a->side_bits += b->side_bits;
    a->flipped += b->flipped;
    a->scale_saturated += b->scale_saturated;
    a->scale_flushed += b->scale_flushed;
    a->scale_nan += b->scale_nan;
}

/* Words of the set of codes that can have one. */
static size_t code_words(const struct format *f)
{
    return f->bits <= 5 || f->bits > 16 ? 1 : (size_t)1 << (f->bits - 5);
}

void quantizer_join(struct quantizer *z, const struct quantizer *part)
{
    add_stats(&z->stats, &part->stats);
    if (part->walk.fast)
        fast_count(&z->stats, &part->walk.counts);
    for (size_t i = 0; i < code_words(&z->spec.element); i++)
        z->joined.used.word[i] |= part->walk.used.word[i];
    z->joined.failed |= part->walk.job.failed;
    sum_join(&z->joined.expected, &part->walk.expected);
}

/* A quantizer has pieces of its own or parts, not both. */
static void take_joined(struct quantizer *z)
{
    for (size_t i = 0; i < code_words(&z->spec.element); i++)
        z->walk.used.word[i] |= z->joined.used.word[i];
    z->walk.job.failed |= z->joined.failed;
    if (z->joined.expected.chunks || z->joined.expected.pending)
        z->walk.expected = z->joined.expected;
}

enum status quantizer_end(struct quantizer *z, struct quant_stats *stats, struct error *e)
{
    const struct quant_spec *q = &z->spec;
    take_joined(z);
    if (z->walk.job.failed)
        return error_set(e, STATUS_INTERNAL, "out of memory for a statistic");
    if (z->walk.fast)
        fast_count(&z->stats, &z->walk.counts);
    if (q->rounding.nan == NAN_REFUSED && z->stats.nan_lost)
        return error_set(e, STATUS_INVALID, "nan=error: %llu elements are NaN, and %s has no NaN",
                         (unsigned long long)z->stats.nan_lost, q->element.name);
    if (z->walk.fast && z->wants == QUANT_VALUES) { /* kernels did not count them */
        int rank;
        size_t shape[TENSOR_MAX_RANK];
        z->stats.scales = quant_scale_shape(q, &z->in, &rank, shape);
    }
    z->stats.expected_error = sum_value(&z->walk.expected);
    if (q->element.bits <= 16 && z->wants == QUANT_ALL)
        for (size_t i = 0; i < code_words(&q->element); i++)
            z->stats.codes_used += (uint64_t)__builtin_popcount((uint32_t)z->walk.used.word[i]);
    *stats = z->stats;
    return STATUS_OK;
}

void quantizer_close(struct quantizer *z)
{
    if (!z)
        return;
    walk_close(&z->walk);
    cast_close(z->cast);
    fast_close(&z->fast);
    free(z);
}

enum status quantize(const struct quant_spec *q, const struct quant_input *in, const struct quant_output *out,
                     struct quant_stats *stats, struct error *e)
{
    struct quantizer *z;
    struct quant_stats unasked;
    stats = stats ? stats : &unasked;
    *stats = (struct quant_stats){.elements = 0};
    enum status s = quantizer_open(q, in, out, &z, e);
    if (s)
        return s;
    struct quant_range range = {.finite = false};
    size_t n = z->walk.n;
    quant_range_add(&range, in->x, n);
    s = quantizer_begin(z, &range, in->x, e);
    if (!s) {
        quantizer_piece(z, 0, n, in->x, out->values);
        s = quantizer_end(z, stats, e);
    }
    quantizer_close(z);
    return s;
}

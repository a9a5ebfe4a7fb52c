#include "sim/quant/fast.h"

#include <math.h>
#include <stdlib.h>

#include "sim/kernels/cast.h"
#include "sim/quant/block.h"

/* A scale that is a power of two whose reciprocal is a normal number too. */
static bool is_usable_power(struct number s, float *scale, float *inverse)
{
    if (s.class != NUMBER_FINITE || s.sticky || s.negative || s.significand != UINT64_C(1) << 63)
        return false;
    int e = number_exponent(s);
    if (e < -126 || e > 126)
        return false;
    *scale = number_to_f32(s);
    *inverse = number_to_f32(number_pow2(-e));
    return true;
}

bool fast_is_plain(const struct quant_spec *q)
{
    return block_is_plain(q) && !quant_spec_is_peculiar(q) && !q->daz && !q->out.family && q->flip == 0 &&
           !q->fit && !q->scaling.zero_point && q->scaling.quotient == QUOTIENT_EXACT;
}

static void open_elements(struct fast *f, const struct quant_spec *q, size_t n)
{
    const struct format *e = &q->element;
    const struct rounding *r = &q->rounding;
    if (q->scaling.order != ORDER_EXACT)
        return;
    if (kernel_scaled_open(&f->scaled, e, r))
        f->elements = ELEMENTS_SCALED;
    else if (kernel_grid_open(&f->scaled.grid, e, r))
        f->elements = ELEMENTS_GRID;
    else if (kernel_truncated_open(&f->truncated, e, r))
        f->elements = ELEMENTS_TRUNCATED;
    else if (kernel_stochastic_open(&f->stochastic, e, r))
        f->elements = ELEMENTS_STOCHASTIC;
    else if (cast_pays(e, n) && kernel_table_open(&f->table, e, r))
        f->elements = ELEMENTS_TABLE;
}

static void open_blocks(struct fast *f, const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    f->block = s->block;
    if (s->per != PER_BLOCK)
        return;
    if (s->second == SECOND_NONE && kernel_blocks_open(&f->power, &q->element, &q->rounding, s))
        f->blocks = BLOCKS_POWER;
    else if (kernel_float_blocks_open(&f->floats, &q->element, &q->rounding, s))
        f->blocks = BLOCKS_FLOAT;
    else if (f->elements == ELEMENTS_TABLE && kernel_table_serves_blocks(&f->table) &&
             s->second == SECOND_NONE && kernel_amax_scale_open(&f->table_scale, s, &q->element))
        f->blocks = BLOCKS_TABLE;
}

bool fast_open(struct fast *f, const struct quant_spec *q, const struct quant_input *in, size_t n,
               bool marking)
{
    *f = (struct fast){.random = {.seed = in->seed, .stream = in->stream}, .marking = marking};
    if (!fast_is_plain(q))
        return false;
    open_elements(f, q, n);
    open_blocks(f, q);
    if (!f->elements && !f->blocks)
        return false;
    const struct kernel_table *table = f->elements == ELEMENTS_TABLE ? &f->table : NULL;
    f->marking = marking && kernel_marks_open(&f->marks, &q->element, table);
    return f->marking == marking;
}

bool fast_serves(const struct quant_spec *q, size_t n)
{
    struct fast f = {.block = 0};
    if (!fast_is_plain(q))
        return false;
    if (cast_pays(&q->element, n) && q->rounding.mode != ROUND_SR)
        return true;
    open_elements(&f, q, 0);
    if (!f.elements)
        open_blocks(&f, q);
    return f.elements || f.blocks;
}

void fast_close(struct fast *f)
{
    if (f->marking)
        kernel_marks_close(&f->marks);
    if (f->elements == ELEMENTS_TABLE)
        kernel_table_close(&f->table);
}

bool fast_elements(const struct fast *f, const struct block_scale *scale, size_t first, const float *x,
                   float *y, size_t n, struct kernel_counts *counts)
{
    const struct kernels *k = kernels_best();
    if (f->elements == ELEMENTS_SCALED) { /* under any scale */
        k->scaled(&f->scaled, scale, x, y, n, counts);
        return true;
    }
    float s, inverse;
    if (f->elements == ELEMENTS_NONE || !is_usable_power(scale->value, &s, &inverse))
        return false;
    struct kernel_random random = f->random;
    random.first = first;
    switch (f->elements) {
    case ELEMENTS_GRID:
        k->grid(&f->scaled.grid, inverse, s, x, y, n, counts);
        break;
    case ELEMENTS_TRUNCATED:
        k->truncated(&f->truncated, inverse, s, x, y, n, counts);
        break;
    case ELEMENTS_STOCHASTIC:
        k->stochastic(&f->stochastic, &random, inverse, s, x, y, n, counts);
        break;
    default:
        if (f->table.plain_only && s != 1)
            return false;
        k->table(&f->table, inverse, s, x, y, n, counts);
    }
    return true;
}

size_t fast_blocks(const struct fast *f, const struct outer_scale *outer, const float *x, float *y, size_t n,
                   struct kernel_counts *counts)
{
    const struct kernels *k = kernels_best();
    size_t done;
    switch (f->blocks) {
    case BLOCKS_POWER:
        k->blocks(&f->power, x, y, n, counts);
        return n;
    case BLOCKS_FLOAT:
        k->float_blocks(&f->floats, outer, x, y, n, counts);
        return n;
    case BLOCKS_TABLE:
        done = f->block * k->table_blocks(&f->table, &f->table_scale, f->block, x, y, n, NULL, counts);
        return done < n ? done : n;
    default:
        return 0;
    }
}

bool fast_can_mark(const struct fast *f, const struct block_scale *scale)
{
    float inverse;
    bool small;
    return kernel_marks_scale(&f->marks, scale->value, &inverse, &small);
}

size_t fast_mark(const struct fast *f, const struct block_scale *scale, const float *x, const float *y,
                 size_t n, struct fast_codes *codes)
{
    float inverse[1 + KERNEL_SLACK] = {0};
    bool small;
    kernel_marks_scale(&f->marks, scale->value, inverse, &small);
    return kernels_best()->mark(&f->marks, inverse, n, small, x, y, n, codes->used, codes->untold);
}

size_t fast_mark_blocks(const struct fast *f, const struct outer_scale *outer, const float *x, const float *y,
                        size_t n, struct fast_codes *codes)
{
    const struct kernels *k = kernels_best();
    const size_t blocks = (n + f->block - 1) / f->block;
    k->tops(x, f->block, n, codes->top);
    if (f->blocks == BLOCKS_POWER)
        kernel_blocks_inverses(&f->power, codes->top, blocks, codes->inverse);
    else if (f->blocks == BLOCKS_FLOAT)
        k->float_inverses(&f->floats, outer, codes->top, blocks, codes->inverse);
    else
        kernel_amax_inverses(&f->table_scale, &f->marks, codes->top, blocks, codes->inverse);
    return k->mark(&f->marks, codes->inverse, f->block, false, x, y, n, codes->used, codes->untold);
}

void fast_expect(const struct fast *f, const struct block_scale *scale, const float *x, size_t n,
                 struct sum *expected)
{
    enum { CHUNK = 1024 };
    double error[CHUNK];
    float s, inverse;
    if (!is_usable_power(scale->value, &s, &inverse))
        return;
    for (size_t first = 0; first < n; first += CHUNK) {
        size_t length = n - first < CHUNK ? n - first : CHUNK;
        kernels_best()->expected(&f->stochastic, inverse, s, x + first, length, error);
        sum_add_n(expected, error, length);
    }
}

void fast_count(struct quant_stats *s, const struct kernel_counts *c)
{
    s->saturated += c->saturated;
    s->flushed += c->flushed;
    s->near_ties += c->near_ties;
    s->nan_in += c->nan_in;
    s->nan_out += c->nan_out;
    s->nan_lost += c->nan_lost;
    s->scales += c->scales;
    s->scale_saturated += c->scale_saturated;
    s->scale_flushed += c->scale_flushed;
    s->scale_nan += c->scale_nan;
}

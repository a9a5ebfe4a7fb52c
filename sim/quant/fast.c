#include "sim/quant/fast.h"

/* A scale that is a power of two whose reciprocal is a binary32 number too. */
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

static void grid_piece(const struct fast *f, struct walk *w, size_t first, size_t n, const float *x,
                       float *to, struct kernel_counts *counts)
{
    (void)first;
    (void)w;
    kernels_best()->grid(&f->grid, f->inverse, f->scale, x, to, n, counts);
}

/* Whether elements are scaled and rounded, and no more. */
static bool is_plain(const struct quant_spec *q)
{
    return block_is_plain(q) && !q->daz && !q->out.family && q->flip == 0 && !q->fit &&
           q->scaling.quotient == QUOTIENT_EXACT && !q->scaling.zero_point && q->scaling.order == ORDER_EXACT;
}

bool fast_open(struct fast *f, const struct walk *w)
{
    const struct quant_spec *q = w->spec;
    *f = (struct fast){.piece = NULL};
    if (w->out.codes || w->out.scales || !is_plain(q))
        return false;
    bool grid = kernel_grid_open(&f->grid, &q->element, &q->rounding);
    if (grid && q->scaling.per <= PER_TENSOR && is_usable_power(w->job.chosen.value, &f->scale, &f->inverse))
        f->piece = grid_piece;
    return f->piece != NULL;
}

void fast_piece(const struct fast *f, struct walk *w, size_t first, size_t n, const float *x, float *to)
{
    struct kernel_counts c = {0};
    struct quant_stats *s = w->stats;
    f->piece(f, w, first, n, x, to, &c);
    s->saturated += c.saturated;
    s->flushed += c.flushed;
    s->near_ties += c.near_ties;
    s->nan_in += c.nan_in;
    s->nan_out += c.nan_out;
    s->nan_lost += c.nan_lost;
}

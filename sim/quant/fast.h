/* Elements and blocks by kernels, where the definition's own steps are not asked for. Part of sim/quant.
 *
 * Results equal those of the definition, values and counts alike, except that codes are not written: those
 * that occur, and expected errors, are found afterwards. */
#ifndef SIM_QUANT_FAST_H
#define SIM_QUANT_FAST_H

#include "sim/kernels/kernels.h"
#include "sim/quant/quant.h"

struct fast {
    /* which kernel takes elements under a known scale, and which takes blocks with theirs */
    enum {
        ELEMENTS_NONE,
        ELEMENTS_SCALED,
        ELEMENTS_GRID,
        ELEMENTS_TRUNCATED,
        ELEMENTS_STOCHASTIC,
        ELEMENTS_TABLE
    } elements;
    enum { BLOCKS_NONE, BLOCKS_POWER, BLOCKS_FLOAT, BLOCKS_TABLE } blocks;
    struct kernel_scaled scaled; /* and the grid in it */
    struct kernel_truncated truncated;
    struct kernel_stochastic stochastic;
    struct kernel_table table;
    struct kernel_blocks power;
    struct kernel_float_blocks floats;
    struct kernel_amax_scale table_scale;
    size_t block;
    struct kernel_random random; /* `first` apart */
    bool marking;
    struct kernel_marks marks;
};

enum { FAST_MOST = 4096 }; /* elements of one call where codes are marked */

/* Where codes are marked. */
struct fast_codes {
    struct kernel_codes *used;
    uint16_t untold[FAST_MOST]; /* elements of a call whose codes the definition must tell */
    int32_t top[FAST_MOST + KERNEL_SLACK];
    float inverse[FAST_MOST + KERNEL_SLACK];
};

/* Whether elements are scaled by a scale that is a function of their range, rounded, and no more. */
bool fast_is_plain(const struct quant_spec *q);
/* Finds the kernels that serve the spec over n elements, with `marking` if codes can be told from values.
 * Close in any case. False if there are none. */
bool fast_open(struct fast *f, const struct quant_spec *q, const struct quant_input *in, size_t n,
               bool marking);
void fast_close(struct fast *f);
/* fast_open without making tables. */
bool fast_serves(const struct quant_spec *q, size_t n);

/* n elements under one scale, x[0] being element `first` of the tensor. False, and nothing done, if the
 * definition must do them. */
bool fast_elements(const struct fast *f, const struct block_scale *scale, size_t first, const float *x,
                   float *y, size_t n, struct kernel_counts *counts);
/* Blocks one after another from x on, the last one perhaps short; returns how many elements are done: whole
 * blocks, the next of which the definition must do, or n. */
size_t fast_blocks(const struct fast *f, const struct outer_scale *outer, const float *x, float *y, size_t n,
                   struct kernel_counts *counts);

/* Whether the codes of elements under this scale can be told from their values. */
bool fast_can_mark(const struct fast *f, const struct block_scale *scale);
/* Marks the codes of n <= FAST_MOST elements, y from x under one such scale, or by fast_blocks; returns how
 * many are untold. */
size_t fast_mark(const struct fast *f, const struct block_scale *scale, const float *x, const float *y,
                 size_t n, struct fast_codes *codes);
size_t fast_mark_blocks(const struct fast *f, const struct outer_scale *outer, const float *x, const float *y,
                        size_t n, struct fast_codes *codes);

/* Adds the expected errors of n elements that fast_elements took under this scale with ROUND_SR. */
void fast_expect(const struct fast *f, const struct block_scale *scale, const float *x, size_t n,
                 struct sum *expected);

void fast_count(struct quant_stats *s, const struct kernel_counts *c);

#endif

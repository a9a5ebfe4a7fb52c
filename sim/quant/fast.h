/* Pieces by kernels, where the definition's own steps are not asked for. Part of sim/quant. */
#ifndef SIM_QUANT_FAST_H
#define SIM_QUANT_FAST_H

#include "sim/kernels/kernels.h"
#include "sim/quant/walk.h"

struct fast {
    void (*piece)(const struct fast *f, struct walk *w, size_t first, size_t n, const float *x, float *to,
                  struct kernel_counts *counts); /* NULL: nothing is served */
    struct kernel_grid grid;
    float scale, inverse; /* of every element, where they are one */
};

/* Whether kernels serve the walk, after walk_begin; their results equal those of walk_piece in values and
 * counts, codes_used apart. Needs a walk without arrays for codes and scales. */
bool fast_open(struct fast *f, const struct walk *w);
void fast_piece(const struct fast *f, struct walk *w, size_t first, size_t n, const float *x, float *to);

#endif

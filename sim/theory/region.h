/* The expected error of elements whose scale follows from the largest magnitudes around them. Part of
 * sim/theory.
 */
#ifndef SIM_THEORY_REGION_H
#define SIM_THEORY_REGION_H

#include "sim/theory/cells.h"

struct region_model {
    const struct quant_spec *q;
    const struct cells *cells;
    const struct law *law;
    double n;        /* elements that share a scale */
    double outer;    /* elements that share a second level; without one not read */
    uint32_t random; /* of scale_round=sr */
};

/* The expected squared error of an element; infinite where an element may become no number, NaN without
 * memory.
 */
double region_error(const struct region_model *r);

/* The same with a zero point: the scale follows from the smallest and the largest value. */
double range_error(const struct region_model *r);

/* --- shared with range.c --- */

/* How elements meet the scale of a block; false if they become NaN. */
bool region_meeting(const struct scaling *s, const struct block_scale *b, struct meeting *m);
/* What a scheme's blocks are scaled as. */
struct candidate region_candidate(const struct quant_spec *q);

#endif

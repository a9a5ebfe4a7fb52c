/* Calibration statistics: from the values of a region (a block, row or tensor) to the magnitude that its
 * scale covers. One file in sim/quant/ and one line in sim/stats.def each. */
#ifndef SIM_STAT_H
#define SIM_STAT_H

#include <stddef.h>

#include "formats/format.h"

struct stat_input {
    const float *x; /* n values of the region; those that are not finite take no part */
    size_t n;
    float amax; /* largest magnitude of the finite ones, > 0 */
    const struct format *element;
    double arg; /* the statistic's parameter */
    /* Quantizes the region as if its largest magnitude were amax; sum |y - x|^power. */
    double (*error)(void *context, float amax, double power);
    void *context;
};

struct statistic {
    const char *name, *doc, *citation;
    const char *arg_doc; /* NULL without a parameter: then the three are equal */
    double arg_default, arg_min, arg_max;
    float (*magnitude)(const struct stat_input *in); /* 0 means amax; NaN: out of memory */
};

size_t stat_count(void);
const struct statistic *stat_at(size_t i);
const struct statistic *stat_find(const char *name); /* NULL if unknown */

#endif

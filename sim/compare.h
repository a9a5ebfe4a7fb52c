/* What two schemes make of the same numbers: whether their values differ, where, and why. */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include "sim/pipeline.h"

/* Why an element differs: the first of these that holds. */
enum cause {
    CAUSE_NAN,       /* one value is NaN */
    CAUSE_ZERO_SIGN, /* both are zero, of either sign */
    CAUSE_SCALE,     /* the scales differ that it meets */
    CAUSE_SATURATED, /* the same scale; one of them saturates or overflows */
    CAUSE_TIE,       /* within 2^-24 of a midpoint for one of them */
    CAUSE_OTHER,     /* other values to round to, another rounding, other steps */
    CAUSES
};
extern const char *const cause_names[CAUSES], *const cause_docs[CAUSES];

/* Values are compared as bits, NaN with NaN as equal. */
struct comparison {
    uint64_t elements, differ;
    uint64_t cause[CAUSES];           /* of those that differ */
    uint64_t regions, regions_differ; /* elements that share a scale under a, or under b where a has none; 0
                                         where neither has */
    uint64_t first;                   /* index of the first that differs, with what it is and becomes: */
    float x, a, b;
};
void comparison_add(struct comparison *sum, const struct comparison *part); /* keeps the earlier first */

/* The same bits, or both NaN. */
bool compare_is_equal(float a, float b);

/* Of a subject that is in memory (subject_hold). Errors as of pipeline_quant_input and quantize. Holds about
 * 32 bytes an element where values differ, else 8. */
enum status compare_subject(const struct subject *s, const struct quant_spec *a, const struct quant_spec *b,
                            uint64_t seed, struct comparison *out, struct error *e) MUST_CHECK;

/* All 2^32 binary32 numbers, in the order of their bits: `first` is the bits. Each is a block and a row of
 * its own. STATUS_INVALID for schemes with one scale for many rows, and where random numbers are drawn.
 * step(context, n), may be NULL, is told of n more numbers, on the calling thread. */
struct compare_all {
    const struct quant_spec *a, *b;
    uint64_t from, to; /* bits, multiples of 2^18; 0 and 2^32 are all */
    int jobs;
    const atomic_int *stop; /* may be NULL; STATUS_INTERRUPTED */
    void (*step)(void *context, uint64_t n);
    void (*idle)(void *context);
    void *context;
};
enum status compare_all_float32(const struct compare_all *c, struct comparison *out,
                                struct error *e) MUST_CHECK;
/* How the numbers of compare_all_float32 are laid out as a tensor of n. */
struct quant_input compare_input(const struct quant_spec *q, const float *x, size_t n);

#endif

/* A tensor to measure schemes on. Errors fail the running test. */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include "sim/dump/synth.h"
#include "sim/pipeline.h"

struct sample {
    struct subject subject;
    float *values;            /* what the last scheme made of it */
    uint32_t *scales, *codes; /* and its codes */
    struct quant_stats stats;
    size_t n;
};

/* rows x columns values, copied. */
struct sample sample_of(const float *x, size_t rows, size_t columns);
/* The same of a distribution (sim/dump/synth.h) of unit scale; parameter NaN: its default. */
struct sample sample_draw(const char *distribution, double parameter, size_t rows, size_t columns);
/* The metric sqnr_db under a scheme. */
double sample_sqnr(struct sample *s, const char *scheme);
void sample_free(struct sample *s);

#endif

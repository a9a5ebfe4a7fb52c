/* Quantize and dequantize a tensor under a quant_spec, and count what happened. */
#ifndef SIM_QUANT_QUANT_H
#define SIM_QUANT_QUANT_H

#include "sim/base/status.h"
#include "sim/spec.h"
#include "sim/tensor.h"

/* What quantizing did. Counts of elements unless said otherwise. */
struct quant_stats {
    uint64_t elements;
    uint64_t stored; /* elements with padding (tail=zero-pad) */
    uint64_t
        saturated; /* became the largest finite value, or lay beyond it (EVENT_SATURATED, EVENT_OVERFLOW) */
    uint64_t flushed;         /* nonzero became zero, a zero scale included */
    uint64_t nan_in, nan_out; /* NaN given; NaN after dequantizing */
    uint64_t nan_lost;        /* NaN became a number */
    uint64_t near_ties;
    uint64_t scales;       /* scales stored, first level */
    uint64_t outer_scales; /* scales stored, second level */
    uint64_t side_bits;    /* stored beside codes and scales: zero points, shifts, choices, codebooks */
    uint64_t flipped;      /* code bits flipped by faults */
    double expected_error; /* sum of errors y - x expected over the random bits of round=sr (0 without it),
                              faults apart; scales as they were found */
    uint64_t scale_saturated, scale_flushed, scale_nan; /* scales */
    uint64_t codes_used; /* distinct element codes; formats of 16 bits or fewer, else 0 */
};

/* A tensor in memory: x[i] is element i of the C order. */
struct quant_input {
    const float *x;
    const float *sensitivity; /* one of each element, for fit=sensitivity; NULL where there is none */
    int rank;
    size_t shape[TENSOR_MAX_RANK];
    int axis;        /* resolved scaling.axis; ignored where it has no effect */
    uint64_t seed;   /* of stochastic rounding */
    uint64_t stream; /* the tensor's identity for it */
};

/* Where results go; any pointer may be NULL. Scales are in C order of the tensor's shape with the axis
 * reduced to the number of blocks (PER_BLOCK), 1 (PER_TOKEN), or in order of the axis (PER_CHANNEL). */
struct quant_output {
    float *values;    /* dequantized, as many as elements; may be x itself */
    uint32_t *codes;  /* element codes */
    uint32_t *scales; /* scale codes; with one alternative (or=) and signed scales the sign marks it */
};

/* Shape of the scale array: rank and shape; its product is the number of scales (0 for PER_NONE). */
size_t quant_scale_shape(const struct quant_spec *q, const struct quant_input *in, int *rank,
                         size_t shape[static TENSOR_MAX_RANK]);

/* Errors: STATUS_INVALID if tail=refuse meets a length that is no multiple, nan=error a NaN, or
 * fit=sensitivity no sensitivities or one that is not finite and >= 0; STATUS_INTERNAL without memory. */
enum status quantize(const struct quant_spec *q, const struct quant_input *in, const struct quant_output *out,
                     struct quant_stats *stats, struct error *e) MUST_CHECK;

#endif

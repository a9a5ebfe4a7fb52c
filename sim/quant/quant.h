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

/* What is known of the values of a tensor, or of a region of it. */
struct quant_range {
    float lo, hi; /* of the finite ones; where there is none, !finite, they say nothing */
    bool finite, nan, plus_inf, minus_inf;
};

/* Zero-initialised, a range is empty. */
void quant_range_add(struct quant_range *r, const float *x, size_t n);

/* The value that is quantized for x: subnormal inputs are zero under daz. */
float quant_input_value(const struct quant_spec *q, float x);

/* How much is asked for. The less, the more may kernels do. */
enum quant_wants {
    QUANT_ALL,
    QUANT_COUNTS, /* values and counts, but codes_used and expected_error may stay 0, and no codes and scales
                   */
    QUANT_VALUES  /* values, and of the counts only what is stored: elements, stored, scales, outer_scales,
                     side_bits */
};

/* An element on its way through the definition. */
struct quant_step {
    size_t index;    /* in the tensor */
    float x, y;      /* what is quantized (after daz), and its value */
    uint32_t code;   /* of the element */
    uint32_t events; /* enum encode_event */
    uint64_t scale_index;
    /* The rest NULL or 0 under a codec. */
    size_t n;                           /* elements that share the scale */
    const struct region_range *range;   /* of them */
    const struct region_range *covered; /* what of it the scale covers: less under a statistic */
    const struct outer_scale *outer;
    const struct block_scale *scale; /* what the element meets: with its own micro-exponent */
};

/* Told of every element, in the order of the walk. */
struct quant_watch {
    void (*element)(void *context, const struct quant_step *step);
    void *context;
};

/* Where results go; any pointer may be NULL. Scales are in C order of quant_scale_shape: the tensor's
 * shape with the axis reduced to the number of blocks (PER_BLOCK) or 1 (PER_TOKEN), in order of the axis
 * (PER_CHANNEL), with the last two axes divided by the tile, rounded up (PER_TILE), or one (PER_TENSOR);
 * those above them in C order of quant_second_shape. */
struct quant_output {
    float *values;    /* dequantized, as many as elements; may be x itself */
    uint32_t *codes;  /* element codes */
    uint32_t *scales; /* scale codes; with one alternative (or=) and signed scales the sign marks it */
    float *seconds;   /* second level: what scales are multiplied by, under STORES_DIVISOR divided by */
    enum quant_wants wants;
    const struct quant_watch *watch; /* not NULL: the definition does all the work, and tells it here */
};

/* Shape of the scale array: rank and shape; its product is the number of scales (0 for PER_NONE). */
size_t quant_scale_shape(const struct quant_spec *q, const struct quant_input *in, int *rank,
                         size_t shape[static TENSOR_MAX_RANK]);

/* The same of the second level: its product is 0 for SECOND_NONE, 1 for SECOND_TENSOR (rank 0), else the axis
 * is reduced to 1 or to the number of its second blocks. */
size_t quant_second_shape(const struct quant_spec *q, const struct quant_input *in, int *rank,
                          size_t shape[static TENSOR_MAX_RANK]);

/* stats may be NULL. Errors: STATUS_INVALID if tail=refuse meets a length that is no multiple, nan=error a
 * NaN, or fit=sensitivity no sensitivities or one that is not finite and >= 0; STATUS_INTERNAL without
 * memory. */
enum status quantize(const struct quant_spec *q, const struct quant_input *in, const struct quant_output *out,
                     struct quant_stats *stats, struct error *e) MUST_CHECK;

/* The same piece by piece, in order, with the same results:
 *
 *     quantizer_open, quantizer_begin, quantizer_piece for each piece, quantizer_end, quantizer_close
 *
 * `in` and `out` are those of quantize(), but in->x and out->values are not used. A quantizer is of one
 * thread at a time. */
struct quantizer;

enum status quantizer_open(const struct quant_spec *q, const struct quant_input *in,
                           const struct quant_output *out, struct quantizer **result,
                           struct error *e) MUST_CHECK;
/* False if the tensor can only be taken whole. */
bool quantizer_takes_pieces(const struct quantizer *z);
bool quant_takes_pieces(const struct quant_spec *q, const struct quant_input *in);
/* The spec as elements meet it: with the codebook that was fitted to them, after quantizer_begin. */
const struct quant_spec *quantizer_spec(const struct quantizer *z);
/* The length of the longest piece that starts at `first`, where a piece ended, and ends at `end` or before; 0
 * if none ends so early. The tensor's end always ends a piece. */
size_t quantizer_cut(const struct quantizer *z, size_t first, size_t end);
/* `range` is that of all elements; x, all elements, is read only if the tensor is taken whole. */
enum status quantizer_begin(struct quantizer *z, const struct quant_range *range, const float *x,
                            struct error *e) MUST_CHECK;
/* The same in parts, which may be under way at the same time, each its own quantizer:
 *
 *     quantizer_open, quantizer_begin, in any order quantizer_split for each part, quantizer_join for each in
 *     order of the parts, quantizer_end, quantizer_close
 *
 * A part measures elements first .. end - 1; the pieces it is given start at *from and end at *to: the ends
 * of the regions around. It counts the regions that start in it. Between split and join: pieces,
 * quantizer_rest when there are no more. z must outlive its parts and have no arrays to fill. */
enum status quantizer_split(const struct quantizer *z, size_t first, size_t end, struct quantizer **part,
                            size_t *from, size_t *to, struct error *e) MUST_CHECK;
/* Frees what pieces need. */
void quantizer_rest(struct quantizer *part);
/* Adds what a part counted; every part but the last has 2^k SUM_CHUNKs of elements. */
void quantizer_join(struct quantizer *z, const struct quantizer *part);
/* Elements of the longest region that may not be cut; 0 if that is the whole tensor. */
size_t quant_region(const struct quant_spec *q, const struct quant_input *in);

/* Whether kernels do the work, after quantizer_begin; and whether they will, at a guess, unless arrays of
 * codes or scales are asked for. */
bool quantizer_is_fast(const struct quantizer *z);
bool quant_is_fast(const struct quant_spec *q, const struct quant_input *in);
/* Elements first .. first + n - 1, x[0] being element `first`; `values`, n of them, may be x or NULL. */
void quantizer_piece(struct quantizer *z, size_t first, size_t n, const float *x, float *values);
enum status quantizer_end(struct quantizer *z, struct quant_stats *stats, struct error *e) MUST_CHECK;
void quantizer_close(struct quantizer *z); /* NULL is fine */

#endif

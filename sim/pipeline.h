/* Cells: the only file that joins the stages. */
#ifndef SIM_PIPELINE_H
#define SIM_PIPELINE_H

#include <stdatomic.h>

#include "sim/analysis/analysis.h"
#include "sim/arith/attention.h"
#include "sim/arith/dot.h"
#include "sim/base/hash.h"
#include "sim/base/status.h"
#include "sim/cost/cost.h"
#include "sim/dump/synth.h"
#include "sim/metric/metric.h"
#include "sim/quant/quant.h"
#include "sim/spec.h"
#include "sim/tensor.h"
#include "sim/transform.h"

/* Name of the tensor beside NAME that says how much each of its elements matters: NAME.sensitivity. */
#define SENSITIVITY_SUFFIX ".sensitivity"

/* What a cell measures: a tensor, or the output of a site or of attention; of analyses nothing. Shared,
 * read-only, by the cells of one subject. */
struct subject {
    struct tensor_view view; /* name, shape, dtype and labels of the source; its data only if x is NULL */
    float *x; /* binary32 in C order; NULL for a large tensor in a mapped file, read as needed */
    size_t n;
    struct metric_facts facts; /* of the elements, as binary32 */
    struct quant_range range;
    char hash[HASH_HEX_SIZE];             /* tensor_hash of the source */
    float *sensitivity;                   /* of each element; NULL without */
    char sensitivity_hash[HASH_HEX_SIZE]; /* tensor_hash of their source; "" without */
    struct synth_spec drawn;              /* what it is drawn from; no distribution: it was recorded */
    struct site *site;                    /* of the output of a linear layer, or NULL */
    struct attention *attention;          /* of the output of attention, or NULL */
};

/* Whether it is computed from other tensors. */
static inline bool subject_is_output(const struct subject *s)
{
    return s->site || s->attention;
}

/* A site: the input of a linear layer, rows x inner (its last axis; all others together are rows), and the
 * weight, columns x inner. The output, rows x columns, is their product. */
struct site {
    struct subject input, weight;
    size_t rows, columns, inner;
};

/* Attention of a layer (sim/arith/attention.h): queries [token, head, dim] after rotary embedding, keys and
 * values [token, head, dim] as a cache holds them. The output is [token, head * dim]. */
struct attention {
    struct subject q, k, v;
    struct attention_shape shape;
    double rotary; /* base of the embedding that queries were given here and keys had; 0: theirs, not known */
};

/* `sensitivity` is NULL or a tensor of the same shape (else STATUS_INVALID). A mapped tensor of more than
 * TENSOR_LARGE elements stays in its file, which must stay open as long as the subject. */
enum status subject_load(const struct tensor_view *t, const struct tensor_view *sensitivity,
                         struct subject *out, struct error *e) MUST_CHECK;
/* Whether subject_load leaves the tensor in its file. */
bool subject_is_streamed(const struct tensor_view *t);
/* Reads what subject_load left in the file, so that x is not NULL. */
enum status subject_hold(struct subject *s, struct error *e) MUST_CHECK;
/* The output of a site of that name, which lives as long as the subject: every element the exact dot product
 * of binary32 operands, rounded once to binary32 (nearest even). Takes over both operands, which are held in
 * memory, and frees them when it fails: STATUS_INVALID if their shapes do not fit. Operands without elements
 * in memory (as for keys alone) give an output without. */
enum status subject_multiply(struct subject *input, struct subject *weight, const char *name,
                             struct subject *out, struct error *e) MUST_CHECK;
/* The output of attention (attention_reference), likewise: part[] has the queries [token, channel] or [token,
 * head, dim] and the caches of keys and values, which it takes over. `rotary` is the base of the rotary
 * embedding that the queries lack, 0 where they have theirs. */
enum status subject_attend(struct subject part[static 3], double rotary, const char *name,
                           struct subject *out, struct error *e) MUST_CHECK;
/* The output of a site by itself, without its operands. */
void subject_as_tensor(struct subject *s);
/* Part i of `count` equal ones along the first axis, as what attention is made of: facts and range are those
 * of the whole. An axis of length one is left out where there are more than two. STATUS_INVALID, and s as it
 * was, where the length is no multiple. */
enum status subject_window(struct subject *s, size_t i, size_t count, struct error *e) MUST_CHECK;
/* Elements of it and of what it is computed from. */
size_t subject_held(const struct subject *s);
void subject_free(struct subject *s);

/* How a site computes, beside the scheme of its input. */
struct matmul_spec {
    struct quant_spec weight, output;
    bool has_output; /* the output is quantized too */
    struct mac_spec mac;
};
/* How scales enter where a MAC text leaves it open (mac.scales is MAC_SCALES_NONE): they are applied to the
 * sums of codes (MAC_SCALES_PARTIALS) where the unit is one of codes: fused steps, integer accumulators,
 * approximate products; else to the operands (MAC_SCALES_DEQUANTIZE). MAC_SCALES_NONE for two schemes without
 * scales. */
enum mac_scales matmul_scales(const struct mac_spec *mac, const struct quant_spec *input,
                              const struct quant_spec *weight);

/* How attention computes, beside the scheme of its queries: each product is one of matrices. */
struct attention_spec {
    struct matmul_spec scores; /* queries x keys; no output scheme */
    struct quant_spec probs;   /* of the probabilities, which are binary32 */
    struct matmul_spec values; /* probabilities x values */
};
/* The probabilities as a tensor [head, query, key] without data. */
struct tensor_view attention_probs_view(const struct subject *s);

struct cell_request {
    const struct subject *subject;
    const struct quant_spec *spec;           /* of a site: of its input; of attention: of its queries */
    const struct matmul_spec *matmul;        /* of a site, or NULL */
    const struct attention_spec *attention;  /* of attention, or NULL */
    const struct transform_chain *transform; /* of a site or attention, before it is quantized; or NULL */
    const struct analysis_request *analysis; /* of an analysis, whose subject is empty and scheme NULL */
    uint64_t seed;
    const struct metric *const *metrics;
    size_t n_metrics;
    const struct cost_request *costs;
    size_t n_costs;
};

struct cell_result {
    double *metrics;                  /* n_metrics values, the caller's array */
    struct cost_value *costs;         /* n_costs * COST_MAX_VALUES, the caller's array */
    int *n_cost_values;               /* n_costs; 0 where a model does not cover the scheme */
    struct analysis_result *analysis; /* of an analysis, the caller's */
    float *values;                    /* NULL, or an array that receives the dequantized values */
    uint32_t *codes, *scales;         /* NULL, or arrays that receive element and scale codes */
    float *seconds;                   /* NULL, or one that receives the second level */
    struct quant_stats stats;         /* of outputs: of all operands, and of the output if it is quantized */
    /* Of the dequantized binary32 values (of an analysis: analysis_hash), little-endian; of more than
     * PIPELINE_PART elements, of the hashes (16 bytes each, big-endian) of their parts of PIPELINE_PART
     * elements, the last one perhaps shorter. */
    char result_hash[HASH128_HEX_SIZE];
};

/* The key of a cell: SHA-256 of the canonical JSON of everything that affects its bits, written to hex; the
 * JSON itself (caller frees) to *json if that is not NULL. NULL-safe for out of memory: then returns
 * STATUS_INTERNAL. */
enum status pipeline_cell_key(const struct cell_request *r, char hex[static HASH_HEX_SIZE], char **json,
                              struct error *e) MUST_CHECK;

/* Of a tensor: what the quantizer is given for a request: the axis resolved against the subject's labels, the
 * stream of stochastic rounding named by the subject's hash. STATUS_INVALID if the subject has no such axis,
 * or fit=sensitivity finds no sensitivities. */
enum status pipeline_quant_input(const struct cell_request *r, struct quant_input *in,
                                 struct error *e) MUST_CHECK;

/* What theory expects of a cell of a synthetic tensor (sim/theory/theory.h); *out is NaN unless STATUS_OK.
 * STATUS_SKIP where there is no model, with the reason in *why; without `integrate` no more than whether
 * there may be one is found. */
enum status pipeline_expect(const struct cell_request *r, bool integrate, struct metric_theory *out,
                            struct error *why) MUST_CHECK;

/* A cell among others of its subject. */
struct cell_job {
    const struct cell_request *request;
    struct cell_result *result;
    enum status status; /* STATUS_INVALID when the scheme does not fit the subject (an axis it does not have,
                           a refused tail) */
    struct error error;
    double seconds; /* that it took, without what all share */
};

/* Runs n > 0 cells of one subject together (an analysis by itself): each window of it is read once and serves
 * all of them. Memory does not grow with the subject, except for schemes that take it whole
 * (quantizer_takes_pieces). What a cell comes to is in its job; the status returned is that of all:
 * STATUS_INTERRUPTED when *stop (may be NULL) became nonzero, STATUS_INTERNAL without memory. */
enum status pipeline_cells(struct cell_job *jobs, size_t n, const atomic_int *stop,
                           struct error *e) MUST_CHECK;
/* One cell by itself. */
enum status pipeline_cell(const struct cell_request *r, struct cell_result *out, struct error *e) MUST_CHECK;

/* The same part by part of the subject, with the same results:
 *
 *     pipeline_open, pipeline_part for each of its pipeline_open_parts, pipeline_join in order of the parts,
 *     pipeline_end, pipeline_close
 *
 * Parts may be under way at the same time, on any thread; the other calls are made one at a time, and join
 * not before its part has ended. A part is of PIPELINE_PART elements, the last one shorter; there is one part
 * of all elements where a cell cannot be divided or has arrays to fill. Tests say other sizes, 2^k
 * SUM_CHUNKs; result_hash is of them then. */
#define PIPELINE_PART ((size_t)1 << 22)
struct cells;
struct cells_part; /* what a part came to; small */

enum status pipeline_open(struct cell_job *jobs, size_t n, size_t part, struct cells **out,
                          struct error *e) MUST_CHECK;
size_t pipeline_open_parts(const struct cells *c);
/* Of a cell by itself, nothing to fill: cells with several parts are divided together. */
size_t pipeline_parts(const struct cell_request *r, size_t part);
enum status pipeline_part(struct cells *c, size_t i, const atomic_int *stop, struct cells_part **out,
                          struct error *e) MUST_CHECK;
/* Adds the part's results to those of the parts before, and frees it. */
void pipeline_join(struct cells *c, struct cells_part *p);
void pipeline_part_free(struct cells_part *p); /* of a part that is not joined; NULL is fine */
/* What cells come to, into their jobs. */
void pipeline_end(struct cells *c);
void pipeline_close(struct cells *c); /* NULL is fine */

/* Whether kernels do most of the work of a cell, so that it should go together with others. */
bool pipeline_is_fast(const struct cell_request *r);
/* Elements, binary32, that a cell holds besides its subject. */
size_t pipeline_held(const struct cell_request *r);

#endif

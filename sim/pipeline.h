/* One cell in memory: the only file that joins the stages. */
#ifndef SIM_PIPELINE_H
#define SIM_PIPELINE_H

#include "sim/base/hash.h"
#include "sim/base/status.h"
#include "sim/cost/cost.h"
#include "sim/metric/metric.h"
#include "sim/quant/quant.h"
#include "sim/spec.h"
#include "sim/tensor.h"

/* Name of the tensor beside NAME that says how much each of its elements matters: NAME.sensitivity. */
#define SENSITIVITY_SUFFIX ".sensitivity"

/* What a cell measures, as binary32 in C order. Shared, read-only, by the cells of one tensor. */
struct subject {
    struct tensor_view view; /* name, shape, dtype and labels of the source; data is not used */
    float *x;
    size_t n;
    struct metric_facts facts;            /* of x */
    char hash[HASH_HEX_SIZE];             /* tensor_hash of the source */
    float *sensitivity;                   /* of each element; NULL without */
    char sensitivity_hash[HASH_HEX_SIZE]; /* tensor_hash of their source; "" without */
};

/* `sensitivity` is NULL or a tensor of the same shape (else STATUS_INVALID). */
enum status subject_load(const struct tensor_view *t, const struct tensor_view *sensitivity,
                         struct subject *out, struct error *e) MUST_CHECK;
void subject_free(struct subject *s);

struct cell_request {
    const struct subject *subject;
    const struct quant_spec *spec;
    uint64_t seed;
    const struct metric *const *metrics;
    size_t n_metrics;
    const struct cost_model *const *costs;
    size_t n_costs;
};

struct cell_result {
    double *metrics;          /* n_metrics values, the caller's array */
    struct cost_value *costs; /* n_costs * COST_MAX_VALUES, the caller's array */
    int *n_cost_values;       /* n_costs; 0 where a model does not cover the scheme */
    uint32_t *codes, *scales; /* NULL, or arrays that receive element and scale codes */
    struct quant_stats stats;
    char result_hash[HASH128_HEX_SIZE]; /* of the dequantized binary32 values, little-endian */
};

/* The key of a cell: SHA-256 of the canonical JSON of everything that affects its bits, written to hex; the
 * JSON itself (caller frees) to *json if that is not NULL. NULL-safe for out of memory: then returns
 * STATUS_INTERNAL. */
enum status pipeline_cell_key(const struct cell_request *r, char hex[static HASH_HEX_SIZE], char **json,
                              struct error *e) MUST_CHECK;

/* What the quantizer is given for a request: the axis resolved against the subject's labels, the stream of
 * stochastic rounding named by the subject's hash. STATUS_INVALID if the subject has no such axis, or
 * fit=sensitivity finds no sensitivities. */
enum status pipeline_quant_input(const struct cell_request *r, struct quant_input *in,
                                 struct error *e) MUST_CHECK;

/* Runs a cell. `scratch` holds subject->n floats. STATUS_INVALID when the scheme does not fit the subject (an
 * axis it does not have, a refused tail). */
enum status pipeline_cell(const struct cell_request *r, float *scratch, struct cell_result *out,
                          struct error *e) MUST_CHECK;

#endif

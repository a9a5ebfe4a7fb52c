/* Cells that go through their subject together, and a part of the way. Part of sim/pipeline. */
#ifndef SIM_PIPELINE_PART_H
#define SIM_PIPELINE_PART_H

#include "sim/pipeline.h"

/* Elements that cells go through together: x and y of them stay in the second-level cache. */
#define PIPELINE_WINDOW ((size_t)1 << 15)

/* The stream of stochastic rounding: the first 64 bits of the subject's hash, so that it follows the tensor
 * and not its place in a file. */
uint64_t subject_stream(const struct subject *s);

bool same_scheme(const struct quant_spec *a, const struct quant_spec *b);

/* The key of an analysis, as pipeline_cell_key gives it. */
enum status analysis_key(const struct analysis_request *r, char hex[static HASH_HEX_SIZE], char **json,
                         struct error *e) MUST_CHECK;
/* What the parts of a cell come to. */
struct cell {
    struct cell_job *job;
    bool failed;
    struct quantizer *quantizer;    /* of a tensor; NULL when it has failed */
    struct dot_stats dots;          /* of an output */
    struct cost_operand operand[2]; /* of a site: input and weight */
    uint64_t bit_operations;        /* of a site */
    bool mixed;                     /* a step gave a site parts or other schemes */
    struct metric_errors errors;
    struct hash128 *hashes;           /* over the hashes of parts; NULL if there is one */
    unsigned char hash[HASH128_SIZE]; /* of the last part */
};

struct cells {
    const struct subject *s;
    size_t part; /* elements */
    bool divided;
    size_t n;
    struct cell cells[];
};

/* What a part of a cell comes to. */
struct share {
    enum status status;
    struct error error;
    double seconds;
    struct quantizer *quantizer;    /* the cell's own, if it is not divided */
    struct quant_stats stats;       /* of an output, as cell_result has it */
    struct dot_stats dots;          /* of an output */
    struct cost_operand operand[2]; /* of a site */
    uint64_t bit_operations;        /* of a site */
    bool mixed;                     /* a step gave a site parts or other schemes */
    struct metric_errors errors;
    unsigned char (*hashes)[HASH128_SIZE]; /* of its values, `part` elements each */
    size_t n_hashes;
};

struct cells_part {
    bool divided;
    size_t n;
    struct share shares[];
};

/* Measures elements first .. end - 1 for all cells into the shares of *out, which are zero. */
enum status part_measure(const struct cells *all, size_t first, size_t end, struct cells_part *out,
                         const atomic_int *stop, struct error *e) MUST_CHECK;

/* The same for outputs, all of them. */
enum status output_measure(const struct cells *all, struct cells_part *out, const atomic_int *stop,
                           struct error *e) MUST_CHECK;
/* The output of a cell into y. */
enum status site_values(const struct cell_request *r, float *y, struct share *share, const atomic_int *stop,
                        struct error *e) MUST_CHECK;
/* The same of a site with transforms, before its output is quantized; `name` is for messages. */
enum status transformed_values(const struct cell_request *r, const char *name, float *y, struct share *share,
                               const atomic_int *stop, struct error *e) MUST_CHECK;
enum status attention_values(const struct cell_request *r, float *y, struct share *share,
                             const atomic_int *stop, struct error *e) MUST_CHECK;
/* The product of two operands, and what it takes. */
struct product_request {
    const struct subject *input, *weight;  /* held; rows x inner, columns x inner */
    const float *input_done, *weight_done; /* values that are quantized already, or NULL */
    const struct quant_spec *scheme;       /* of the input */
    const struct matmul_spec *matmul;
    size_t rows, columns, inner;
    uint64_t seed, stream;
    const char *name; /* for messages */
};
enum status product_values(const struct product_request *p, float *y, struct share *share,
                           const atomic_int *stop, struct error *e) MUST_CHECK;
/* Elements, binary32, that they hold. */
size_t site_held(const struct cell_request *r);
size_t attention_held(const struct cell_request *r);

/* What is known of the elements of an output, which are there. */
void output_facts(struct subject *out);
/* Quantizes an output in place. */
enum status output_quantize(const struct cell_request *r, const struct quant_spec *q, float *y,
                            struct quant_stats *stats, struct error *e) MUST_CHECK;

#endif

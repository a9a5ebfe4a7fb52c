/* Operands of products: quantized, as codes or values, row by row. Part of sim/pipeline. */
#ifndef SIM_PIPELINE_OPERAND_H
#define SIM_PIPELINE_OPERAND_H

#include "sim/pipeline.h"

/* One side of a product: rows x inner. */
struct operand {
    const struct subject *s;
    size_t rows, inner;
    /* Where rows are not neighbours in the subject: the matrix is [order[0], order[1], inner], with these
     * steps between elements of the subject; order[0] * order[1] = rows. order[0] = 0: as they lie. */
    size_t order[2], step[3];
    const struct quant_spec *q;
    const float *done; /* values of the elements, quantized already, or NULL */
    struct quant_stats stats;
    float *values;
    uint32_t *codes;
    uint32_t *scales;   /* one for each block of each row */
    uint32_t *scale_of; /* of each element: the number of its scale */
    struct format binary32;
    struct dot_scales blocks;
    float second; /* 1 without a second level */
};

/* Both sides, and how they are multiplied. The caller says s, rows, inner, order and step of both. */
struct sides {
    struct operand a, b;
    struct dot_side left, right;
    struct mac_spec mac; /* scales=none where scales are in the values */
};
/* STATUS_INVALID where the schemes or their codes do not fit; `name` is for the message. Closed in any case.
 */
enum status sides_open(struct sides *p, const struct quant_spec *left, const struct matmul_spec *m,
                       uint64_t seed, const char *name, struct error *e) MUST_CHECK;
void sides_close(struct sides *p);

/* The site of a request as it was recorded, one part, for transforms; r must outlive it. layer_close in any
 * case. */
struct layer;
enum status site_layer(const struct cell_request *r, struct layer *l, struct error *e) MUST_CHECK;

/* What happened to the elements, and how much they are to store. */
void quant_counts_add(struct quant_stats *to, const struct quant_stats *from);
/* The first alone: of what is not stored beside the operands. */
void quant_counts_add_unstored(struct quant_stats *to, const struct quant_stats *from);
/* What a model of cost is told of a tensor that was quantized. */
struct cost_input cost_input_of(const struct quant_spec *q, const struct quant_stats *s);

#endif

/* Attention on its way through a chain of transforms. Part of sim/pipeline. */
#ifndef SIM_PIPELINE_HEADS_H
#define SIM_PIPELINE_HEADS_H

#include "sim/pipeline_part.h"
#include "sim/transform/heads.h"

/* What attention is computed from: as it was recorded, or as the chain left it. */
struct heads_ready {
    struct subject part[HEADS_SIDES];
    float *done[HEADS_SIDES]; /* values that are quantized already, or NULL */
    struct heads *heads;      /* NULL without a chain */
};

/* Closed in any case; `name` is for messages. */
enum status heads_prepare(const struct cell_request *r, const char *name, const atomic_int *stop,
                          struct heads_ready *out, struct error *e) MUST_CHECK;
void heads_finish(struct heads_ready *p);

/* Scores of the query at row i of [head, query] to probabilities, in place: what is added to them, the
 * window, softmax, clipping. */
void heads_softmax(const struct heads_ready *p, const struct attention_shape *s, size_t i, double *scores);
/* Turns outputs back, rounded once. */
enum status heads_output(const struct heads_ready *p, float *y, struct error *e) MUST_CHECK;

#endif

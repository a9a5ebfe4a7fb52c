/* Training and evaluation on texts. */
#ifndef SIM_MODEL_TRAIN_H
#define SIM_MODEL_TRAIN_H

#include <stdatomic.h>
#include <stdio.h>

#include "sim/model/net.h"
#include "sim/model/text.h"

/* AdamW (Loshchilov & Hutter, arXiv:1711.05101) with warm-up, cosine decay and clipping of the gradient's
 * norm. Norms and the embedding do not decay. */
struct train_config {
    int steps, batch;       /* sequences of net_config.context bytes a step */
    int warmup;             /* steps */
    double rate, last_rate; /* peak, and at the end */
    double beta1, beta2, epsilon, decay, clip;
};

/* How far a training is, for people. */
struct train_report {
    FILE *to;  /* may be NULL */
    bool live; /* rewrite one line instead of writing many */
};

struct train_result {
    double train_bits; /* bits per byte, mean over the batches of the last tenth of the steps */
};

/* Trains params (already initialised) on the texts that are not held out. A pure function of configurations,
 * texts, seed and params, whatever jobs is. STATUS_MISSING if no text is as long as a sequence. */
enum status train_run(const struct net_config *net, const struct train_config *config,
                      const struct texts *texts, uint64_t seed, int jobs, const atomic_int *stop,
                      const struct train_report *report, float *params, struct train_result *result,
                      struct error *e) MUST_CHECK;

/* Bits that the network needs for the bytes of one text: windows of c->context bytes, half a window apart, so
 * that all but the first half window of the text are predicted from at least half a window. */
enum status eval_text(const struct net_config *net, const float *params, const struct text *t, int jobs,
                      const atomic_int *stop, double *bits, struct error *e) MUST_CHECK;

#endif

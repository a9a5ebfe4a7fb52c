/* Hardware cost of a scheme: storage, and the gates of the multiply-accumulate unit that works on its codes.
 * One file and one line in sim/cost/registry.def a model. */
#ifndef SIM_COST_COST_H
#define SIM_COST_COST_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/spec.h"

/* What is stored for tensors, each under a scheme of its own. */
struct cost_stored {
    uint64_t elements;
    uint64_t code_bits;  /* with padding */
    uint64_t pad_bits;   /* of them */
    uint64_t scale_bits; /* scales of both levels and what stands beside codes and scales */
};
/* Adds a tensor; the counts are as in quant_stats. */
void cost_store(struct cost_stored *to, const struct quant_spec *q, uint64_t elements, uint64_t stored,
                uint64_t scales, uint64_t outer_scales, uint64_t side_bits);

struct cost_input {
    const struct quant_spec *spec;
    const struct quant_spec *other; /* what it is multiplied with; NULL: the same scheme */
    struct cost_stored stored;
    uint64_t products; /* multiplications of a site; 0: unknown */
};

/* One quantity of a model. */
struct cost_value {
    const char *quantity; /* "bits_per_element", "mac_gates", ... */
    const char *unit;     /* "bit", "gate", ... */
    double value;
};

#define COST_MAX_VALUES 8

struct cost_model {
    const char *name, *doc;
    const char *source; /* publication of every constant */
    /* Fills up to COST_MAX_VALUES values and their number. STATUS_SKIP with a reason in *e if the model does
     * not cover the scheme: a missing constant is an error, never a default. */
    enum status (*cost)(const struct cost_input *in, struct cost_value *out, int *n, struct error *e);
};

size_t cost_model_count(void);
const struct cost_model *cost_model_at(size_t i);
const struct cost_model *cost_model_find(const char *name);

#endif

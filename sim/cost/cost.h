/* Hardware cost of a scheme: storage, and the gates of the multiply-accumulate unit that works on its codes.
 * One file and one line in sim/cost/registry.def a model. */
#ifndef SIM_COST_COST_H
#define SIM_COST_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/spec.h"

/* What is stored for one operand of a site, all its parts together. */
struct cost_operand {
    uint64_t elements; /* of what was recorded */
    uint64_t bits;
};

/* What is stored for a tensor. */
struct cost_input {
    const struct quant_spec *spec;
    uint64_t elements, stored, scales, outer_scales, side_bits; /* as in quant_stats */
    const struct cost_operand *operand;                         /* of a site: input and weight; else NULL */
    uint64_t
        bit_operations; /* of a site: sum over its multiplications of the bits of both elements; else 0 */
    bool mixed;         /* its operands, or parts of them, have several schemes: spec is that of one */
};

/* Bits under the scheme: codes with padding, scales of both levels, what stands beside them. Padding and
 * scales are of the input's counts. */
uint64_t cost_bits(const struct cost_input *in);

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
    bool mixed;         /* covers sites of several schemes */
    /* Fills up to COST_MAX_VALUES values and their number. STATUS_SKIP with a reason in *e if the model does
     * not cover the scheme: a missing constant is an error, never a default. */
    enum status (*cost)(const struct cost_input *in, struct cost_value *out, int *n, struct error *e);
};

size_t cost_model_count(void);
const struct cost_model *cost_model_at(size_t i);
const struct cost_model *cost_model_find(const char *name);

#endif

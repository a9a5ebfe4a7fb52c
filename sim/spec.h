/* What to do, as data: specs hold no state and own no memory. */
#ifndef SIM_SPEC_H
#define SIM_SPEC_H

#include "formats/format.h"
#include "formats/scaling.h"

/* One way to quantize a tensor: what a scheme text parses to. Elements are divided by their block's scale,
 * rounded into `element`, and multiplied back. */
struct quant_spec {
    struct format element;
    struct rounding rounding; /* of elements */
    struct scaling scaling;
};

static inline bool quant_spec_is_stochastic(const struct quant_spec *q)
{
    return q->rounding.mode == ROUND_SR;
}

/* Changes whenever any result may change; part of every cell key. */
#define SEMANTICS_VERSION 1

#endif

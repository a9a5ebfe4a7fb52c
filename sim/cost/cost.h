/* Hardware cost of a scheme: storage, and the gates, area, energy and delay of the units that work on its
 * codes. One file and one line in sim/cost/registry.def a model. */
#ifndef SIM_COST_COST_H
#define SIM_COST_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/arg.h"
#include "sim/base/status.h"
#include "sim/spec.h"

/* What is stored for one operand of a site, all its parts together. */
struct cost_operand {
    uint64_t elements; /* of what was recorded */
    uint64_t bits;
};

/* What a cost is of, from the least to what fewest models cover. */
enum cost_scope {
    COST_SCHEME, /* one scheme: of a tensor, or of all operands */
    COST_PAIR,   /* a site, its input and its weight under schemes of their own */
    COST_PARTS   /* a site whose operands, or parts of them, have schemes that spec and weight do not tell */
};

/* What is stored for a tensor or the operands of an output, and how they are multiplied. */
struct cost_input {
    const struct quant_spec *spec;   /* of a tensor, or of a site's input */
    const struct quant_spec *weight; /* COST_PAIR: of the weight; else NULL, the same */
    const struct mac_spec *mac;      /* of an output; NULL: exact products, exactly added */
    bool several_macs;               /* of attention, whose products have MACs of their own; mac is NULL */
    enum cost_scope scope;
    uint64_t elements, stored, scales, outer_scales, side_bits; /* as in quant_stats */
    const struct cost_operand *operand;                         /* of a site: input and weight; else NULL */
    uint64_t
        bit_operations; /* of a site: sum over its multiplications of the bits of both elements; else 0 */
};

/* Bits under the scheme: codes with padding, scales of both levels, what stands beside them. Padding and
 * scales are of the input's counts. */
uint64_t cost_bits(const struct cost_input *in);

/* One quantity of a model. */
struct cost_value {
    const char *quantity; /* "bits_per_element", "mac_gates", ... */
    const char *unit;     /* "bit", "gate", "um2", "pJ", ... */
    double value;
    double node_nm;     /* technology of an area, an energy or a delay; 0: none */
    double accuracy;    /* largest relative error of the value where that was measured, else 0: not known */
    const char *source; /* of this value; NULL: the model's */
};

#define COST_MAX_VALUES 16

/* Appends a value without a node; the caller fills in what else is known. */
static inline struct cost_value *cost_put(struct cost_value *out, int *n, const char *quantity,
                                          const char *unit, double value)
{
    out[*n] = (struct cost_value){.quantity = quantity, .unit = unit, .value = value};
    return &out[(*n)++];
}

/* The same with a technology and a source of its own. */
static inline void cost_put_at(struct cost_value *out, int *n, const char *quantity, const char *unit,
                               double value, double node_nm, const char *source)
{
    struct cost_value *v = cost_put(out, n, quantity, unit, value);
    v->node_nm = node_nm;
    v->source = source;
}

/* The value of that quantity; NULL if there is none. */
const struct cost_value *cost_value_find(const struct cost_value *v, int n, const char *quantity);
/* Whether operands are all of one element format. */
bool cost_is_of_one_format(const struct cost_input *in);

/* log2 x for x >= 1 to 2^-39, the same double everywhere: a binary digit a squaring. */
double cost_log2(double x);

#define COST_KEYS_MAX ARG_KEYS_MAX

struct cost_model {
    const char *name, *doc;
    const char *source;         /* publication of every constant */
    enum cost_scope scope;      /* the most that it covers */
    bool of_a_mac;              /* its values depend on the MAC: not told of an output with several */
    bool standard;              /* stored where an experiment does not say which */
    const struct arg_key *keys; /* `n_keys` of them, at most COST_KEYS_MAX */
    size_t n_keys;
    /* Fills up to COST_MAX_VALUES values and their number. arg[i] is that of keys[i]. STATUS_SKIP with a
     * reason in *e if the model does not cover the input: a missing constant is an error, never a default. */
    enum status (*cost)(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e);
};

size_t cost_model_count(void);
const struct cost_model *cost_model_at(size_t i);
const struct cost_model *cost_model_find(const char *name);

/* A model with its arguments: what a cost text parses to.
 *
 *     NAME[,key=value]...     storage      fp8_vs_int8,guard=8     memory,level=dram */
#define COST_TEXT_SIZE 128
struct cost_request {
    const struct cost_model *model;
    double arg[COST_KEYS_MAX];
    char text[COST_TEXT_SIZE]; /* the name and the keys that differ from the standard, in their order */
};

/* STATUS_INVALID names the key, what was found and what is allowed. */
enum status cost_parse(const char *text, struct cost_request *out, struct error *e) MUST_CHECK;
/* The model with what holds where nothing is said. */
struct cost_request cost_standard(const struct cost_model *m);
/* What the request comes to: as cost_model.cost, and STATUS_SKIP where the model does not cover in->scope. */
enum status cost_of(const struct cost_request *r, const struct cost_input *in, struct cost_value *out, int *n,
                    struct error *e) MUST_CHECK;

#endif

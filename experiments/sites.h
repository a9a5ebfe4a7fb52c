/* What a dump holds to measure: tensors, and what outputs are computed from, linear layers and attention. */
#ifndef EXPERIMENTS_SITES_H
#define EXPERIMENTS_SITES_H

#include "experiments/config.h"
#include "sim/dump/dump.h"

/* Tensors of the dump that give a subject. */
struct site_place {
    char *name;
    enum config_op op;
    size_t part[4]; /* OP_QUANTIZE: the tensor; OP_MATMUL: input, weight; OP_ATTENTION: queries, keys, values
                       and, if `multiplied`, a weight whose product with the first one are the queries */
    bool multiplied;
    size_t window, windows; /* of attention: which of how many; 0 windows: all is one */
    double rotary;          /* of OP_ATTENTION, as subject_attend has it; NaN where nothing says */
};

/* All of them, in order of the dump; sites_free in any case. Where the input says what its sites are, a
 * tensor is the leading one of the first of them whose glob its name matches; STATUS_INVALID where a glob
 * matches none, a weight has not two axes, or another tensor is not there. The site's name is that of the
 * leading tensor, less ".weight". Otherwise:
 *
 * OP_QUANTIZE: every tensor.
 *
 * OP_MATMUL: a weight NAME.weight of two axes, and the input that the metadata name for it ("site.NAME"), or
 * else NAME.input.
 *
 * OP_ATTENTION: NAME.q.output, NAME.k_cache and NAME.v_cache. Where the caches have four axes, the first is
 * one of windows that do not see each other: each is a site, with its number behind the name. The rotary
 * embedding that the queries lack is what the input says, else the metadata ("rotary": a base, or none),
 * else, in what `bitsweep record` made, that of its network. */
enum status sites_find(const struct dump *d, enum config_op op, const struct config_input *in,
                       struct site_place **out, size_t *n, struct error *e) MUST_CHECK;
void sites_free(struct site_place *sites, size_t n);

#endif

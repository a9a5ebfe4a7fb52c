/* What a run records of its tensors beside their names. */
#ifndef EXPERIMENTS_LAYERS_H
#define EXPERIMENTS_LAYERS_H

#include "experiments/plan.h"

/* JSON for the view v_layer: {DUMP: {TENSOR: [LAYER, ROLE]}}, null where one is not known; of a site, those
 * of its weight or its queries. Names that are not UTF-8 are left out. The caller frees *out; NULL if nothing
 * is known. */
enum status layers_text(const struct plan *p, char **out, struct error *e) MUST_CHECK;

#endif

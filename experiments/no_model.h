/* Cells of which theory says nothing although a study asks. */
#ifndef EXPERIMENTS_NO_MODEL_H
#define EXPERIMENTS_NO_MODEL_H

#include <stdio.h>

#include "experiments/plan.h"

/* A line for each scheme of the cells to do that has no model on a tensor of theirs, with the reason. `out`
 * may be NULL. */
void no_model_say(const struct plan *p, FILE *out);

#endif

/* Shared by steps that move offset and scale of columns between the input and the weight of a layer. */
#ifndef SIM_TRANSFORM_MIGRATE_H
#define SIM_TRANSFORM_MIGRATE_H

#include "sim/transform/layer.h"

/* (max + min) / 2 of each column of the main input: that of every `sample` calibration tokens (the last
 * ones may be fewer; 0: of all together), averaged. z has n places. */
void migrate_midrange(const struct layer *l, size_t sample, double *z);
/* Mean of x, or of |x|, of each column of the main input over the calibration tokens. */
void migrate_mean(const struct layer *l, bool magnitude, double *mean);
/* Takes z[j] from column j of the main input; the bias gets the weight times z. */
enum status migrate_shift(struct layer *l, const double *z, struct error *e) MUST_CHECK;

/* The factors of candidate i, n numbers > 0. */
typedef void migrate_factors(const void *context, size_t i, double *s);
/* Divides columns of the main input and multiplies those of the weight by the factors of that one of n > 0
 * candidates whose output has the least error (layer_error), the first of equals. */
enum status migrate_search(struct layer *l, size_t n, migrate_factors *factors, const void *context,
                           struct error *e) MUST_CHECK;

#endif

/* Codebooks fitted to data. */
#ifndef SIM_QUANT_FIT_H
#define SIM_QUANT_FIT_H

#include <stddef.h>

#include "sim/base/status.h"

/* Lloyd's algorithm in one dimension (Lloyd-Max, k-means): the levels that a local minimum of
 * sum weight (x - nearest level)^2 has, ascending, each rounded once to binary32. Weights are sensitivities
 * >= 0 (SqueezeLLM, KVQuant); NULL: all 1.
 *
 * Deterministic, whatever the order of x. Equal values count as one of their joint weight, values of weight 0
 * do not count. Level i starts at the value at which the running weight passes (2i+1)/(2 levels) of the
 * whole, moved where needed so that all start at different values. A cell holds the values up to halfway to
 * the next level, that point included; its level becomes its weighted mean, an empty cell keeps its level.
 * Ends when no cell changes, or after 100 rounds.
 *
 * With no more different values than levels, the levels are the values, the last one repeated. STATUS_INVALID
 * for levels outside 1..256, for a value that is not finite, for a weight that is negative or not finite, and
 * if no value counts; STATUS_INTERNAL without memory. */
enum status fit_lloyd(const float *x, size_t n, const float *weight, int levels,
                      float *out_values) MUST_CHECK;

#endif

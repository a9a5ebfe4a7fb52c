/* How far a product lies from the exact one, over pairs of codes. */
#ifndef SIM_ARITH_PRODUCT_ERROR_H
#define SIM_ARITH_PRODUCT_ERROR_H

#include "sim/product.h"

/* Figures in binary64, for people: sums are plain, in the order of the pairs, so they hold some 9 digits. */
struct product_error {
    uint64_t pairs; /* counted: exact product and product finite */
    uint64_t wrong; /* of them, with any error */
    bool sampled;   /* pairs are a fixed random choice, not all */
    /* (product - exact) / exact, over the pairs whose exact product is not zero; 0 without such. */
    uint64_t nonzero;
    double mean, rms, mean_abs, max_abs;
    /* product - exact, over all pairs: MAE, MSE and the largest magnitude; NED is mae / largest. */
    double bias, mae, mse, largest;
};

/* Over all pairs of codes ca[0..na-1] of fa and cb[0..nb-1] of fb. The product does not refuse them. */
struct product_error product_error_codes(const struct product *p, const struct product_args *args,
                                         const struct format *fa, const uint32_t *ca, size_t na,
                                         const struct format *fb, const uint32_t *cb, size_t nb);

/* What product_error takes of a format: of floats with an exponent field the codes of one binade of positive
 * normal numbers, that of 1 where it is full, else the middle one; of others all codes. They are consecutive:
 * returns the first. */
uint32_t product_error_operands(const struct format *f, uint64_t *count);

/* Over all pairs of such operands, so of floats over all pairs of significands. Of more than
 * PRODUCT_ERROR_PAIRS pairs that many are drawn. */
#define PRODUCT_ERROR_PAIRS (UINT64_C(1) << 22)
struct product_error product_error(const struct product *p, const struct product_args *args,
                                   const struct format *fa, const struct format *fb);

#endif

/* What steps share that round the weight of the main part with data: the objective is
 *
 *     sum over outputs r of (w_r - v_r) G (w_r - v_r)^T,   G = X^T X
 *
 * with the weight w before and the values v after, and the input X of the calibration tokens: the squared
 * error of the output over them. Sums of fixed order, binary64. */
#ifndef SIM_TRANSFORM_RECONSTRUCTION_H
#define SIM_TRANSFORM_RECONSTRUCTION_H

#include "sim/transform/layer.h"

struct reconstruction {
    struct layer *l;
    struct layer_part *p; /* the main one */
    size_t out, n;
    const float *w;        /* [out, n] */
    double *gram;          /* [n, n] */
    float *nearest;        /* the weight as its scheme rounds it */
    struct frozen *frozen; /* its scales */
    double *row;           /* n places */
};

/* y[rows, n] = a[rows, inner] * b[inner, n], every sum from zero in the order of `inner`. */
void matrix_product(const double *a, const double *b, size_t rows, size_t inner, size_t n, double *y);

/* X is the input as it is, or as its scheme has it (`quantized`). STATUS_INVALID where an element of the
 * input or the weight is not finite, where the weight's scheme has no scales to keep (frozen_open), or where
 * the weight is quantized already. Close in any case. */
enum status reconstruction_open(struct reconstruction *r, struct layer *l, bool quantized,
                                struct error *e) MUST_CHECK;
void reconstruction_close(struct reconstruction *r);

/* The objective of one output, of values [out, n]; NaN where a value is not finite. */
double reconstruction_row(const struct reconstruction *r, size_t row, const float *values);
/* Of all. */
double reconstruction_error(const struct reconstruction *r, const float *values);

/* The weight gets these values. The caller's array is taken over. */
void reconstruction_take(struct reconstruction *r, float *values);
/* The same; outputs that are no better than rounded to nearest keep that. For values under the scales that
 * were found for the weight, of which every row may have its own choice. */
void reconstruction_take_rows(struct reconstruction *r, float *values);

/* The key "input" of such steps. */
#define RECONSTRUCTION_INPUT_KEY                                              \
    {                                                                         \
        "input", ARG_WORD, 0, 0, 1, "exact|quantized",                        \
            "whether the data are the input as it is or as its scheme has it" \
    }

#endif

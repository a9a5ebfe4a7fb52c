/* What arrays of multiply-accumulate units share. */
#ifndef SIM_COST_ROLL_UP_H
#define SIM_COST_ROLL_UP_H

#include "sim/cost/cost.h"

/* Base models, in the order of ROLL_UP_BASES. */
#define ROLL_UP_BASES "components|fp8_vs_int8|yosys"

struct roll_up {
    double mac;       /* gates of a unit, its accumulator included */
    const char *unit; /* of gates */
    double flip_flop; /* gates of a register bit, of the same cells */
    double a_bits, b_bits;
};

/* STATUS_SKIP with the base's reason where it does not cover the input. */
enum status roll_up_base(const struct cost_input *in, double base, struct roll_up *out,
                         struct error *e) MUST_CHECK;

/* The matrices of a linear layer, rows x inner and columns x inner. False where the products are not known.
 */
struct roll_up_shape {
    double rows, columns, inner;
};
bool roll_up_shape(const struct cost_input *in, struct roll_up_shape *out);

/* ceil(x / y) of whole numbers. */
double roll_up_folds(double x, double y);

#endif

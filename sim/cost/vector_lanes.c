/* Lanes of a vector unit, each with a multiply-accumulate unit of its own. */
#include "sim/cost/roll_up.h"

enum { LANES, BASE };

static const struct arg_key keys[] = {
    [LANES] = {"lanes", ARG_INTEGER, 32, 1, 65536, NULL, "lanes"},
    [BASE] = {"base", ARG_WORD, 0, 0, 0, ROLL_UP_BASES, "model of the multiply-accumulate unit"},
};

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    const double lanes = arg[LANES];
    struct roll_up u = {0};
    struct roll_up_shape shape;
    *n = 0;
    const enum status s = roll_up_base(in, arg[BASE], &u, e);
    if (s)
        return s;
    const double bits = u.a_bits + u.b_bits, lane = u.mac + bits * u.flip_flop;
    cost_put(out, n, "lane_gates", u.unit, lane);
    cost_put(out, n, "unit_gates", u.unit, lanes * lane);
    cost_put(out, n, "operand_bits_per_cycle", "bit", lanes * bits);
    if (!roll_up_shape(in, &shape))
        return STATUS_OK;
    const double cycles = roll_up_folds(shape.rows * shape.columns, lanes) * shape.inner;
    cost_put(out, n, "cycles", "cycle", cycles);
    cost_put(out, n, "utilisation", "ratio", shape.rows * shape.columns * shape.inner / (cycles * lanes));
    return STATUS_OK;
}

const struct cost_model cost_vector_lanes = {
    .name = "vector_lanes",
    .doc = "Lanes of a vector unit, a multiply-accumulate unit and registers of both operands each, an "
           "output a lane: "
           "gates, bits that operands bring in a cycle; of a linear layer its cycles and how much of the "
           "unit works.",
    .source = "Gates: the base model, and a flip-flop of the same cells for each operand bit; cycles are "
              "counted: an "
              "output takes as many as the inner dimension, no stalls",
    .scope = COST_PAIR,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .of_a_mac = true,
    .cost = cost,
};

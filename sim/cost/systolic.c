/* A systolic array of multiply-accumulate units, outputs staying where they are summed up. */
#include "sim/cost/roll_up.h"

#define CYCLES                                                                                            \
    "Samajdar et al., A systematic methodology for characterizing scalability of DNN accelerators using " \
    "SCALE-Sim, "                                                                                         \
    "ISPASS 2020: (2R + C + T - 2) cycles a fold, T the inner dimension; no stalls"

enum { ROWS, COLUMNS, BASE };

static const struct arg_key keys[] = {
    [ROWS] = {"rows", ARG_INTEGER, 16, 1, 4096, NULL, "rows of the array"},
    [COLUMNS] = {"columns", ARG_INTEGER, 16, 1, 4096, NULL, "its columns"},
    [BASE] = {"base", ARG_WORD, 0, 0, 0, ROLL_UP_BASES, "model of the multiply-accumulate unit"},
};

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    const double rows = arg[ROWS], columns = arg[COLUMNS];
    struct roll_up u = {0};
    struct roll_up_shape shape;
    *n = 0;
    const enum status s = roll_up_base(in, arg[BASE], &u, e);
    if (s)
        return s;
    const double bits = u.a_bits + u.b_bits, pe = u.mac + bits * u.flip_flop;
    cost_put(out, n, "pe_gates", u.unit, pe);
    cost_put(out, n, "pe_register_bits", "bit", bits);
    cost_put(out, n, "array_gates", u.unit, rows * columns * pe);
    cost_put(out, n, "edge_bits_per_cycle", "bit", rows * u.a_bits + columns * u.b_bits);
    if (!roll_up_shape(in, &shape))
        return STATUS_OK;
    const double folds = roll_up_folds(shape.rows, rows) * roll_up_folds(shape.columns, columns);
    const double cycles = folds * (2 * rows + columns + shape.inner - 2);
    cost_put_at(out, n, "cycles", "cycle", cycles, 0, CYCLES);
    cost_put_at(out, n, "utilisation", "ratio",
                shape.rows * shape.columns * shape.inner / (cycles * rows * columns), 0, CYCLES);
    return STATUS_OK;
}

const struct cost_model cost_systolic = {
    .name = "systolic",
    .doc = "Systolic array of rows x columns multiply-accumulate units that pass both operands on in "
           "registers; of a "
           "linear layer its cycles and how much of the array works. Memory and control are not counted.",
    .source =
        "Gates: the base model, and a flip-flop of the same cells for each bit passed on; cycles: " CYCLES,
    .scope = COST_PAIR,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .of_a_mac = true,
    .cost = cost,
};

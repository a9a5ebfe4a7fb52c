/* The transform unit: butterflies of a Hadamard transform. */
#include "sim/cost/component.h"

/* log2 n stages of n/2 butterflies, each a sum and a difference that are a bit wider than what went in. */
struct bill bill_hadamard(int64_t points, int64_t bits)
{
    struct bill b = {.levels = 0};
    for (int64_t n = points; n > 1; n /= 2, bits++) {
        struct bill sum = bill_adder(bits), difference = bill_subtractor(bits), stage = {.levels = 0};
        bill_then(&sum, bill_of(CELL_XOR, 1));
        bill_then(&difference, bill_of(CELL_XOR, 1));
        bill_add(&stage, sum, points / 2);
        bill_add(&stage, difference, points / 2);
        bill_then(&b, stage);
    }
    return b;
}

static const struct arg_key keys[] = {
    {"points", ARG_WORD, 3, 0, 0, "2|4|8|16|32|64|128|256", "numbers that are transformed together"},
    {"bits", ARG_INTEGER, 8, 1, 64, NULL, "bits of each, two's complement"}};

static struct bill transform(const double *arg)
{
    return bill_hadamard(INT64_C(2) << (int)arg[0], (int64_t)arg[1]);
}

const struct component component_transform = {
    "transform",
    "fast Walsh-Hadamard transform, all stages at once, without its factor",
    "counted: log2 n stages of n/2 butterflies (Fino and Algazi, IEEE Trans. Computers C-25, 1976)",
    keys,
    2,
    transform};

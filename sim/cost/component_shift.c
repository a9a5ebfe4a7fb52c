/* Logarithmic shifters and what floats need of them. */
#include "sim/cost/component.h"

#define APPENDIX_B "van Baalen et al., arXiv 2303.17951, appendix B"

/* Stages shift by 1, 2, 4, ..., the last by what is left, `most` in all. In a stage each place that has
 * nothing to take in is an AND, the others are multiplexers: in all the appendix's N ceil(log2(k + 1)) MUX -
 * k (MUX - AND), as long as no stage is longer than the number. */
struct bill bill_shifter(int64_t bits, int64_t most)
{
    struct bill b = {.levels = 0};
    for (int64_t step = 1, left = most; left > 0; left -= step, step *= 2) {
        step = step < left ? step : left;
        const int64_t empty = step < bits ? step : bits;
        struct bill stage = bill_of(CELL_AND, empty);
        bill_add(&stage, bill_of(CELL_MUX, bits - empty), 1);
        bill_then(&b, stage);
    }
    return b;
}

/* The appendix's rule, of 2 bits or more: (N - 2) ceil(log2(k + 1)) MUX + k (MUX + AND). */
struct bill bill_shifter_widening(int64_t bits, int64_t most)
{
    const int64_t stages = bill_log2(most + 1);
    struct bill b = bill_of(CELL_MUX, (bits - 2) * stages + most);
    bill_add(&b, bill_of(CELL_AND, most), 1);
    b.levels = stages;
    return b;
}

struct bill bill_aligner(int64_t bits, int64_t most, int64_t exponent)
{
    struct bill b = bill_subtractor(exponent);
    bill_then(&b, bill_shifter(bits, most));
    bill_then(&b, bill_of(CELL_XOR, bits));
    return b;
}

/* Of two halves: whether there is a bit at all is an OR; the count's first bit is that of the upper half
 * inverted, the others are chosen between the halves' counts. */
struct bill bill_leading_zeros(int64_t bits)
{
    struct bill b = {.levels = 0};
    if (bits < 2)
        return b;
    const int64_t upper = (bits + 1) / 2, lower = bits / 2;
    b = bill_leading_zeros(upper);
    bill_add(&b, bill_leading_zeros(lower), 1);
    struct bill join = bill_of(CELL_MUX, bill_log2(upper));
    bill_add(&join, bill_of(CELL_OR, 1), 1);
    bill_add(&join, bill_of(CELL_INV, 1), 1);
    bill_then(&b, join);
    return b;
}

struct bill bill_normaliser(int64_t bits, int64_t exponent)
{
    struct bill b = bill_leading_zeros(bits), shift = bill_shifter(bits, bits - 1);
    bill_add(&shift, bill_subtractor(exponent), 1);
    bill_then(&b, shift);
    return b;
}

struct bill bill_rounder(int64_t precision, int64_t dropped, int64_t exponent)
{
    struct bill b = {.levels = 0};
    if (dropped < 1)
        return b;
    b = bill_tree(CELL_OR, dropped); /* all but the first behind, and the last bit that stays */
    bill_then(&b, bill_of(CELL_AND, 1));
    bill_then(&b, bill_incrementer(precision - 1 + exponent));
    return b;
}

/* --- descriptors --- */

static const struct arg_key shifter_keys[] = {
    {"bits", ARG_INTEGER, 8, 2, 256, NULL, "bits of the number"},
    {"most", ARG_INTEGER, 7, 0, 4096, NULL, "the most places"},
    {"form", ARG_WORD, 0, 0, 0, "plain|widening", "widening: no bit is lost, the result has bits + most"}};

static struct bill shifter(const double *arg)
{
    const int64_t bits = (int64_t)arg[0], most = (int64_t)arg[1];
    return arg[2] == 0 ? bill_shifter(bits, most) : bill_shifter_widening(bits, most);
}

const struct component component_shifter = {
    "shifter",
    "shift by 0 to so many places: a stage of multiplexers a bit of the amount",
    APPENDIX_B " (plain and widening)",
    shifter_keys,
    3,
    shifter};

static const struct arg_key aligner_keys[] = {
    {"bits", ARG_INTEGER, 24, 1, 256, NULL, "alignment bits: those a term keeps"},
    {"most", ARG_INTEGER, 24, 0, 4096, NULL, "places beyond which nothing of it is left"},
    {"exponent", ARG_INTEGER, 8, 1, 16, NULL, "bits of the exponents whose difference it is"}};

static struct bill aligner(const double *arg)
{
    return bill_aligner((int64_t)arg[0], (int64_t)arg[1], (int64_t)arg[2]);
}

const struct component component_aligner = {
    "aligner",
    "a term moved below the largest exponent, inverted where it is negative",
    APPENDIX_B " (adder, shift); the sign's exclusive ors counted here",
    aligner_keys,
    3,
    aligner};

static const struct arg_key bits_key[] = {{"bits", ARG_INTEGER, 24, 1, 256, NULL, "bits of the number"}};

static struct bill leading_zeros(const double *arg)
{
    return bill_leading_zeros((int64_t)arg[0]);
}

const struct component component_leading_zeros = {
    "leading_zeros",
    "leading-zero counter: halves, their counts chosen by whether the upper one has a bit",
    "Oklobdzija, An algorithmic and novel design of a leading zero detector circuit, IEEE Trans. VLSI 2, "
    "1994",
    bits_key,
    1,
    leading_zeros};

static const struct arg_key normaliser_keys[] = {
    {"bits", ARG_INTEGER, 24, 1, 256, NULL, "bits of the number"},
    {"exponent", ARG_INTEGER, 8, 1, 16, NULL, "bits of its exponent"}};

static struct bill normaliser(const double *arg)
{
    return bill_normaliser((int64_t)arg[0], (int64_t)arg[1]);
}

const struct component component_normaliser = {
    "normaliser",
    "leading zeros counted, shifted out and taken from the exponent",
    "leading_zeros and shifter; appendix B of arXiv 2303.17951 gives no rule for its own",
    normaliser_keys,
    2,
    normaliser};

static const struct arg_key rounder_keys[] = {
    {"precision", ARG_INTEGER, 24, 1, 64, NULL, "significand bits of the result, with the hidden one"},
    {"dropped", ARG_INTEGER, 8, 0, 256, NULL, "bits behind them"},
    {"exponent", ARG_INTEGER, 8, 0, 16, NULL, "bits of the exponent field that a carry runs into"}};

static struct bill rounder(const double *arg)
{
    return bill_rounder((int64_t)arg[0], (int64_t)arg[1], (int64_t)arg[2]);
}

const struct component component_rounder = {
    "rounder",
    "nearest even: sticky bit, decision, increment of fraction and exponent as one number",
    "Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 7.2; increment: " APPENDIX_B,
    rounder_keys,
    3,
    rounder};

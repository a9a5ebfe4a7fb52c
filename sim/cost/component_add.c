/* Adders and what is made of them. */
#include "sim/cost/component.h"

#define WESTE "Weste and Harris, CMOS VLSI Design, 4th ed., chapter 11; "

struct bill bill_adder(int64_t bits)
{
    struct bill b = bill_of(CELL_HALF_ADDER, bits > 0);
    for (int64_t i = 1; i < bits; i++)
        bill_then(&b, bill_of(CELL_FULL_ADDER, 1));
    return b;
}

struct bill bill_incrementer(int64_t bits)
{
    struct bill b = bill_of(CELL_HALF_ADDER, bits);
    b.levels = bits > 0 ? bits : 0;
    return b;
}

struct bill bill_subtractor(int64_t bits)
{
    struct bill b = bill_adder(bits);
    bill_add(&b, bill_of(CELL_INV, bits), 1);
    return b;
}

/* The borrow alone: where two bits differ it is that of the second, else that from below. */
struct bill bill_comparator(int64_t bits)
{
    struct bill b = bill_of(CELL_AND, bits > 0);
    bill_add(&b, bill_of(CELL_INV, bits > 0), 1);
    for (int64_t i = 1; i < bits; i++) {
        bill_add(&b, bill_of(CELL_XOR, 1), 1);
        bill_then(&b, bill_of(CELL_MUX, 1));
    }
    return b;
}

struct bill bill_maximum(int64_t n, int64_t bits)
{
    struct bill one = bill_comparator(bits), b = {.levels = 0};
    bill_then(&one, bill_of(CELL_MUX, bits));
    bill_add(&b, one, n - 1);
    b.levels = n > 1 ? bill_log2(n) * one.levels : 0;
    return b;
}

/* Pairs, then pairs of sums, an odd one passed on. The sum of two signed numbers has a bit more, the
 * exclusive or of both signs and the last carry. */
struct bill bill_adder_tree(int64_t n, int64_t bits)
{
    struct bill b = {.levels = 0};
    for (; n > 1; n = (n + 1) / 2, bits++) {
        struct bill one = bill_adder(bits), row = {.levels = 0};
        bill_then(&one, bill_of(CELL_XOR, 1));
        bill_add(&row, one, n / 2);
        bill_then(&b, row);
    }
    return b;
}

struct bill bill_accumulator(int64_t bits, int64_t guard)
{
    struct bill b = bill_adder(bits);
    bill_then(&b, bill_incrementer(guard));
    bill_add(&b, bill_register(bits + guard), 1);
    return b;
}

/* The sum of the fields has a carry more than they, and so has the sum with the offset, whose constant makes
 * half adders. Zero operands by their exponents, a result below the range to zero, above it to the largest.
 */
struct bill bill_lmul(int64_t exponent, int64_t mantissa)
{
    const int64_t fields = exponent + mantissa;
    struct bill b = bill_adder(fields), zero = {.levels = 0};
    bill_then(&b, bill_incrementer(fields + 1));
    bill_add(&zero, bill_tree(CELL_OR, exponent), 2);
    bill_then(&zero, bill_of(CELL_AND, 1));
    bill_add(&b, zero, 1);
    bill_then(&b, bill_of(CELL_AND, fields));
    bill_then(&b, bill_of(CELL_OR, fields));
    bill_add(&b, bill_of(CELL_XOR, 1), 1);
    return b;
}

/* --- descriptors --- */

static const struct arg_key bits_key[] = {{"bits", ARG_INTEGER, 8, 1, 256, NULL, "bits of each operand"}};

static struct bill adder(const double *arg)
{
    return bill_adder((int64_t)arg[0]);
}

const struct component component_adder = {"adder",
                                          "ripple-carry adder with carry out",
                                          WESTE "(N - 1) full adders and a half adder: van Baalen et al., "
                                                "arXiv 2303.17951, appendix B",
                                          bits_key,
                                          1,
                                          adder};

static const struct arg_key exponent_keys[] = {
    {"exponent", ARG_INTEGER, 4, 1, 16, NULL, "bits of each exponent field"}};

const struct component component_exponent_adder = {
    "exponent_adder",
    "sum of two exponent fields, one bit more than they",
    "an adder: van Baalen et al., arXiv 2303.17951, appendix B",
    exponent_keys,
    1,
    adder};

static struct bill comparator(const double *arg)
{
    return bill_comparator((int64_t)arg[0]);
}

const struct component component_comparator = {
    "comparator",
    "a > b of unsigned numbers: the borrow chain",
    WESTE "11.4, magnitude comparator: the carry of a subtractor without its sums",
    bits_key,
    1,
    comparator};

static const struct arg_key tree_keys[] = {
    {"lanes", ARG_INTEGER, 32, 1, 1024, NULL, "numbers that are added"},
    {"bits", ARG_INTEGER, 8, 1, 256, NULL, "bits of each, two's complement"}};

static struct bill adder_tree(const double *arg)
{
    return bill_adder_tree((int64_t)arg[0], (int64_t)arg[1]);
}

const struct component component_adder_tree = {
    "adder_tree",
    "exact sum of signed numbers: a binary tree of ripple-carry adders, a bit wider each level",
    "counted: an adder a pair",
    tree_keys,
    2,
    adder_tree};

static const struct arg_key accumulator_keys[] = {
    {"bits", ARG_INTEGER, 16, 1, 4096, NULL, "bits of what is added"},
    {"guard", ARG_INTEGER, 12, 0, 64, NULL, "bits beyond them, for many sums"}};

static struct bill accumulator(const double *arg)
{
    return bill_accumulator((int64_t)arg[0], (int64_t)arg[1]);
}

const struct component component_accumulator = {
    "accumulator",
    "fixed-point register and its adder; guard bits take a half adder each",
    "van Baalen et al., arXiv 2303.17951, appendix B (12 guard bits)",
    accumulator_keys,
    2,
    accumulator};

static const struct arg_key lmul_keys[] = {
    {"exponent", ARG_INTEGER, 4, 1, 11, NULL, "bits of the exponent field"},
    {"mantissa", ARG_INTEGER, 3, 0, 52, NULL, "bits of the mantissa field"}};

static struct bill lmul_adder(const double *arg)
{
    return bill_lmul((int64_t)arg[0], (int64_t)arg[1]);
}

const struct component component_lmul_adder = {
    "lmul_adder",
    "L-Mul in the format itself: one sum of the fields, an offset, flush to zero and saturation",
    "Luo and Sun, arXiv 2410.00907, equation 2 (an addition and an offset); the cells counted here",
    lmul_keys,
    2,
    lmul_adder};

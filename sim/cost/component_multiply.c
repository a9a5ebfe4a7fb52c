/* Array multipliers. */
#include "sim/cost/component.h"

/* From the first product through the first row's carries, then down the last column: an AND, (a - 1) + (b -
 * 2) carries and b - 1 sums, of two levels each (Rabaey, Chandrakasan, Nikolic, Digital Integrated Circuits,
 * 2nd ed., 11.4). */
static int64_t array_levels(int64_t a, int64_t b)
{
    return 1 + 2 * ((a - 1) + (b - 2)) + 2 * (b - 1);
}

/* b - 1 rows of a cells. The first adds products alone, its first and last cell have two inputs each; of the
 * other rows the first cell has no carry in: b half adders, a (b - 1) - b full adders. */
struct bill bill_multiplier(int64_t a, int64_t b)
{
    struct bill out = bill_of(CELL_AND, a * b);
    if (a < b)
        return bill_multiplier(b, a);
    if (b < 2)
        return out;
    bill_add(&out, bill_of(CELL_HALF_ADDER, b), 1);
    bill_add(&out, bill_of(CELL_FULL_ADDER, a * (b - 1) - b), 1);
    out.levels = array_levels(a, b);
    return out;
}

struct bill bill_multiplier_rows(int64_t a, int64_t b)
{
    struct bill out = bill_of(CELL_AND, a * b);
    bill_add(&out, bill_of(CELL_FULL_ADDER, (a - 1) * (b - 1)), 1);
    bill_add(&out, bill_of(CELL_HALF_ADDER, b - 1), 1);
    if (b > 1)
        out.levels = array_levels(a, b);
    return out;
}

/* The rows of signs are inverted (a NAND for an AND) and two constants are added. */
struct bill bill_multiplier_signed(int64_t a, int64_t b)
{
    struct bill out = bill_multiplier(a, b);
    const int64_t inverted = a + b - 2;
    out.cells[CELL_AND] -= inverted;
    out.cells[CELL_NAND] += inverted;
    bill_add(&out, bill_of(CELL_HALF_ADDER, 1), 2);
    return out;
}

struct bill bill_scale_multiply(int64_t bits, int64_t exponent, int64_t mantissa)
{
    struct bill b = {.levels = 0};
    if (mantissa > 0) {
        b = bill_multiplier(mantissa + 1, mantissa + 1);
        bill_then(&b, bill_multiplier(bits, 2 * (mantissa + 1)));
    }
    struct bill e = bill_adder(exponent);
    bill_then(&e, bill_adder(exponent + 1));
    bill_add(&b, e, 1);
    return b;
}

/* --- descriptors --- */

static const struct arg_key multiplier_keys[] = {{"a", ARG_INTEGER, 8, 1, 64, NULL, "bits of one operand"},
                                                 {"b", ARG_INTEGER, 8, 1, 64, NULL, "bits of the other"},
                                                 {"form", ARG_WORD, 0, 0, 0, "array|rows|signed",
                                                  "array: the first row is half adders; rows: all rows "
                                                  "alike, as in appendix B; signed: two's complement"}};

static struct bill multiplier(const double *arg)
{
    const int64_t a = (int64_t)arg[0], b = (int64_t)arg[1];
    return arg[2] == 0   ? bill_multiplier(a, b)
           : arg[2] == 1 ? bill_multiplier_rows(a, b)
                         : bill_multiplier_signed(a, b);
}

const struct component component_multiplier = {
    "multiplier",
    "array multiplier: AND gates and rows of ripple-carry adders",
    "Rabaey, Chandrakasan, Nikolic, Digital Integrated Circuits, 2nd ed., 11.4 (N half adders, N (N - 2) "
    "full "
    "adders); rows: van Baalen et al., arXiv 2303.17951, appendix B; signed: Baugh and Wooley, IEEE Trans. "
    "Computers C-22, 1973",
    multiplier_keys,
    3,
    multiplier};

static const struct arg_key scale_keys[] = {
    {"bits", ARG_INTEGER, 16, 1, 256, NULL, "bits of the sum that is scaled"},
    {"exponent", ARG_INTEGER, 8, 1, 16, NULL, "bits of a scale's exponent field"},
    {"mantissa", ARG_INTEGER, 0, 0, 23, NULL, "bits of a scale's mantissa field; 0: a power of two"}};

static struct bill scale_multiply(const double *arg)
{
    return bill_scale_multiply((int64_t)arg[0], (int64_t)arg[1], (int64_t)arg[2]);
}

const struct component component_scale_multiply = {
    "scale_multiply",
    "the scales of two blocks times a sum: exponents added, significands multiplied",
    "counted: adders and array multipliers",
    scale_keys,
    3,
    scale_multiply};

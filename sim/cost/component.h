/* Parts of arithmetic units, each as a bill of cells; what cells cost is in cells.h. One line in
 * sim/cost/components.def a component.
 *
 * Bills are those of plain textbook structures (ripple carry, array multiplier, logarithmic shifter): what a
 * designer who optimises nothing would draw. Speed costs more, and synthesis removes what constants and
 * sharing allow. */
#ifndef SIM_COST_COMPONENT_H
#define SIM_COST_COMPONENT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/arg.h"
#include "sim/base/status.h"

enum cell {
    CELL_INV,
    CELL_NAND,
    CELL_AND,
    CELL_OR,
    CELL_XOR,
    CELL_MUX,
    CELL_AOI, /* AND of two, OR, inverted; or its dual */
    CELL_HALF_ADDER,
    CELL_FULL_ADDER,
    CELL_FLIP_FLOP,
    CELLS
};
extern const char *const cell_names[CELLS];

/* How many of each, and how many lie one behind another on the longest path between registers: levels. A full
 * adder is two levels, of its carry; inverters are none. */
struct bill {
    int64_t cells[CELLS];
    int64_t levels;
};

/* `times` of a part beside what is there. */
void bill_add(struct bill *to, struct bill part, int64_t times);
/* A part behind what is there. */
void bill_then(struct bill *to, struct bill part);
/* n cells side by side. */
struct bill bill_of(enum cell c, int64_t n);
/* A tree of n - 1 cells of two inputs. */
struct bill bill_tree(enum cell c, int64_t n);

/* ceil(log2 n) for n >= 1. */
int64_t bill_log2(int64_t n);

/* --- adding: component_add.c --- */

/* a + b of `bits` each, with the carry: a half adder and bits - 1 full adders. */
struct bill bill_adder(int64_t bits);
/* a + 1 bit. */
struct bill bill_incrementer(int64_t bits);
/* a - b: an adder with one operand inverted. */
struct bill bill_subtractor(int64_t bits);
/* a > b, unsigned. */
struct bill bill_comparator(int64_t bits);
/* The largest of n unsigned numbers. */
struct bill bill_maximum(int64_t n, int64_t bits);
/* The sum of n signed numbers, exactly. */
struct bill bill_adder_tree(int64_t n, int64_t bits);
/* A register of bits + guard that a number of `bits` is added to. */
struct bill bill_accumulator(int64_t bits, int64_t guard);
/* L-Mul: exponent and mantissa fields added as one number, an offset, the sign; zero and overflow. */
struct bill bill_lmul(int64_t exponent, int64_t mantissa);

/* --- multiplying: component_multiply.c --- */

/* a x b bits, unsigned: an array whose first row is half adders. */
struct bill bill_multiplier(int64_t a, int64_t b);
/* The same with all rows alike: b - 1 adders of a bits. */
struct bill bill_multiplier_rows(int64_t a, int64_t b);
/* a x b bits in two's complement (Baugh and Wooley). */
struct bill bill_multiplier_signed(int64_t a, int64_t b);
/* Two scales of an exponent and a mantissa field meet and multiply a sum of `bits`. */
struct bill bill_scale_multiply(int64_t bits, int64_t exponent, int64_t mantissa);

/* --- shifting: component_shift.c --- */

/* `bits` shifted by 0..most places within their width. */
struct bill bill_shifter(int64_t bits, int64_t most);
/* The same into bits + most. */
struct bill bill_shifter_widening(int64_t bits, int64_t most);
/* A term of `bits` shifted by the difference of two exponents, inverted where it is negative. */
struct bill bill_aligner(int64_t bits, int64_t most, int64_t exponent);
/* The number of zeros in front. */
struct bill bill_leading_zeros(int64_t bits);
/* Shifted left until the first bit is set, the exponent lowered by as much. */
struct bill bill_normaliser(int64_t bits, int64_t exponent);
/* Nearest even: `dropped` bits behind `precision`, the carry into the exponent. */
struct bill bill_rounder(int64_t precision, int64_t dropped, int64_t exponent);

/* --- storing and looking up: component_store.c --- */

struct bill bill_register(int64_t bits);
/* 2^bits constants of `width` bits. */
struct bill bill_table(int64_t bits, int64_t width);
/* A code times its scale as a binary32 number. mantissa without hidden bit; exponent 0: an integer. */
struct bill bill_dequantizer(int64_t exponent, int64_t mantissa, int64_t scale_exponent,
                             int64_t scale_mantissa);
/* A binary32 number over a power of two to a code, nearest even, saturating. scale_exponent 0: by itself. */
struct bill bill_quantizer(int64_t exponent, int64_t mantissa, int64_t scale_exponent);

/* --- transforms: component_transform.c --- */

/* The Hadamard transform of 2^k signed numbers, without its factor. */
struct bill bill_hadamard(int64_t points, int64_t bits);

/* --- the registry --- */

struct component {
    const char *name, *doc, *source;
    const struct arg_key *keys;
    size_t n_keys;
    struct bill (*bill)(const double *arg); /* arg[i] is that of keys[i] */
};

size_t component_count(void);
const struct component *component_at(size_t i);
const struct component *component_find(const char *name);
/* NAME[,key=value]... to its bill. STATUS_INVALID names the key, what was found and what is allowed. */
enum status component_parse(const char *text, const struct component **c, struct bill *out,
                            struct error *e) MUST_CHECK;

#endif

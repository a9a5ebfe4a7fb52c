/* What the files of matrix products share. */
#ifndef SIM_ARITH_GEMM_PARTS_H
#define SIM_ARITH_GEMM_PARTS_H

#include "sim/arith/gemm.h"
#include "sim/kernels/kernels.h"

/* Numbers are plain if they have up to 26 bits and lie within 2^-250 .. 2^250, or are zero. Products of two
 * are exact in binary64. */
enum { PLAIN_BITS = 26, PLAIN_EXPONENT = 250 };

/* x in binary64; NaN if it is not plain. */
double plain_value(struct number x);

/* Where every nonzero number of a set lies: multiples of 2^low below 2^high. Empty: low > high. */
struct extent {
    int32_t low, high;
};
#define EXTENT_NONE ((struct extent){INT32_MAX / 4, INT32_MIN / 4})
void extent_add(struct extent *e, double x);
struct extent extent_both(struct extent x, struct extent y);

/* How the codes of a side are read. */
struct reader {
    const struct mac_spec *spec;
    const struct dot_side *side; /* all rows */
    const struct format *f32;
    size_t n, blocks; /* of each row: terms, blocks of scales */
    bool is_f32;
    double *value, *power; /* of every code, of short formats */
};

bool reader_open(struct reader *r, const struct mac_spec *m, const struct dot_side *side, size_t rows,
                 size_t n);
void reader_close(struct reader *r);

/* Where rows of a side go: term k of row i to [i * of_row + k * of_term]. */
struct packed {
    double *value, *power; /* power: the power of two at which units see an operand, 0 of zero; may be NULL */
    size_t of_row, of_term;
    struct extent *extent; /* of the values, added to; may be NULL */
};
/* Rows row .. row + rows - 1, their terms in this order. */
void reader_pack(const struct reader *r, const uint32_t *order, size_t row, size_t rows,
                 const struct packed *out);

/* Whether f is binary32. */
bool format_is_f32(const struct format *f);

/* The products of all pairs of codes, as struct kernel_gemm has them; NULL if there is no memory. */
int32_t *product_table_make(const struct mac_spec *m, const struct format *fa, const struct format *fb,
                            struct extent *extent);

/* In which order n terms are taken, and where they are rounded. */
struct program {
    size_t n, n_steps;
    uint32_t *order;
    struct kernel_gemm_step *steps;
};
bool program_make(struct program *p, const struct mac_spec *m, size_t n);
void program_free(struct program *p);

#endif

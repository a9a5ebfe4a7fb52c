/* What the files of matrix products share. */
#ifndef SIM_ARITH_GEMM_PARTS_H
#define SIM_ARITH_GEMM_PARTS_H

#include <stdatomic.h>

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

/* The products of all pairs of codes, as struct kernel_gemm has them; NULL if there is no memory. *mirrored:
 * the first bits of both codes do nothing but turn the product's sign (of NaN none is asked). */
int32_t *product_table_make(const struct mac_spec *m, const struct format *fa, const struct format *fb,
                            struct extent *extent, bool *mirrored);

/* In which order n terms are taken, and where they are rounded. */
struct program {
    size_t n, n_steps;
    uint32_t *order;
    struct kernel_gemm_step *steps;
};
bool program_make(struct program *p, const struct mac_spec *m, size_t n);
void program_free(struct program *p);

/* --- a product and its tiles --- */

enum { R = KERNEL_GEMM_ROWS, C = KERNEL_GEMM_COLUMNS, SUM_BITS = 53 };

struct work;

struct gemm {
    struct mac_spec spec, inner; /* of the whole; of a block */
    struct gemm_input in;
    const struct kernels *kernels; /* NULL: the definition alone */
    struct kernel_gemm kernel;     /* what all tiles share */
    struct reader a, b;
    int32_t *table;       /* NULL: exact products */
    struct extent extent; /* of its products */
    bool partials, out_is_f32;
    size_t block, blocks;         /* terms of a partial sum; one of all terms without partials */
    struct program whole, tail;   /* of a block and of the last one */
    uint32_t *order;              /* of all terms */
    uint64_t roundings;           /* of one dot product */
    _Atomic(struct work *) spare; /* of the thread that is done, for the next; NULL: none */
};

/* What gemm_rows works in. */
struct work {
    struct kernel_gemm kernel;
    struct kernel_gemm_tile tile;
    double *a, *a_power, *b, *b_power;
    uint8_t *a_code;
    int32_t *b_code;
    struct extent *of_a, of_b, of_c; /* of each R rows; of the columns; of the addends */
    int32_t low, top;                /* of sums in bins */
    float sum[R][C];                 /* under partials */
    double inexact[R][C], beyond[R][C];
    int64_t lost[R][C];
    bool odd[R][C]; /* the definition must tell */
};

static inline int32_t log2_up(size_t n)
{
    int32_t bits = 0;
    while (bits < 63 && ((size_t)1 << bits) < n)
        bits++;
    return bits;
}

static inline size_t least(size_t x, size_t y)
{
    return x < y ? x : y;
}

static inline const struct program *program_of(const struct gemm *g, size_t block)
{
    return block + 1 < g->blocks ? &g->whole : &g->tail;
}

/* Room for GEMM_ROWS_AT_ONCE rows (gemm_tile.c); NULL if there is no memory. */
struct work *work_open(const struct gemm *g);
void work_close(struct work *w);
/* Rows first .. first + n - 1, n <= GEMM_ROWS_AT_ONCE, by kernels. */
void gemm_tiles(const struct gemm *g, struct work *w, size_t first, size_t n, uint32_t *d,
                struct dot_stats *stats);

/* Where a tile lies. */
struct tile_place {
    size_t row, rows, column, columns;
};
/* What becomes of a tile's sums (gemm_sums.c): takes what a kernel says; adds partial sums of the block that
 * begins at term k, under their scales; writes the results into d, the place of the tile's first element in
 * D. */
void tile_note(struct work *w);
void tile_add_partials(const struct gemm *g, struct work *w, const struct tile_place *p, size_t k);
void tile_put(const struct gemm *g, struct work *w, const struct tile_place *p, uint32_t *d,
              struct dot_stats *stats);

#endif

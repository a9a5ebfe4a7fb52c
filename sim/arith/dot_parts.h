/* What the files of dot products share. */
#ifndef SIM_ARITH_DOT_PARTS_H
#define SIM_ARITH_DOT_PARTS_H

#include "sim/arith/dot.h"

struct dot_run {
    const struct mac_spec *spec;
    const struct dot_input *in;
    struct dot_stats *stats;
    const struct format *f32;
    uint64_t step; /* roundings so far */
};

/* The terms first, first + stride, ..., n of them. */
struct dot_range {
    size_t first, stride, n;
};

/* A code as a term: subnormal numbers are at the format's least exponent. */
struct term dot_term(const struct format *f, uint32_t code);
/* Rounds into f, with what the spec says of overflow; counts. */
struct term dot_round(struct dot_run *d, const struct format *f, const struct rounding *r, struct number x);
/* The same into an accumulator, of which faults may flip bits. */
struct term dot_round_sum(struct dot_run *d, const struct format *f, const struct rounding *r,
                          struct number x);
/* Rounds the exact sum of two numbers, neither of them sticky, into an accumulator. */
struct term dot_add(struct dot_run *d, const struct format *f, const struct rounding *r, struct number x,
                    struct number y);
/* An operand's code, and the addend, as they enter: of specs with daz subnormal ones are +0. */
uint32_t dot_operand(const struct mac_spec *m, const struct format *f, uint32_t code);
struct term dot_addend(const struct mac_spec *m, uint32_t code);
/* Sums want numbers of 64 bits. A longer product (logarithmic formats have some) is rounded to odd. */
struct number dot_settled(struct number x);
/* The sum as a code of the spec's out. */
uint32_t dot_result(struct dot_run *d, struct number sum);
/* What a block's partial sum is computed by under scales=partials. */
struct mac_spec dot_partial_spec(const struct dot_run *d);
/* Product k, with scales where the spec takes them inside. */
struct term dot_multiply(struct dot_run *d, size_t k);
/* Both scales of element k under MAC_SCALES_UNIT, without signs; 1 without scales. */
struct term dot_unit_scale(const struct dot_run *d, size_t k);

/* The terms of one part of MAC_SPLIT, a sub-range of all; maybe none. */
struct dot_range dot_part(const struct mac_spec *m, struct dot_range all, size_t part);
/* The steps of MAC_FUSED that n terms take, and the place of term i of a step among them, n or more where
 * there is none (dot_fused.c). */
size_t dot_fused_steps(const struct mac_spec *m, size_t n);
size_t dot_fused_place(const struct mac_spec *m, size_t step, size_t i);
/* All terms of a range onto `start` in groups (dot_fused.c). */
struct term dot_fused(struct dot_run *d, struct dot_range range, struct term start);
/* Partials of blocks times their scales, with the addend; binary32 (dot_scaled.c). */
struct term dot_partials(struct dot_run *d, const struct term *c);
/* An operand that is element * scale * second in binary32 (dot_scaled.c). */
uint32_t dot_dequantized(const struct dot_side *side, size_t k);

static inline struct term dot_zero(void)
{
    return (struct term){.exponent = 0};
}

#endif

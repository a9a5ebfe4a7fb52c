/* What a multiply-accumulate unit of two formats is made of: the structures of sim/rtl as bills of
 * components, part by part. */
#ifndef SIM_COST_MAC_UNIT_H
#define SIM_COST_MAC_UNIT_H

#include "sim/cost/component.h"
#include "sim/spec.h"

/* How products are added up. */
struct mac_sum {
    enum mac_sum_kind {
        SUM_FIXED,   /* a fixed-point register that holds any sum of 2^guard products */
        SUM_INTEGER, /* an integer accumulator of acc_precision bits */
        SUM_ALIGNED  /* terms and accumulator aligned to the largest exponent, cut, added, rounded */
    } kind;
    int64_t lanes; /* products a step */
    int64_t guard; /* SUM_FIXED */
    int64_t acc_precision, acc_exponent;
    int64_t fraction;       /* SUM_ALIGNED: bits kept below the largest exponent */
    int64_t scale_exponent; /* of scales that multiply the sum of a block of `block` products; 0: none */
    int64_t scale_mantissa;
    int64_t block;
};

/* Parts of a unit of sum.lanes products. */
struct mac_unit {
    struct bill product; /* one */
    struct bill align;   /* of all lanes: places of products, largest exponent, shifts, signs */
    struct bill add;     /* tree of lanes and the adder of the accumulator */
    struct bill scale;   /* of all blocks */
    struct bill finish;  /* normalising and rounding into the accumulator */
    int64_t accumulator_bits, register_bits;
};

/* Why the structures do not cover a format (a clause), or NULL: signed or unsigned floats and integers with
 * zero, on a grid of powers of two. */
const char *mac_unit_refuses(const struct format *f);
/* The product alone, exact and not normalised. */
struct bill mac_product(const struct format *a, const struct format *b);
struct mac_unit mac_unit_of(const struct format *a, const struct format *b, const struct mac_sum *s);

#endif

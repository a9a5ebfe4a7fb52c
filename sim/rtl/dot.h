/* The parts of the unit `dot`: what it is made of, as numbers (dot_plan.c), as text (dot_emit*.c), and what
 * it is checked with (dot_vectors.c). */
#ifndef SIM_RTL_DOT_H
#define SIM_RTL_DOT_H

#include "sim/arith/dot.h"
#include "sim/rtl/fields.h"
#include "sim/rtl/pack.h"

enum dot_kind {
    DOT_ALIGNED, /* terms and the accumulator aligned to the largest exponent, cut, added, rounded */
    DOT_ONCE,    /* products added exactly, and the accumulator to that, rounded once */
    DOT_INTEGER, /* an integer accumulator */
    DOT_REGISTER /* a fixed-point register that holds any sum of 2^DOT_GUARD products */
};

#define DOT_GUARD 12

/* One operand. Exponents are rtl_fields' exp, of finite numbers that are not zero; `block` lanes share a
 * scale. */
struct dot_operand {
    const struct format *format, *scale; /* NULL: none */
    struct rtl_fields f, s;
    int least, most, s_least, s_most;
    size_t block;
    int scales; /* of a step */
};

struct dot_plan {
    enum dot_kind kind;
    struct mac_spec step; /* the MAC text of one step, whose result is the accumulator */
    struct dot_operand a, b;
    int lanes, presum;
    bool twos;         /* products are those of two's complement numbers, and stay so */
    bool sign;         /* some products are negative */
    bool nan, inf;     /* whether products are */
    bool fixed;        /* products are placed in fixed point: all but DOT_ALIGNED without presum */
    int product_bits;  /* of a product's magnitude; of the product itself if twos */
    int32_t product_q; /* its last bit's weight; DOT_ALIGNED without presum: below its exponent */
    int sum_bits;      /* of the sum of presum (or, but for DOT_ALIGNED, all) products, with its sign */
    /* DOT_ALIGNED */
    int terms; /* beside the accumulator */
    int unit;  /* lanes that share both scales, or a presum */
    int units;
    int scale_bits;         /* of the product of scales' significands; 0: they are powers of two or none */
    int term_bits;          /* of the magnitude of a term, times scales */
    int32_t term_left;      /* places by which it is shifted to stand at its own exponent; maybe negative */
    int exp_bits, exp_most; /* of products' exponents; 0 bits: terms have their scales' alone */
    int unit_exp_bits;      /* of a unit's largest exponent, of which 0 says that all its terms are zero */
    int one;                /* added to it where it would be 0 otherwise */
    int32_t unit_exp;       /* what the exponent 0 of a unit stands for */
    int32_t acc_exp;        /* the same of the accumulator's exponent field */
    int e_bits;             /* of the largest exponent */
    int unit_offset, acc_offset; /* from either to that */
    int align_bits;              /* of an aligned term, without sign */
    int shift_most;              /* beyond which nothing of a term is left */
    int shift_bits;
    /* DOT_ONCE */
    int32_t low, high; /* places of the accumulator's last bit above the sum's */
    /* the result's magnitude */
    int acc_precision;
    int bits, head, field_bits;
};

/* Why there is no dot unit of s (a clause), or NULL. */
const char *dot_refuses(const struct rtl_spec *s);
/* Kind, parts and widths of a unit that is not refused. */
void dot_plan(const struct rtl_spec *s, struct dot_plan *out);
/* rtl_design's emit and vectors, of what is not refused. */
void dot_emit(const struct rtl_spec *s, const char *top, struct strbuf *out);
void dot_vectors(const struct rtl_spec *s, struct rtl_vectors *v);
/* Bits of the accumulator's port, and of the flags of DOT_REGISTER: NaN, +Inf, -Inf. */
int dot_acc_bits(const struct dot_plan *p);
int dot_flag_bits(const struct dot_plan *p);

#endif

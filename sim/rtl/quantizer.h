/* The parts of the units `quantizer` and `dequantizer`: one value and its block's scale. */
#ifndef SIM_RTL_QUANTIZER_H
#define SIM_RTL_QUANTIZER_H

#include "sim/rtl/fields.h"
#include "sim/rtl/steps.h"

/* Why a scheme has neither unit (a clause), or NULL. */
const char *scaled_refuses(const struct rtl_spec *s);
/* The scale's format; NULL: none. */
const struct format *scaled_scale(const struct quant_spec *q);
/* A block under the scale with this code. */
struct block_scale scaled_block(const struct quant_spec *q, uint32_t code);

struct quantizer_plan {
    const struct quant_spec *q;
    const struct format *scale;
    struct rtl_fields x, s; /* of binary32 and of the scale */
    bool table;             /* the code is looked up by its key, else rounded */
    bool subnormal;    /* subnormal inputs are shifted; else they count as the least normal numbers, which
                          is as far below all codes, or as zero */
    int quotient_bits; /* 0: no division */
    int exp_bits;      /* of the quotient's exponent */
    int64_t exp_min, exp_max, exp_offset; /* the latter is added, so that none is negative */
    int sig_bits;                         /* of the quotient, the last one or-ed from all behind it */
    int64_t q_last;                       /* the quotient is sig * 2^(exp + q_last) */
    struct rtl_keys keys;
};

/* Parts and widths of a unit that scaled_refuses lets pass. */
void quantizer_plan(const struct rtl_spec *s, struct quantizer_plan *out);
/* rtl_design's emit, and below its vectors. */
void quantizer_emit(const struct rtl_spec *s, const char *top, struct strbuf *out);
/* The module TOP__code of keys. */
void quantizer_table_emit(const struct quantizer_plan *p, const char *top, struct strbuf *out);
/* Inputs at and beside every step of the format, special and drawn ones, under scales at the ends, in the
 * middle and between. */
void quantizer_vectors(const struct rtl_spec *s, struct rtl_vectors *v);

#endif

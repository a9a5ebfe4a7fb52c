/* What the files of logarithmic products share. */
#ifndef SIM_RTL_LOGARITHM_PARTS_H
#define SIM_RTL_LOGARITHM_PARTS_H

#include "sim/rtl/logarithm.h"

/* An operand as one integer. */
struct rtl_log_side {
    const struct format *f;
    struct rtl_fields fields;
    bool shifts;   /* it is normalised first */
    int sig_bits;  /* of those: of the significand before */
    int exp_bits;  /* of the exponent */
    int exp_least; /* of a number, and the most of a number, and of a code */
    int exp_most, exp_any;
    int32_t unit; /* 2^unit is the weight of 1.0 at exponent 0 */
    int fraction; /* bits it has */
};

struct rtl_log_shape {
    struct rtl_log_side side[2];
    bool nan, inf, sign, into, masked;
    int m, l, guard; /* fraction bits of the sum: m, and of the real form `guard` more */
    int exp_bits, sig_bits;
    int64_t exp_min, exp_max;
    int32_t q;
};

void rtl_log_shape_of(const struct rtl_log *g, const struct rtl_spec *s, struct rtl_log_shape *z);

#endif

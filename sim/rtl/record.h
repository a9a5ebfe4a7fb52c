/* The exact product of two codes as the unit "product" has it. */
#ifndef SIM_RTL_RECORD_H
#define SIM_RTL_RECORD_H

#include "sim/rtl/fields.h"

/* Outputs nan, inf, sign, exp and sig, each where there is one, value (-1)^sign * sig * 2^(exp + q); of two
 * integers in two's complement p instead, the number without its power of two. */
struct rtl_record {
    struct rtl_fields a, b;
    bool integer, nan, inf, sign;
    int exp_bits, sig_bits;
    int32_t exp_min, exp_max; /* of numbers that are not zero */
    int32_t q;
};

/* The record of a product of codes of fa and fb, neither of them refused by rtl_fields_refuse. */
void rtl_record_of(const struct format *fa, const struct format *fb, struct rtl_record *z);
/* Appends the outputs of a record that is no integer. */
void rtl_record_ports(const struct rtl_record *z, struct rtl_ports *out);

#endif

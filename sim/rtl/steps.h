/* Rounding as steps: what codes numbers of 24 significant bits become, upward. */
#ifndef SIM_RTL_STEPS_H
#define SIM_RTL_STEPS_H

#include "formats/format.h"

/* Numbers in order: (2^23 + k mod 2^23) * 2^(floor(k / 2^23) + lowest - 23), or, if `binary32`, the binary32
 * number with the bits k, zero and subnormal ones among them. */
struct rtl_keys {
    bool binary32;
    int32_t lowest;
    uint64_t most; /* the last key */
};

/* From this key on numbers have this code. */
struct rtl_step {
    uint64_t key;
    uint32_t code;
};

#define RTL_STEPS_MAX \
    264 /* of formats of at most 8 bits: every code of the sign, and those beyond the range */

/* The number with this key, 0..k->most, and this sign. */
struct number rtl_key_value(const struct rtl_keys *k, uint64_t key, bool negative);
/* The steps of one sign, found by bisection: the numbers that become one code are neighbours. The first is at
 * key 0. Returns how many; f has at most 8 bits. */
int rtl_steps(const struct format *f, const struct rounding *r, bool negative, const struct rtl_keys *k,
              struct rtl_step out[static RTL_STEPS_MAX]);

#endif

/* The end of units whose result is a code: a module that rounds a number once, as format_round does. */
#ifndef SIM_RTL_ROUND_H
#define SIM_RTL_ROUND_H

#include "sim/rtl/verilog.h"

/* The module's inputs: (-1)^sign * sig * 2^(exp + q), sig and exp unsigned, exp of exp_min..exp_max or, where
 * sig is 0, anything; or NaN, or an infinity, where sig and exp may be anything. */
struct rtl_number {
    bool nan, inf, sign; /* whether there is such an input */
    int exp_bits;        /* 0: no input exp, which counts as 0 */
    int64_t exp_min, exp_max;
    int sig_bits;
    int64_t q;
    bool normalised; /* the first bit of sig is set, or sig is zero; where it is flushed into a float with
                        exponent bits, a number whose first bit is clear is zero whatever the others are */
};

struct rtl_rounder {
    struct rtl_number in;
    struct format into;
    struct rounding rounding;
    bool flush; /* of `into` with normal numbers: what lies below the least of them is zero before rounding */
};

/* Why no module rounds into f under r (a clause), or NULL. */
const char *rtl_round_refuse(const struct format *f, const struct rounding *r);
/* The module `top` with inputs nan, inf, sign, exp and sig, each where there is one, and the output y, a code
 * of `into`. */
void rtl_round_emit(const struct rtl_rounder *r, const char *top, struct strbuf *out);
/* In a module with inputs a and b and the output y: the module TOP__product with `outputs`, and TOP__round,
 * which takes `in` of them. */
void rtl_pair_emit(const char *top, const struct rtl_ports *outputs, const struct rtl_number *in,
                   struct strbuf *out);
/* Adds these ports. */
void rtl_round_ports(const struct rtl_number *in, struct rtl_ports *out);

#endif

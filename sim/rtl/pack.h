/* From a magnitude to a code: the last steps of units whose result is rounded. */
#ifndef SIM_RTL_PACK_H
#define SIM_RTL_PACK_H

#include "sim/rtl/verilog.h"

/* What is added to the last digit kept: from the sign, the first digit cut (half), whether one behind it is
 * set (rest), and the last digit, each as Verilog. The one place that has the modes. */
#define RTL_UP_TEXT (4 * VERILOG_TEXT)
void rtl_goes_up(enum round_mode mode, const char *sign, const char *half, const char *rest, const char *last,
                 char out[static RTL_UP_TEXT]);

/* How codes of a float with subnormal numbers, or of an integer, are made. A significand of `precision` bits
 * with an exponent field f >= 1 stands for a normal number, or, where its first bit is 0, for a subnormal one
 * (f is 1 then) or zero. Integers, and floats without an exponent field, are all subnormal but for the first
 * half of their top binade; any f above 1 is beyond them. */
struct rtl_pack {
    const struct format *format;
    int precision, magnitude_bits;
    uint32_t most[2]; /* the largest magnitude of a code, of positive and negative numbers */
    uint32_t over[2]; /* the codes of numbers beyond it */
    enum round_mode mode;
    bool ftz;
    int field_bits; /* of f */
    int bits;       /* of the significand; those behind its first `precision` are rounded */
};

/* The parts of it that follow from the format: all but mode, over, ftz, and the widths of the input. */
void rtl_pack_of(const struct format *f, struct rtl_pack *out);
/* The module TOP__round: sign, f and x to code. */
void rtl_pack_emit(const char *top, const struct rtl_pack *p, struct strbuf *out);

/* The module TOP__normalise: x of `bits` bits, not negative, shifted left until its first digit comes first
 * or f, which starts at the number `field` (signed, of field_bits bits) and falls by one a place, is 1. In
 * front of x there are `head` zeros, which `field` counts. If it is below 1, nothing is shifted; with more
 * zeros in front than a result has digits that changes nothing. y has bits + head bits, at least `least`. */
struct rtl_normalise {
    int bits, head, field_bits, least;
};
int rtl_normalise_bits(const struct rtl_normalise *n); /* of y */
void rtl_normalise_emit(const char *top, const struct rtl_normalise *n, struct strbuf *out);

#endif

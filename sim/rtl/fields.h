/* A code as hardware takes it apart: every number is
 *
 *     (-1)^sign * sig * 2^(exp + q) * stretch
 *
 * with sig and exp of floats and integers read from the code without normalising: the hidden bit of a float
 * is whether its exponent field is not zero, and exp is that field, or 1 where the hidden bit is 0; a NaN or
 * an infinity has the sig and exp that its code would have if the format had no special values. Formats that
 * are neither floats nor integers are looked up in a table of normalised numbers (table.h). sig is zero for
 * zeros alone, and for NaN. */
#ifndef SIM_RTL_FIELDS_H
#define SIM_RTL_FIELDS_H

#include "sim/rtl/verilog.h"

struct rtl_fields {
    bool sign, nan, inf; /* whether the format has them */
    bool zero;           /* whether it has zeros */
    int exp_bits;        /* 0: all numbers have one exponent, exp counts as 0 */
    int sig_bits;
    int32_t exp_min, exp_max; /* of numbers that are not zero */
    int32_t q;
    float stretch; /* 1 where the format has none */
};

/* One code. */
struct rtl_code {
    bool sign, nan, inf;
    uint32_t exp, sig;
};

/* Why a code of f has no such fields (a clause), or NULL. */
const char *rtl_fields_refuse(const struct format *f);
/* The same of both operands of s, and of schemes that are not one element format. */
const char *rtl_operands_refuse(const struct rtl_spec *s);
/* The fields of all codes of f, which must not be refused. */
void rtl_fields_of(const struct format *f, struct rtl_fields *out);
/* One code of f taken apart, as the wires of rtl_fields_emit have it; fields that f lacks are 0. */
struct rtl_code rtl_code_of(const struct format *f, uint32_t code);

/* The wires NAME_sign, NAME_exp, NAME_sig, NAME_nan and NAME_inf of the code in the vector NAME, each where
 * the format has it. */
void rtl_fields_emit(const struct format *f, const char *name, struct strbuf *out);

/* The wires NAME_nan and NAME_inf alone. */
void rtl_specials_emit(const struct format *f, const char *name, struct strbuf *out);

/* The lines of all pairs of codes: a, b, and the code in s->mac.args.into that product p ends in. */
void rtl_put_products(const struct product *p, const struct rtl_spec *s, struct rtl_vectors *v);

/* Bits of the code of f in NAME, which is no vector if the code has one bit. Returns out. */
const char *rtl_code_bits(const struct format *f, const char *name, int hi, int lo,
                          char out[static VERILOG_TEXT]);

/* Whether f is an integer with two's complement codes. */
bool rtl_is_twos(const struct format *f);

#endif

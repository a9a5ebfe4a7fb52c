/* What the units of L-Mul's forms and of Mitchell's product share. An operand is (1 + fraction 2^-m)
 * 2^exponent, its exponent and fraction fields one integer; integers of both operands are added, where a
 * product would multiply significands.
 *
 * The module ends in a code of args.into, as sim/arith/logarithm.h has it, or without `into` in a record:
 * nan, inf and sign, each where there is one, exp and sig, value (-1)^sign * sig * 2^(exp + q); exp is the
 * exponent of the emulator's term up to a constant where the first bit of sig is its first digit. */
#ifndef SIM_RTL_LOGARITHM_H
#define SIM_RTL_LOGARITHM_H

#include "sim/rtl/fields.h"
#include "sim/rtl/round.h"

/* What becomes of the sum of the fractions. */
enum rtl_antilog {
    RTL_ANTILOG_BITS, /* with l, an offset is added; carries run into the exponent */
    RTL_ANTILOG_REAL, /* one and an offset are added; the exponent stays */
    RTL_ANTILOG_FPGA  /* the published circuit's four cases */
};

struct rtl_log {
    const char *product; /* its name in sim/products.def */
    enum rtl_antilog antilog;
    bool offset; /* 2^-l */
};

/* rtl_design's functions, of the form g; refuse returns a clause or NULL, the others are of what is not
 * refused. */
const char *rtl_log_refuse(const struct rtl_log *g, const struct rtl_spec *s);
void rtl_log_ports(const struct rtl_log *g, const struct rtl_spec *s, struct rtl_ports *out);
void rtl_log_emit(const struct rtl_log *g, const struct rtl_spec *s, const char *top, struct strbuf *out);
void rtl_log_vectors(const struct rtl_log *g, const struct rtl_spec *s, struct rtl_vectors *v);

/* The same as functions of a design's own file, whose form is `g`, and the members of its descriptor that
 * they are. */
#define RTL_LOG_FUNCTIONS(g)                                                        \
    static const char *refuses(const struct rtl_spec *s)                            \
    {                                                                               \
        return rtl_log_refuse(&g, s);                                               \
    }                                                                               \
    static void ports(const struct rtl_spec *s, struct rtl_ports *out)              \
    {                                                                               \
        rtl_log_ports(&g, s, out);                                                  \
    }                                                                               \
    static void emit(const struct rtl_spec *s, const char *top, struct strbuf *out) \
    {                                                                               \
        rtl_log_emit(&g, s, top, out);                                              \
    }                                                                               \
    static void vectors(const struct rtl_spec *s, struct rtl_vectors *v)            \
    {                                                                               \
        rtl_log_vectors(&g, s, v);                                                  \
    }
#define RTL_LOG_MEMBERS .refuses = refuses, .ports = ports, .emit = emit, .vectors = vectors

#endif

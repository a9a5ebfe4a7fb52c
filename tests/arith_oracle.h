/* Operations by GNU MPFR: the exact result, its code in a format by the proof's oracles, and what IEEE 754
 * says was raised. Shares no code with formats/ beyond the parameters in struct format. */
#ifndef TESTS_ARITH_ORACLE_H
#define TESTS_ARITH_ORACLE_H

#include "formats/arith.h"
#include "sim/proof/ladder_oracle.h"
#include "sim/proof/oracle.h"

enum raised {
    RAISED_INVALID = 1,
    RAISED_DIVISION = 2,
    RAISED_OVERFLOW = 4,
    RAISED_UNDERFLOW = 8,
    RAISED_INEXACT = 16
};

struct arith_want {
    uint32_t code, raised;
};

/* Of results in one format. */
struct arith_oracle {
    const struct format *f;
    bool ladder, has_negative;
    struct rungs rungs;
    struct oracle_case number, unbounded; /* unbounded: the exponent range goes on below */
    struct format twin;                   /* whose case that is */
    struct ladder_case on_ladder;
    mpfr_t value[3], whole, kept, x, least, most, delivered; /* x: the result, or its first bits and a mark */
    enum operation op;
    bool is_nan_given;
    bool beyond_64_bits; /* the last result and an irrational boundary differ beyond 64 bits alone */
};

/* f: a float or integer, or a list of values of at most 16 bits. */
void arith_oracle_open(struct arith_oracle *o, const struct format *f);
void arith_oracle_close(struct arith_oracle *o);
/* A value as MPFR's. */
void arith_oracle_value(mpfr_ptr out, const struct format *f, uint32_t code);
/* op on codes of the formats `from`. */
void arith_oracle_set(struct arith_oracle *o, enum operation op, const struct format *const from[3],
                      const uint32_t code[3]);
/* The result under r; carry, half and the peculiar rules of -0 are not known here. */
struct arith_want arith_oracle_want(struct arith_oracle *o, const struct rounding *r, uint32_t random);
/* How the first two operands compare. */
enum relation arith_oracle_relation(const struct arith_oracle *o);

/* What counts of one operation say. */
uint32_t arith_raised(const struct operation_counts *counts);

#endif

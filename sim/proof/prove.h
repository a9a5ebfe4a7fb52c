/* The definition against MPFR at the decision points of a format.
 *
 * Decision points: the value of each code, each place where rounding changes over (to nearest; stochastic,
 * for the random words used), two binary32 neighbours on both sides of each, a point somewhere between them,
 * both signs; zero, infinities, NaN and the extremes of binary32.
 *
 * Why they cover all inputs. Between two of them no value of the format lies and no change-over, so the right
 * code is the same all the way: neighbours, their codes and the side of the boundary are. The definition's
 * code between two points where it is right is right too if the definition is monotone: in door.c the integer
 * part of |x| / 2^q never falls as |x| grows, and for one integer part goes_up compares (fraction, sticky)
 * with one threshold; in ladder.c the rank found by search never falls as x grows, and goes_high compares x
 * with one boundary. That order is checked too, from each point to the next, in every mode. */
#ifndef SIM_PROOF_PROVE_H
#define SIM_PROOF_PROVE_H

#include <stdio.h>

#include "formats/format.h"
#include "sim/proof/ladder_oracle.h"
#include "sim/proof/oracle.h"

enum prove_dimension {
    PROVE_FAMILY, /* formats by family, in the order of families.def */
    PROVE_POINT,
    PROVE_SIGN,
    PROVE_SIDE,
    PROVE_MODE,
    PROVE_HALF,
    PROVE_CARRY,
    PROVE_SR_KIND,
    PROVE_SR_BITS,
    PROVE_RANDOM,
    PROVE_OVERFLOW,
    PROVE_NAN,
    PROVE_NEG_ZERO,
    PROVE_FTZ,
    PROVE_ORDER, /* comparisons of a point with the next, by mode */
    PROVE_DIMENSIONS
};
enum { PROVE_MEMBERS = 16 };

struct prove_coverage {
    uint64_t count[PROVE_DIMENSIONS][PROVE_MEMBERS];
    uint64_t inputs, conversions;
};

/* How many members a dimension has, its name, and theirs. */
size_t prove_members(enum prove_dimension d);
const char *prove_dimension_name(enum prove_dimension d);
const char *prove_member_name(enum prove_dimension d, size_t member);
void prove_coverage_add(struct prove_coverage *to, const struct prove_coverage *from);
/* One line a dimension; returns how many members were never met. */
size_t prove_coverage_print(const struct prove_coverage *c, FILE *out);

typedef void prove_failed(void *context, const struct format *f, const struct rounding *r, const char *text);

/* One thread's work: MPFR's exponent range is a thread's own. */
struct prover {
    int mode; /* enum round_mode, or -1: all */
    uint64_t seed;
    prove_failed *failed;
    void *context;
    uint64_t failures;
    struct prove_coverage covered;
    struct oracle_case number;
    struct ladder_case ladder;
    mpfr_t x;
};
void prover_open(struct prover *p); /* the first five members are the caller's, zeros and -1 otherwise */
void prover_close(struct prover *p);

/* A format under proof. */
struct proof {
    const struct format *f;
    uint64_t gaps; /* values of one sign, or rungs; of formats above 16 bits a spread of them */
    uint64_t stride;
    struct rungs rungs; /* ladders of at most list_bits, whole; of longer ones windows are made */
};
void proof_open(struct proof *proof, const struct format *f, int list_bits);
void proof_close(struct proof *proof);

/* Everything about the value `gap` and the way to the next one. */
void prove_gap(struct prover *p, const struct proof *proof, uint64_t gap);
/* Zero, infinities, NaN, extremes, and what lies beyond both ends; not of ladders in windows. */
void prove_specials(struct prover *p, const struct proof *proof);

#endif

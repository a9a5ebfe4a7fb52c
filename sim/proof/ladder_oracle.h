/* What GNU MPFR says of formats given by a list of values: the definitions of the tapered families restated,
 * and rounding among a sorted list. Shares no code with formats/ beyond the parameters in struct format. */
#ifndef SIM_PROOF_LADDER_ORACLE_H
#define SIM_PROOF_LADDER_ORACLE_H

#include <mpfr.h>
#include <stddef.h>

#include "formats/format.h"

/* Differences of values that fit +-2^1000 and have 53 bits, and their products with 34 bits, are exact. */
enum { LADDER_PRECISION = 2200 };

/* The real number that a code of `bits` bits of the family of f stands for; NaN and infinities as MPFR's. */
void ladder_define(mpfr_ptr out, const struct format *f, uint64_t code, int bits);
/* Its value as the program defines it: the nearest of 53 significant bits. */
double ladder_define_value(const struct format *f, uint32_t code);
/* The k of a logarithmic number. */
int64_t ladder_lns_log(const struct format *f, uint32_t code);

struct rung {
    double value;
    uint32_t code;
};

/* Neighbouring finite values, upward. */
struct rungs {
    const struct format *f;
    struct rung *at;
    size_t n;
    bool whole; /* all there are: else a window, and nothing is known beyond it */
};

/* All values of a format of up to 16 bits, sorted; or those of the given codes. */
struct rungs rungs_all(const struct format *f);
struct rungs rungs_of(const struct format *f, const uint32_t *codes, size_t n, bool whole);
void rungs_free(struct rungs *r);

/* Where rounding to nearest changes over between r->at[i] and r->at[i + 1]. If *just_beyond, the boundary
 * itself belongs to the neighbour of smaller magnitude in every mode to nearest. */
void rungs_boundary(mpfr_ptr out, const struct rungs *r, size_t i, bool *just_beyond);

/* A finite nonzero x among the rungs. */
struct ladder_case {
    const struct rungs *rungs;
    size_t low; /* x lies between low and low + 1, or is low if exact */
    bool exact, above, below;
    double next;      /* above or below: the imagined rung there */
    int side;         /* x against the boundary */
    bool near;        /* within 2^-24 of it */
    bool near_unsure; /* on the brink of that, with a boundary that the program does not hold whole */
    bool negative;
    mpfr_t x, boundary, share, width, scratch; /* share: x less the neighbour of smaller magnitude */
};

struct ladder_want {
    uint32_t code, events;
};

void ladder_case_init(struct ladder_case *c);
void ladder_case_clear(struct ladder_case *c);
/* Returns false if the window does not hold x. */
bool ladder_case_set(struct ladder_case *c, const struct rungs *r, mpfr_srcptr x);
struct ladder_want ladder_case_encode(struct ladder_case *c, const struct rounding *r, uint32_t random);
/* Zero, infinities and NaN; r must be whole. */
struct ladder_want ladder_special(const struct rungs *rungs, enum number_class class, bool negative,
                                  const struct rounding *r, uint32_t random);

#endif

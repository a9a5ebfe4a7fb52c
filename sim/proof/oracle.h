/* The first rung of truth: what GNU MPFR says a format's code must be. Shares no code with formats/ beyond
 * the parameters in struct format. */
#ifndef SIM_PROOF_ORACLE_H
#define SIM_PROOF_ORACLE_H

#include <mpfr.h>

#include "formats/format.h"

#define ORACLE_PRECISION \
    400 /* a binary32 value and its neighbours in any format span less than 2^-150 .. 2^130 */

/* The neighbours of a finite nonzero x among the values of f with the range unbounded above, and their
 * (unbounded) magnitude codes. */
struct oracle_case {
    bool negative, exact;
    mpfr_t x, low, high; /* magnitudes: low <= |x| <= high */
    uint64_t low_code, high_code;
    int side; /* |x| against the midpoint: -1, 0, 1; valid if not exact */
};

void oracle_case_init(struct oracle_case *c);
void oracle_case_clear(struct oracle_case *c);
/* Sets c from x (finite, nonzero) for f. */
void oracle_case_set(struct oracle_case *c, const struct format *f, mpfr_srcptr x);

/* Whether the case goes to its upper neighbour (in magnitude) under the mode. */
bool oracle_rounds_up(const struct oracle_case *c, const struct rounding *r, uint32_t random);
/* The code of the case, rounded as `up` says, under the policies of r. */
uint32_t oracle_encode(const struct oracle_case *c, bool up, const struct format *f,
                       const struct rounding *r);
/* The code of a special: zero, infinity or NaN. */
uint32_t oracle_encode_special(enum number_class class, bool negative, const struct format *f,
                               const struct rounding *r);
/* The value of a code by its definition; NaN and infinities as MPFR's. */
void oracle_decode(mpfr_ptr out, const struct format *f, uint32_t code);

#endif

/* What GNU MPFR says of a whole tensor under a scheme: every scale, code and value, from the documented
 * meaning of the keys. Shares with formats/ and sim/quant the parameters of a quant_spec and the random
 * numbers alone; groups are found by index arithmetic. Codecs, statistics and fits are proven elsewhere. */
#ifndef TESTS_SCALING_ORACLE_H
#define TESTS_SCALING_ORACLE_H

#include "sim/quant/quant.h"
#include "sim/proof/oracle.h"

/* The texts of tests/scaling_schemes.def. */
size_t scaling_scheme_count(void);
const char *scaling_scheme_at(size_t i);

struct scaling_want {
    size_t elements, scales, outers, stored, side_bits;
    uint32_t *codes, *scale; /* malloced */
    float *values;
};

void scaling_oracle(const struct quant_spec *q, const struct quant_input *in, struct scaling_want *want);
void scaling_want_free(struct scaling_want *want);

/* What was compared so far. */
struct scaling_checked {
    size_t elements, scales;
};

/* Fails the test unless quantize does as the oracle says; adds to *sum. */
void scaling_check(const char *scheme, const struct quant_spec *q, const struct quant_input *in,
                   struct scaling_checked *sum);

/* The magnitude, relative to a power of two, from which rule `name` takes the next power of two: the scale is
 * the least 2^k with amax < threshold * 2^k (strict) or amax <= it. False if the rule is none of these. */
bool scaling_threshold(mpfr_ptr out, const char *name, const struct format *element, mpfr_srcptr top,
                       bool *strict);

#endif

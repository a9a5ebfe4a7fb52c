/* The fields of a takum, linear or logarithmic. */
#ifndef FORMATS_TAKUM_H
#define FORMATS_TAKUM_H

#include "formats/tapered.h"

struct takum_fields {
    int characteristic; /* -255 .. 254 */
    uint64_t mantissa;  /* in units of 2^-64; the last 36 bits are 0 */
};

/* Of a code of `bits` bits (up to 33) whose top bit is clear. */
struct takum_fields takum_split(uint64_t code, int bits);

/* For by_name: a takum of the family from PREFIX N, PREFIX the first of `prefixes` in the canonical name. */
bool takum_by_name(const struct format_family *family, const char *const *prefixes, const char *doc,
                   const char *name, struct format *out, const char **why);
const char *takum_problem(const struct format *f);

#endif

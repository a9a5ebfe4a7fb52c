/* What the files of the float family share. */
#ifndef FORMATS_FLOAT_H
#define FORMATS_FLOAT_H

#include "formats/format.h"

/* The names that float_by_name takes (formats/float_names.c). */
#define FLOAT_NAME_RULES                                                                                     \
    "eXmY and ueXmY (X 0..11), p3109_kKpPAB or binaryKpPAB (K 3..16; A s or u; B e or f), cfloat8_1_4_3bN, " \
    "cfloat8_1_5_2bN and cfloat16_shpbN (N 0..63)"

bool float_by_name(const char *name, struct format *out, const char **why);

/* Gives f a bias in -2^24 .. 2^24 that need not be an integer: sets bias, real_bias and stretch. A fraction
 * whose power of two rounds to 1 or 1/2 in binary32 counts as none. */
void float_set_bias(struct format *f, float bias);

#endif

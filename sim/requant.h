/* Requantizers: an int32 accumulator times a real scale, as integer inference computes it. One file in
 * sim/arith/ and one line in sim/requants.def each. They differ in the last place, so a run names one. */
#ifndef SIM_REQUANT_H
#define SIM_REQUANT_H

#include <stddef.h>

#include "formats/format.h"

/* Parameters, of those requantizers alone that set `dyadic`. Zero-initialised: 31 bits, c up to 62, floor. */
struct requant_args {
    int b_bits;   /* b < 2^b_bits: 1..31; 0 means 31 */
    int c_max;    /* c <= c_max: 1..62; 0 means 62 */
    bool nearest; /* half is added before the shift, so that ties go up; else the shift is a floor */
};

/* A scale as a unit holds it: mantissa * 2^exponent, mantissa >= 0. */
struct multiplier {
    int32_t mantissa;
    int exponent;
};

struct requant {
    const char *name, *doc, *citation;
    bool dyadic;
    /* The multiplier nearest to a scale, by the published rule. NULL, or why there is none; *out is then left
     * alone. No libm: from the bits of `scale`. */
    const char *(*multiplier)(const struct requant_args *args, double scale, struct multiplier *out);
    /* Total for multipliers of the function above. A result beyond int32 is the nearest int32, and adds
     * EVENT_SATURATED to *events. */
    int32_t (*apply)(const struct requant_args *args, struct multiplier m, int32_t x, uint32_t *events);
};

size_t requant_count(void);
const struct requant *requant_at(size_t i);
const struct requant *requant_find(const char *name); /* NULL if unknown */

#endif

/* Synthetic dumps from GSL distributions, by counter-based random numbers: same seed, same bytes.
 *
 * Value (r, c) is quantile(u) * scale, times outlier_factor in an outlier column, rounded once to binary32. u
 * is the midpoint of one of 2^52 equal cells of (0, 1), chosen by random numbers of element r * columns + c
 * alone, so that values depend neither on order nor on threads. Exactly round(outlier_share * columns)
 * columns (half away from zero) are outliers; every set of that many is equally likely. */
#ifndef SIM_DUMP_SYNTH_H
#define SIM_DUMP_SYNTH_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

struct synth_spec {
    const char *distribution; /* a name of the registry */
    double parameter; /* degrees of freedom of student-t, sigma of log-normal, ...; NaN = the default */
    double scale;     /* multiplies every value; 1 */
    size_t rows, columns;
    double outlier_share;  /* of the columns; 0 = none */
    double outlier_factor; /* multiplies those columns; 1 or 0 where there are none */
    uint64_t seed;
};

struct synth_distribution {
    const char *name, *doc, *parameter; /* what the parameter means, NULL if it has none */
    double parameter_default, parameter_min, parameter_max;
    double (*quantile)(double p, double parameter); /* of the distribution with unit scale, 0 < p < 1 */
};

size_t synth_count(void);
const struct synth_distribution *synth_at(size_t i);
const struct synth_distribution *synth_find(const char *name);

/* rows x columns binary32 values, the last index fastest. STATUS_INVALID for an unknown distribution, for
 * arguments out of range or without effect, and for values beyond binary32. */
enum status synth_fill(const struct synth_spec *s, float *out, struct error *e) MUST_CHECK;

#endif

/* Synthetic dumps from GSL distributions, by counter-based random numbers: same seed, same bytes. */
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
    double outlier_share, outlier_factor; /* share of columns multiplied by the factor; 0 = none */
    uint64_t seed;
};

struct synth_distribution {
    const char *name, *doc, *parameter; /* what the parameter means, NULL if it has none */
    double parameter_default;
    double (*quantile)(double p, double parameter); /* of the distribution with unit scale, 0 < p < 1 */
};

size_t synth_count(void);
const struct synth_distribution *synth_at(size_t i);
const struct synth_distribution *synth_find(const char *name);

/* rows x columns binary32 values. STATUS_INVALID for an unknown distribution or a parameter out of range. */
enum status synth_fill(const struct synth_spec *s, float *out, struct error *e) MUST_CHECK;

#endif

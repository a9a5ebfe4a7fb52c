#include <string.h>

#include "sim/metric/parts.h"

/* The bits without the sign count the steps from zero; two places are less than 2^33 apart. */
static int64_t place(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    int64_t steps = (int64_t)(bits & 0x7fffffffu);
    return bits >> 31 ? -steps : steps;
}

static double value(const struct metric_input *in)
{
    int64_t top = 0;
    if (in->moments.lost)
        return HUGE_VAL;
    for (size_t i = 0; i < in->n; i++)
        if (parts_keeps(in->x[i], in->y[i])) {
            int64_t d = place(in->y[i]) - place(in->x[i]);
            d = d < 0 ? -d : d;
            top = d > top ? d : top;
        }
    return in->moments.x.n ? (double)top : (double)NAN;
}

const struct metric metric_max_ulp = {
    .name = "max_ulp",
    .unit = "ulp",
    .formula = "max |o(y) - o(x)|, o(v) = place of v on the ordered line of binary32 values",
    .doc = "Largest distance from x to y counted in steps between neighbouring binary32 "
           "values, subnormal ones included; -0 and +0 are one place. Infinite where an element was lost.",
    .better = "lower",
    .of = "error",
    .value = value,
};

/* The nearest integer, ties to the even one, whatever the rounding mode of the machine. */
#ifndef SIM_TRANSFORM_NEAREST_H
#define SIM_TRANSFORM_NEAREST_H

#include <math.h>

static inline double nearest_even(double x)
{
    const double below = floor(x), rest = x - below;
    return below + (rest > 0.5 || (rest == 0.5 && fmod(below, 2) != 0));
}

#endif

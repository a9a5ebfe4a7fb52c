/* The monotonic clock. */
#ifndef SIM_BASE_CLOCK_H
#define SIM_BASE_CLOCK_H

#include <time.h>

/* Seconds from some moment in the past. */
static inline double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif

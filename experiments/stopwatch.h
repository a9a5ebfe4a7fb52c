/* How long work takes that several threads do at once. */
#ifndef EXPERIMENTS_STOPWATCH_H
#define EXPERIMENTS_STOPWATCH_H

#include <stddef.h>

#include "sim/base/status.h"

struct timed_work {
    int threads;
    size_t passes; /* of each thread, one after the other */
    void *context;
    void (*prepare)(void *context, int thread); /* before each pass, not timed; may be NULL */
    enum status (*work)(void *context, int thread, struct error *e);
};

/* The threads start together once all are prepared for their first pass; *seconds is what the slowest spent
 * in `work`, all passes together. */
enum status stopwatch_run(const struct timed_work *w, double *seconds, struct error *e) MUST_CHECK;

struct spread {
    double median, min, max;
};
/* Of n > 0 values; sorts them. */
struct spread spread_of(double *values, size_t n);

#endif

/* A pool of threads over independent tasks, with one consumer. */
#ifndef SIM_BASE_POOL_H
#define SIM_BASE_POOL_H

#include <stdatomic.h>
#include <stddef.h>

#include "sim/base/status.h"

/* Runs work(context, worker, i) for every i in [0, tasks) on `jobs` threads; worker is 0..jobs-1. Tasks start
 * in order of i. When *stop becomes nonzero no further task starts; those under way finish. done(context, i)
 * is called for every finished task, one at a time, on the calling thread (a single writer), in the order in
 * which tasks finish; idle(context) about five times a second while it waits. Both may be NULL. A negative
 * return of done stops the pool like *stop. Returns STATUS_INTERRUPTED if stopped early. */
struct pool_job {
    size_t tasks;
    int jobs;
    void *context;
    void (*work)(void *context, int worker, size_t i);
    int (*done)(void *context, size_t i);
    void (*idle)(void *context);
    const atomic_int *stop; /* may be NULL */
};

enum status pool_run(const struct pool_job *job, struct error *e) MUST_CHECK;

/* Processors available to this process. */
int pool_default_jobs(void);

#endif

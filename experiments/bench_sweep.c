/* What a run of a study does with one tensor: many schemes, cell after cell, on a pool of threads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/bench.h"
#include "experiments/progress.h"
#include "sim/base/clock.h"
#include "sim/base/pool.h"
#include "sim/kernels/kernels.h"
#include "sim/scheme.h"

static const char *const elements[] = {
    "e4m3,scale=e8m0,scale_rule=floor",
    "e5m2,scale=e8m0,scale_rule=floor",
    "e3m2,scale=e8m0,scale_rule=floor",
    "e2m3,scale=e8m0,scale_rule=floor",
    "e2m1,scale=e8m0,scale_rule=floor",
    "e3m0,scale=e8m0,scale_rule=floor",
    "int8,codes=twos,fraction=6,scale=e8m0,scale_rule=floor",
    "e2m1,scale=e8m0,scale_rule=rceil",
    "e4m3,scale=e8m0,scale_rule=even",
    "e2m1,scale=e4m3,second=tensor",
    "int4,scale=e4m3,second=tensor",
    "e3m2,scale=e5m2",
    "int8,scale=fp16",
    "int6,scale=fp16",
    "int4,scale=fp16",
    "int3,scale=bf16",
    "e4m3,scale=fp32",
    "int8,scale=fp32",
    "int5,scale=fp32",
    "nf4,scale=fp32",
};
/* 32 comes first: a quick sweep has no other. */
static const int blocks[] = {32, 8, 16, 24, 48, 64, 96, 128, 256, 512};

enum {
    ELEMENTS = sizeof elements / sizeof *elements,
    BLOCKS = sizeof blocks / sizeof *blocks,
    START = 1 << 14, /* numbers */
};

struct sweep {
    struct bench *b;
    struct quant_spec *specs;
    size_t n_specs, n; /* schemes, numbers */
    int jobs;
    struct subject subject;
    enum status *status; /* of each worker */
    struct error *errors;
};

static enum status parse(struct sweep *w, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < w->n_specs && !s; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s,block=%d", elements[i % ELEMENTS], blocks[i / ELEMENTS]);
        s = scheme_parse(text, &w->specs[i], e);
    }
    return s;
}

/* Schemes that go over the tensor together, at most 64: groups of one size, as many for each worker. */
static size_t together(const struct sweep *w)
{
    const size_t jobs = (size_t)w->jobs, share = (w->n_specs + jobs - 1) / jobs;
    const size_t groups = jobs * ((share + 63) / 64);
    return (w->n_specs + groups - 1) / groups;
}

static void group(void *context, int worker, size_t i)
{
    struct sweep *w = context;
    size_t size = together(w), first = i * size, n = w->n_specs - first < size ? w->n_specs - first : size;
    if (!w->status[worker])
        w->status[worker] = bench_cells(w->specs + first, n, &w->subject, &w->errors[worker]);
}

static enum status all_cells(void *context, int thread, struct error *e)
{
    struct sweep *w = context;
    (void)thread;
    struct pool_job job = {.tasks = (w->n_specs + together(w) - 1) / together(w),
                           .jobs = w->jobs,
                           .context = w,
                           .work = group,
                           .stop = w->b->o->stop};
    enum status s = pool_run(&job, e);
    for (int i = 0; i < w->jobs && !s; i++)
        if (w->status[i])
            s = error_set(e, w->status[i], "%s", w->errors[i].text);
    return s == STATUS_INTERRUPTED ? error_set(e, s, "bench: stopped") : s;
}

/* Seconds that an element takes under all schemes, each alone over numbers in the second-level cache: the
 * best of some passes. */
static enum status alone(struct sweep *w, double *seconds, struct error *e)
{
    enum { N = 1 << 16, PASSES = 3 };
    struct subject small;
    bench_subject(w->b->x, N, &small);
    *seconds = 0;
    for (size_t i = 0; i < w->n_specs; i++) {
        double best = HUGE_VAL;
        for (int pass = 0; pass < PASSES; pass++) {
            if (w->b->o->stop && *w->b->o->stop)
                return error_set(e, STATUS_INTERRUPTED, "bench: stopped");
            double start = clock_seconds();
            enum status s = bench_cells(&w->specs[i], 1, &small, e);
            if (s)
                return s;
            best = fmin(best, clock_seconds() - start);
        }
        *seconds += best / N;
    }
    return STATUS_OK;
}

/* As many numbers as fit the time, 2^24 at most (2^18 if quick), a power of two. */
static void settle(struct sweep *w, double alone)
{
    const struct bench_options *o = w->b->o;
    size_t most = (size_t)1 << (o->quick ? 18 : 24);
    double longest = o->quick ? 0.3 : 3;
    while (most > w->b->room)
        most /= 2;
    w->n = START < most ? START : most;
    while (2 * w->n <= most && alone * 2 * (double)w->n / w->jobs <= longest)
        w->n *= 2;
    bench_subject(w->b->x, w->n, &w->subject);
}

static enum status measure(struct sweep *w, struct bench_row *out, struct error *e)
{
    struct timed_work work = {.threads = 1, .passes = 1, .context = w, .work = all_cells};
    struct spread seconds;
    double single = 0, cells = (double)w->n_specs;
    enum status s = parse(w, e);
    if (!s)
        s = bench_next(w->b, "sweep", "one tensor", w->jobs, e);
    if (!s)
        s = alone(w, &single, e);
    if (!s)
        settle(w, single);
    if (!s)
        s = bench_repeat(w->b, &work, &seconds, e);
    if (s)
        return s;
    double ns = 1e9 / ((double)w->n * cells);
    *out = (struct bench_row){.name = "sweep",
                              .size = "one tensor",
                              .elements = w->n,
                              .schemes = w->n_specs,
                              .threads = w->jobs,
                              .ns = {seconds.median * ns, seconds.min * ns, seconds.max * ns},
                              .bytes = 8,
                              .ratio = seconds.median / (single * (double)w->n / w->jobs),
                              .to = "its cells alone in L2",
                              .isa = kernels_best()->isa};
    return STATUS_OK;
}

enum status bench_sweep(struct bench *b, struct bench_row *out, struct error *e)
{
    struct sweep w = {.b = b, .n_specs = b->o->quick ? ELEMENTS : ELEMENTS * BLOCKS, .jobs = b->o->jobs};
    w.specs = calloc(w.n_specs, sizeof *w.specs);
    w.status = calloc((size_t)w.jobs, sizeof *w.status);
    w.errors = calloc((size_t)w.jobs, sizeof *w.errors);
    enum status s = w.specs && w.status && w.errors ? measure(&w, out, e)
                                                    : error_set(e, STATUS_INTERNAL, "out of memory");
    free(w.specs);
    free(w.status);
    free(w.errors);
    return s;
}

/* What a run of a study does with one tensor: many schemes, cell after cell, on a pool of threads. */
#include <stdlib.h>
#include <string.h>

#include "experiments/bench.h"
#include "experiments/progress.h"
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

static void cell(void *context, int worker, size_t i)
{
    struct sweep *w = context;
    if (!w->status[worker])
        w->status[worker] =
            bench_cell(&w->specs[i], w->b->x, w->b->y + (size_t)worker * w->n, w->n, &w->errors[worker]);
}

/* All cells on the pool. */
static enum status all_cells(void *context, int thread, struct error *e)
{
    struct sweep *w = context;
    (void)thread;
    struct pool_job job = {
        .tasks = w->n_specs, .jobs = w->jobs, .context = w, .work = cell, .stop = w->b->o->stop};
    enum status s = pool_run(&job, e);
    for (int i = 0; i < w->jobs && !s; i++)
        if (w->status[i])
            s = error_set(e, w->status[i], "%s", w->errors[i].text);
    return s == STATUS_INTERRUPTED ? error_set(e, s, "bench: stopped") : s;
}

/* Each cell alone, on this thread. */
static enum status alone(struct sweep *w, double *seconds, struct error *e)
{
    double start = progress_clock();
    for (size_t i = 0; i < w->n_specs; i++) {
        if (w->b->o->stop && *w->b->o->stop)
            return error_set(e, STATUS_INTERRUPTED, "bench: stopped");
        enum status s = bench_cell(&w->specs[i], w->b->x, w->b->y, w->n, e);
        if (s)
            return s;
    }
    *seconds = progress_clock() - start;
    return STATUS_OK;
}

/* As many numbers as fit the time, 2^24 at most (2^18 if quick), a power of two; and the time of the cells
 * alone. */
static enum status settle(struct sweep *w, double *seconds, struct error *e)
{
    const struct bench_options *o = w->b->o;
    size_t most = (size_t)1 << (o->quick ? 18 : 24);
    double each = o->quick ? 0.15 : 2, longest = each * w->jobs < 3 * each ? each * w->jobs : 3 * each;
    while (most * (size_t)w->jobs > w->b->room)
        most /= 2;
    w->n = START < most ? START : most;
    for (;;) {
        size_t more = w->n;
        enum status s = alone(w, seconds, e);
        while (!s && 2 * more <= most && *seconds * 2 * (double)more / (double)w->n <= longest)
            more *= 2;
        if (s || more == w->n)
            return s;
        w->n = more;
    }
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
        s = settle(w, &single, e);
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
                              .ratio = seconds.median / single,
                              .to = "its cells alone",
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

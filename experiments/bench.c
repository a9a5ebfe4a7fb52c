/* Memory: two arrays of 2^26 numbers (2^22 if quick), or 2^16 for each thread if that is more. Numbers are
 * 2^20 Gaussian ones, over and over; nothing that is measured could learn them. What works in place is given
 * them afresh before each pass. */
#include "experiments/bench.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "sim/dump/synth.h"
#include "sim/kernels/kernels.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"

enum { TILE = 1 << 20, L2 = 1 << 16, PART = 1 << 10 };

enum kind { READ, COPY, ADD, QUANTIZE, CELL };

struct bench_case {
    const char *name, *scheme;
    enum kind kind;
};

static const struct bench_case cases[] = {
    {"read", NULL, READ},
    {"copy", NULL, COPY},
    {"add", NULL, ADD},
    {"e4m3", "e4m3", QUANTIZE},
    {"e5m2", "e5m2", QUANTIZE},
    {"e2m1", "e2m1", QUANTIZE},
    {"bf16", "bf16", QUANTIZE},
    {"fp16", "fp16", QUANTIZE},
    {"int8,per=tensor", "int8,per=tensor", QUANTIZE},
    {"mxfp8_e4m3", "mxfp8_e4m3", QUANTIZE},
    {"mxfp4", "mxfp4", QUANTIZE},
    {"mxint8", "mxint8", QUANTIZE},
    {"nvfp4", "nvfp4", QUANTIZE},
    {"nf4,block=64", "nf4,block=64", QUANTIZE},
    {"e4m3,round=sr", "e4m3,round=sr", QUANTIZE},
    {"int4,block=32,scale=fp16", "int4,block=32,scale=fp16", QUANTIZE},
    {"posit8", "posit8", QUANTIZE},
    {"e4m3+metrics", "e4m3", CELL},
    {"mxfp8_e4m3+metrics", "mxfp8_e4m3", CELL},
    {"nvfp4+metrics", "nvfp4", CELL},
};
enum { CASES = sizeof cases / sizeof *cases };

/* Where the numbers lie. */
enum place { IN_L2, IN_DRAM, PLACES };
static const char *const place_names[PLACES] = {"L2", "DRAM"};

static size_t name_count(void)
{
    return CASES + bench_gemm_count() + 1;
}

static const char *name_at(size_t i)
{
    if (i < CASES)
        return cases[i].name;
    return i < CASES + bench_gemm_count() ? bench_gemm_name(i - CASES) : "sweep";
}

static bool wanted(const struct bench_options *o, size_t i)
{
    return !o->only || !fnmatch(o->only, name_at(i), 0);
}

/* --- what is measured --- */

struct measured {
    const struct bench *b;
    enum kind kind;
    struct quant_spec spec;
    size_t n;           /* of each thread */
    struct part *parts; /* of each thread */
};

static void fill(const float *tile, float *out, size_t n)
{
    for (size_t i = 0; i < n; i += TILE)
        memcpy(out + i, tile, (n - i < TILE ? n - i : TILE) * sizeof *out);
}

/* What a thread works with; made anew when the number of elements changes. */
struct part {
    size_t n;
    struct subject subject;      /* of cells */
    struct quantizer *quantizer; /* of quantizing: opened and begun */
    struct error error;
    enum status status;
};

static float *numbers(const struct measured *m, int thread)
{
    return (m->kind == CELL ? m->b->x : m->b->y) + (size_t)thread * m->n;
}

static bool needs_range(const struct quant_spec *q)
{
    return q->scaling.per == PER_TENSOR || q->scaling.second == SECOND_TENSOR;
}

static void open_part(const struct measured *m, struct part *p, float *x)
{
    struct quant_input in = {.rank = 1, .shape = {m->n}, .seed = 1, .stream = 1};
    struct quant_output out = {.wants = QUANT_VALUES};
    struct quant_range range = {.finite = false};
    p->n = m->n;
    if (m->kind == CELL)
        bench_subject(x, m->n, &p->subject);
    if (m->kind != QUANTIZE)
        return;
    quantizer_close(p->quantizer);
    quant_range_add(&range, x, m->n);
    p->status = quantizer_open(&m->spec, &in, &out, &p->quantizer, &p->error);
    if (!p->status)
        p->status = quantizer_begin(p->quantizer, &range, NULL, &p->error);
}

static void prepare(void *context, int thread)
{
    const struct measured *m = context;
    struct part *p = &m->parts[thread];
    if (m->kind == ADD || m->kind == QUANTIZE)
        fill(m->b->tile, numbers(m, thread), m->n);
    if (p->n != m->n)
        open_part(m, p, numbers(m, thread));
}

/* Values in place, with a pass for the range where the scheme needs that of the whole tensor. */
static enum status quantize_in_place(const struct quant_spec *q, struct part *p, float *x, struct error *e)
{
    struct quant_range range = {.finite = false};
    if (p->status)
        return error_set(e, p->status, "%s", p->error.text);
    if (needs_range(q))
        quant_range_add(&range, x, p->n);
    quantizer_piece(p->quantizer, 0, p->n, x, x);
    return STATUS_OK;
}

void bench_subject(float *x, size_t n, struct subject *out)
{
    *out = (struct subject){
        .view = {.name = "bench", .dtype = DTYPE_F32, .rank = 1, .shape = {n}}, .x = x, .n = n};
    tensor_set_c_order(&out->view);
    snprintf(out->hash, sizeof out->hash, "%064d", 1);
    quant_range_add(&out->range, x, n);
    metric_facts_of(x, n, n, &out->facts);
}

enum status bench_cells(const struct quant_spec *specs, size_t n, const struct subject *subject,
                        struct error *e)
{
    static const char *const names[] = {"mse", "sqnr_db", "cosine", "max_abs_error", "saturated", "flushed"};
    enum { METRICS = sizeof names / sizeof *names, TOGETHER = 64 };
    const struct metric *metrics[METRICS];
    double values[TOGETHER][METRICS];
    struct cell_request requests[TOGETHER];
    struct cell_result results[TOGETHER];
    struct cell_job jobs[TOGETHER];
    for (size_t i = 0; i < METRICS; i++)
        metrics[i] = metric_find(names[i]);
    for (size_t first = 0; first < n; first += TOGETHER) {
        size_t now = n - first < TOGETHER ? n - first : TOGETHER;
        for (size_t i = 0; i < now; i++) {
            requests[i] = (struct cell_request){.subject = subject,
                                                .spec = &specs[first + i],
                                                .seed = 1,
                                                .metrics = metrics,
                                                .n_metrics = METRICS};
            results[i] = (struct cell_result){.metrics = values[i]};
            jobs[i] = (struct cell_job){.request = &requests[i], .result = &results[i]};
        }
        enum status s = pipeline_cells(jobs, now, NULL, e);
        for (size_t i = 0; i < now && !s; i++)
            if (jobs[i].status)
                s = error_set(e, jobs[i].status, "%s", jobs[i].error.text);
        if (s)
            return s;
    }
    return STATUS_OK;
}

static enum status work(void *context, int thread, struct error *e)
{
    const struct measured *m = context;
    const struct kernels *k = kernels_best();
    float *x = m->b->x + (size_t)thread * m->n, *y = m->b->y + (size_t)thread * m->n;
    switch (m->kind) {
    case READ:
        k->read(x, m->n);
        return STATUS_OK;
    case COPY:
        k->copy(x, y, m->n);
        return STATUS_OK;
    case ADD:
        k->add(y, m->n, 1);
        return STATUS_OK;
    case QUANTIZE:
        return quantize_in_place(&m->spec, &m->parts[thread], y, e);
    default:
        return bench_cells(&m->spec, 1, &m->parts[thread].subject, e);
    }
}

/* --- how --- */

enum status bench_next(struct bench *b, const char *name, const char *size, int threads, struct error *e)
{
    if (b->o->stop && *b->o->stop)
        return error_set(e, STATUS_INTERRUPTED, "bench: stopped");
    b->done++;
    if (b->o->progress) {
        fprintf(b->o->progress, "\rbench: %d/%d %s %s, %d thread%s\033[K", b->done, b->total, name, size,
                threads, threads == 1 ? "" : "s");
        fflush(b->o->progress);
    }
    return STATUS_OK;
}

enum status bench_repeat(const struct bench *b, const struct timed_work *w, struct spread *seconds,
                         struct error *e)
{
    double all[BENCH_REPETITIONS];
    for (size_t i = 0; i < BENCH_REPETITIONS; i++) {
        if (b->o->stop && *b->o->stop)
            return error_set(e, STATUS_INTERRUPTED, "bench: stopped");
        enum status s = stopwatch_run(w, &all[i], e);
        if (s)
            return s;
    }
    *seconds = spread_of(all, BENCH_REPETITIONS);
    return STATUS_OK;
}

static size_t part_of(const struct bench *b, enum place place, int threads)
{
    size_t dram = (size_t)1 << (b->o->quick ? 22 : 26), part = dram / (size_t)threads / PART * PART;
    return place == IN_L2 ? L2 : part ? part : PART;
}

/* Finds how many elements, up to those of the place, take at most a twentieth of a second (but at least as
 * many as lie in L2), and how many passes over them some thousandths at least: the warm-up. If quick, less.
 */
static enum status settle(const struct bench *b, struct measured *m, size_t most, struct timed_work *w,
                          struct error *e)
{
    const double longest = b->o->quick ? 0.01 : 0.05, shortest = b->o->quick ? 0.0005 : 0.002;
    bool again = false; /* once more, since something else may have run meanwhile */
    size_t start = b->o->quick ? L2 / 2 : L2;
    m->n = start < most ? start : most;
    for (;;) {
        double seconds;
        enum status s = stopwatch_run(w, &seconds, e);
        if (s)
            return s;
        bool ends = 2 * seconds > longest || (m->n == most && seconds >= shortest);
        if (ends && again)
            return STATUS_OK;
        again = ends;
        if (ends)
            continue;
        if (m->n < most)
            m->n = 2 * m->n < most ? 2 * m->n : most;
        else
            w->passes *= 2;
    }
}

static enum status measure(struct bench *b, const struct bench_case *c, enum place place, int threads,
                           struct bench_row *out, struct error *e)
{
    struct measured m = {.b = b, .kind = c->kind, .parts = calloc((size_t)threads, sizeof(struct part))};
    struct timed_work w = {.threads = threads, .passes = 1, .context = &m, .prepare = prepare, .work = work};
    struct spread seconds;
    enum status s = m.parts ? bench_next(b, c->name, place_names[place], threads, e)
                            : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && c->scheme)
        s = scheme_parse(c->scheme, &m.spec, e);
    if (!s)
        s = settle(b, &m, part_of(b, place, threads), &w, e);
    if (!s)
        s = bench_repeat(b, &w, &seconds, e);
    for (int i = 0; i < threads && m.parts; i++)
        quantizer_close(m.parts[i].quantizer);
    free(m.parts);
    if (s)
        return s;
    double ns = 1e9 / ((double)m.n * threads * (double)w.passes);
    *out = (struct bench_row){.name = c->name,
                              .size = place_names[place],
                              .elements = m.n * (size_t)threads,
                              .schemes = 1,
                              .threads = threads,
                              .ns = {seconds.median * ns, seconds.min * ns, seconds.max * ns},
                              .bytes = c->kind == READ ? 4 : 8,
                              .to = "add",
                              .isa = kernels_best()->isa};
    return STATUS_OK;
}

/* --- one after the other --- */

struct output {
    enum status (*row)(void *context, const struct bench_row *r, struct error *e);
    void *context;
};

/* The limit in place at both sizes, with one thread and with all. */
struct limits {
    struct bench_row add[PLACES][2];
};

static int thread_counts(const struct bench *b)
{
    return b->o->jobs > 1 ? 2 : 1;
}

static enum status measure_limits(struct bench *b, struct limits *l, struct error *e)
{
    enum status s = STATUS_OK;
    for (enum place place = IN_L2; place < PLACES; place++)
        for (int t = 0; t < thread_counts(b) && !s; t++)
            s = measure(b, &cases[ADD], place, t ? b->o->jobs : 1, &l->add[place][t], e);
    return s;
}

static void clear_progress(const struct bench *b)
{
    if (b->o->progress)
        fputs("\r\033[K", b->o->progress);
}

static enum status hand_over(const struct bench *b, const struct output *out, const struct bench_row *r,
                             struct error *e)
{
    clear_progress(b);
    return out->row(out->context, r, e);
}

static enum status measure_case(struct bench *b, const struct bench_case *c, const struct limits *l,
                                const struct output *out, struct error *e)
{
    enum status s = STATUS_OK;
    for (enum place place = IN_L2; place < PLACES; place++)
        for (int t = 0; t < thread_counts(b) && !s; t++) {
            struct bench_row row = l->add[place][t];
            if (c->kind != ADD)
                s = measure(b, c, place, t ? b->o->jobs : 1, &row, e);
            row.ratio = row.ns.median / l->add[place][t].ns.median;
            if (!s)
                s = hand_over(b, out, &row, e);
        }
    return s;
}

static enum status measure_gemms(struct bench *b, const struct output *out, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < bench_gemm_count(); i++)
        for (int t = 0; wanted(b->o, CASES + i) && t < thread_counts(b) && !s; t++) {
            struct bench_row row;
            struct error why = {{0}};
            s = bench_gemm(b, i, t ? b->o->jobs : 1, &row, &why);
            if (s && s != STATUS_SKIP)
                error_set(e, s, "%s", why.text);
            else
                s = s ? STATUS_OK : hand_over(b, out, &row, e);
        }
    return s;
}

static enum status measure_all(struct bench *b, const struct output *out, struct error *e)
{
    struct limits limits;
    struct bench_row row;
    const size_t sweep = CASES + bench_gemm_count();
    size_t chosen = 0, gemms = 0;
    for (size_t i = 0; i < CASES; i++)
        chosen += i != ADD && wanted(b->o, i);
    for (size_t i = CASES; i < sweep; i++)
        gemms += wanted(b->o, i);
    b->total = thread_counts(b) * (PLACES * (int)(1 + chosen) + (int)gemms) + wanted(b->o, sweep);
    enum status s = chosen || wanted(b->o, ADD) ? measure_limits(b, &limits, e) : STATUS_OK;
    for (size_t i = 0; i < CASES && !s; i++)
        if (wanted(b->o, i))
            s = measure_case(b, &cases[i], &limits, out, e);
    if (!s)
        s = measure_gemms(b, out, e);
    if (s || !wanted(b->o, sweep))
        return s;
    s = bench_sweep(b, &row, e);
    return s ? s : hand_over(b, out, &row, e);
}

static enum status open(struct bench *b, struct error *e)
{
    const struct synth_spec gaussian = {.distribution = "gaussian",
                                        .parameter = (double)NAN,
                                        .scale = 1,
                                        .rows = 1,
                                        .columns = TILE,
                                        .seed = 1};
    for (enum place place = IN_L2; place < PLACES; place++) {
        size_t all = part_of(b, place, b->o->jobs) * (size_t)b->o->jobs, one = part_of(b, place, 1);
        b->room = all > b->room ? all : b->room;
        b->room = one > b->room ? one : b->room;
    }
    b->tile = malloc(TILE * sizeof *b->tile);
    b->x = malloc(b->room * sizeof *b->x);
    b->y = malloc(b->room * sizeof *b->y);
    if (!b->tile || !b->x || !b->y)
        return error_set(e, STATUS_INTERNAL, "bench: out of memory for two arrays of %zu MiB%s",
                         b->room * sizeof *b->x >> 20, b->o->quick ? "" : "; --quick takes less");
    enum status s = synth_fill(&gaussian, b->tile, e);
    if (!s) {
        fill(b->tile, b->x, b->room);
        fill(b->tile, b->y, b->room);
    }
    return s;
}

enum status bench_check(const struct bench_options *o, struct error *e)
{
    size_t chosen = 0;
    for (size_t i = 0; i < name_count(); i++)
        chosen += wanted(o, i);
    return chosen ? STATUS_OK : list_unknown("benchmark", o->only, name_count(), name_at, e);
}

enum status bench_run(const struct bench_options *o,
                      enum status (*row)(void *context, const struct bench_row *r, struct error *e),
                      void *context, struct error *e)
{
    struct bench b = {.o = o};
    enum status s = open(&b, e);
    if (!s)
        s = measure_all(&b, &(struct output){row, context}, e);
    clear_progress(&b);
    free(b.tile);
    free(b.x);
    free(b.y);
    return s;
}

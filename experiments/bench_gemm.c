/* Matrix products under modelled accumulators, beside the definition in the same run. */
#include <stdlib.h>
#include <string.h>

#include "experiments/bench.h"
#include "sim/arith/gemm.h"
#include "sim/kernels/kernels.h"
#include "sim/mac.h"

static const struct gemm_case {
    const char *name, *mac, *format;
} gemms[] = {
    {"gemm:h100_wgmma_fp8:e4m3", "h100_wgmma_fp8", "e4m3"},
    {"gemm:h100_mma_fp8:e4m3", "h100_mma_fp8", "e4m3"},
    {"gemm:h100:fp16", "h100", "fp16"},
    {"gemm:fma_fp32:fp32", "fma_fp32", "fp32"},
    {"gemm:exact:fp32", "exact", "fp32"},
    {"gemm:exact:e4m3", "exact", "e4m3"},
    {"gemm:exact:e5m2", "exact", "e5m2"},
    {"gemm:int32:int8", "sequential,acc=int32", "int8"},
    {"gemm:int16-wrap:int8", "sequential,acc=int16,overflow=wrap", "int8"},
    {"gemm:lmul-fp32:e4m3", "sequential,acc=fp32,product=lmul_bits", "e4m3"},
    {"gemm:lmul-exact:e4m3", "exact,product=lmul_bits", "e4m3"},
    {"gemm:openblas:fp32", "fma_fp32", "fp32"}, /* beside the definition of one order of many */
};
enum { GEMMS = sizeof gemms / sizeof *gemms };

size_t bench_gemm_count(void)
{
    return GEMMS;
}

const char *bench_gemm_name(size_t i)
{
    return gemms[i].name;
}

/* Of every thread its own product of the same operands. */
struct product_work {
    struct blas *blas; /* NULL: kernels multiply */
    struct mac_spec mac;
    struct format format;
    struct gemm_input in;
    uint32_t *a, *b, *d;
};

static enum status by_kernels(void *context, int thread, struct error *e)
{
    const struct product_work *p = context;
    (void)e;
    gemm(&p->mac, &p->in, p->d + (size_t)thread * p->in.rows * p->in.columns, NULL);
    return STATUS_OK;
}

static enum status by_blas(void *context, int thread, struct error *e)
{
    const struct product_work *p = context;
    (void)e;
    bench_blas_multiply(p->blas, (const float *)p->a, (const float *)p->b, p->in.rows, p->in.n,
                        (float *)p->d + (size_t)thread * p->in.rows * p->in.columns);
    return STATUS_OK;
}

/* Few rows and columns: it takes as long for each product as for many. */
static enum status by_definition(void *context, int thread, struct error *e)
{
    const struct product_work *p = context;
    struct gemm_input few = p->in;
    (void)thread;
    (void)e;
    few.rows = 1;
    few.columns = BENCH_DEFINED_COLUMNS;
    dot_gemm(&p->mac, &few, p->d, NULL);
    return STATUS_OK;
}

static enum status open(struct product_work *p, const struct bench *b, const struct gemm_case *c, size_t side,
                        size_t n, int threads, struct error *e)
{
    enum status s = mac_parse(c->mac, &p->mac, e);
    if (s)
        return s;
    if (!format_by_name(c->format, &p->format, NULL))
        return error_set(e, STATUS_INTERNAL, "no format %s", c->format);
    p->a = malloc(side * n * sizeof *p->a);
    p->b = malloc(side * n * sizeof *p->b);
    p->d = malloc((size_t)threads * side * side * sizeof *p->d);
    if (!p->a || !p->b || !p->d)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    const struct rounding nearest = {.mode = ROUND_RNE};
    const float wide = p->format.family == &family_int ? 32 : 1; /* integers of ordinary size */
    for (size_t i = 0; i < side * n; i++) {
        p->a[i] = format_round(&p->format, number_from_f32(b->tile[i] * wide), &nearest, 0).code;
        p->b[i] = format_round(&p->format, number_from_f32(b->tile[side * n + i] * wide), &nearest, 0).code;
    }
    p->in = (struct gemm_input){.a = {.format = &p->format, .codes = p->a},
                                .b = {.format = &p->format, .codes = p->b},
                                .rows = side,
                                .columns = side,
                                .n = n};
    return STATUS_OK;
}

static enum status measure(struct product_work *p, struct bench *b, const char *name, int threads,
                           struct bench_row *out, struct error *e)
{
    struct timed_work fast = {
        .threads = threads, .passes = 1, .context = p, .work = p->blas ? by_blas : by_kernels};
    struct timed_work slow = {.threads = 1, .passes = 1, .context = p, .work = by_definition};
    struct spread seconds, defined;
    const char *size = b->o->quick ? "64x64x512" : "256x256x1024";
    enum status s = bench_next(b, name, size, threads, e);
    if (!s)
        s = fast.work(p, 0, e); /* warms up */
    if (!s)
        s = bench_repeat(b, &fast, &seconds, e);
    if (!s)
        s = bench_repeat(b, &slow, &defined, e);
    if (s)
        return s;
    size_t products = p->in.rows * p->in.columns * p->in.n * (size_t)threads;
    double ns = 1e9 / (double)products, one = 1e9 / (double)(BENCH_DEFINED_COLUMNS * p->in.n);
    *out = (struct bench_row){.name = name,
                              .size = size,
                              .elements = products,
                              .schemes = 1,
                              .threads = threads,
                              .ns = {seconds.median * ns, seconds.min * ns, seconds.max * ns},
                              .ratio = seconds.median * ns / (defined.median * one),
                              .to = "the definition",
                              .isa = p->blas ? "OpenBLAS" : kernels_best()->isa};
    return STATUS_OK;
}

enum status bench_gemm(struct bench *b, size_t i, int threads, struct bench_row *out, struct error *e)
{
    const bool context = strstr(gemms[i].name, "openblas") != NULL;
    struct product_work p = {.blas = context ? bench_blas_open() : NULL};
    const size_t side = b->o->quick ? 64 : 256, n = b->o->quick ? 512 : 1024;
    enum status s = context && !p.blas ? error_set(e, STATUS_SKIP, "OpenBLAS is not installed")
                                       : open(&p, b, &gemms[i], side, n, threads, e);
    if (!s)
        s = measure(&p, b, gemms[i].name, threads, out, e);
    bench_blas_close(p.blas);
    free(p.a);
    free(p.b);
    free(p.d);
    return s;
}

/* Throughput of quantizing beside what the machine's memory lets pass, in one run. */
#ifndef EXPERIMENTS_BENCH_H
#define EXPERIMENTS_BENCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "experiments/stopwatch.h"
#include "sim/pipeline.h"

#define BENCH_REPETITIONS 7

struct bench_options {
    bool quick;       /* less memory, under 10 s */
    int jobs;         /* threads of "all threads" */
    const char *only; /* a glob over names; NULL: all */
    FILE *progress;   /* a terminal; NULL: silent */
    const atomic_int *stop;
};

struct bench_row {
    const char *name, *size;
    size_t elements; /* at once, of all threads together */
    size_t schemes;  /* that each element meets */
    int threads;
    struct spread ns; /* of an element under a scheme, over BENCH_REPETITIONS repetitions */
    double bytes;     /* read and written of each; 0: not counted */
    double ratio;     /* of the median to that of `to` */
    const char *to;
    const char *isa;
};

/* STATUS_USAGE, with the names, if `only` matches none of them. */
enum status bench_check(const struct bench_options *o, struct error *e) MUST_CHECK;
/* Measures and hands over one row after the other. */
enum status bench_run(const struct bench_options *o,
                      enum status (*row)(void *context, const struct bench_row *r, struct error *e),
                      void *context, struct error *e) MUST_CHECK;

/* --- between bench.c, bench_gemm.c and bench_sweep.c --- */

/* What all measurements share. */
struct bench {
    const struct bench_options *o;
    float *tile;  /* Gaussian numbers */
    float *x, *y; /* `room` numbers each: the tile over and over; work space */
    size_t room;
    int done, total; /* measurements */
};

/* Says what comes next, on a terminal; STATUS_INTERRUPTED when stopped. */
enum status bench_next(struct bench *b, const char *name, const char *size, int threads,
                       struct error *e) MUST_CHECK;
/* Repeats; of seconds. */
enum status bench_repeat(const struct bench *b, const struct timed_work *w, struct spread *seconds,
                         struct error *e) MUST_CHECK;
/* n numbers as a tensor; x stays the caller's. */
void bench_subject(float *x, size_t n, struct subject *out);
/* Cells of six metrics, up to 64 together. */
enum status bench_cells(const struct quant_spec *specs, size_t n, const struct subject *subject,
                        struct error *e) MUST_CHECK;
/* Many schemes over one tensor on all threads; and each scheme alone over numbers in the second-level cache.
 */
enum status bench_sweep(struct bench *b, struct bench_row *out, struct error *e) MUST_CHECK;

/* OpenBLAS, one thread a call; NULL where it is not installed. d = a b^T, a and b [side, n]. */
struct blas;
struct blas *bench_blas_open(void);
void bench_blas_close(struct blas *blas); /* NULL is fine */
void bench_blas_multiply(const struct blas *blas, const float *a, const float *b, size_t side, size_t n,
                         float *d);

/* Matrix products (bench_gemm.c): `elements` are products of two numbers, times are those of one such
 * product, the opening of kernels included; bytes are not counted. The ratio is to the definition on one
 * thread. STATUS_SKIP for OpenBLAS where it is not installed. */
enum { BENCH_DEFINED_COLUMNS = 16 };
size_t bench_gemm_count(void);
const char *bench_gemm_name(size_t i);
enum status bench_gemm(struct bench *b, size_t i, int threads, struct bench_row *out,
                       struct error *e) MUST_CHECK;

#endif

/* OpenBLAS's product of binary32 matrices, where it is installed: context for products that say how they
 * round. */
#include <dlfcn.h>
#include <stdlib.h>

#include "experiments/bench.h"

/* As CBLAS has it: 101 row-major, 111 as it lies, 112 transposed. */
typedef void sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a,
                   int lda, const float *b, int ldb, float beta, float *c, int ldc);

struct blas {
    void *library;
    sgemm *multiply;
};

struct blas *bench_blas_open(void)
{
    struct blas *blas = calloc(1, sizeof *blas);
    if (!blas)
        return NULL;
    blas->library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    void *multiply = blas->library ? dlsym(blas->library, "cblas_sgemm") : NULL;
    void *threads = blas->library ? dlsym(blas->library, "openblas_set_num_threads") : NULL;
    if (!multiply || !threads) {
        bench_blas_close(blas);
        return NULL;
    }
    /* POSIX: a pointer to an object may be one to a function. Threads are those of the benchmark. */
    *(void **)&blas->multiply = multiply;
    void (*set_threads)(int);
    *(void **)&set_threads = threads;
    set_threads(1);
    return blas;
}

void bench_blas_close(struct blas *blas)
{
    if (blas && blas->library)
        dlclose(blas->library);
    free(blas);
}

void bench_blas_multiply(const struct blas *blas, const float *a, const float *b, size_t side, size_t n,
                         float *d)
{
    const int m = (int)side, k = (int)n;
    blas->multiply(101, 111, 112, m, m, k, 1, a, k, b, k, 0, d, m);
}

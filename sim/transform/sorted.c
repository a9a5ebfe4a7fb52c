#include "sim/transform/sorted.h"

#include <math.h>
#include <stdlib.h>

static int compare_f64(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y))
        return (isnan(x) != 0) - (isnan(y) != 0);
    return (x > y) - (x < y);
}

static int compare_f32(const void *a, const void *b)
{
    const double x = (double)*(const float *)a, y = (double)*(const float *)b;
    return compare_f64(&x, &y);
}

void sort_f32(float *x, size_t n)
{
    qsort(x, n, sizeof *x, compare_f32);
}

void sort_f64(double *x, size_t n)
{
    qsort(x, n, sizeof *x, compare_f64);
}

double sorted_quantile(const float *x, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t low = (size_t)at, high = low + 1 < n ? low + 1 : low;
    return (double)x[low] + ((double)x[high] - (double)x[low]) * (at - (double)low);
}

static int order(const struct sized *x, const struct sized *y, int less)
{
    return x->size == y->size ? (x->at > y->at) - (x->at < y->at) : less ? -1 : 1;
}

static int compare_ascending(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;
    return order(x, y, x->size < y->size);
}

static int compare_descending(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;
    return order(x, y, x->size > y->size);
}

void sort_ascending(struct sized *x, size_t n)
{
    qsort(x, n, sizeof *x, compare_ascending);
}

void sort_descending(struct sized *x, size_t n)
{
    qsort(x, n, sizeof *x, compare_descending);
}

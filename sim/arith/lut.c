#include "sim/arith/lut.h"

#include <stdbool.h>

const char *lut_problem(const struct lut_spec *spec, size_t n)
{
    if (spec->bits < 1 || spec->bits > LUT_BITS_MAX)
        return "weights have 1 to 8 bits";
    if (spec->zero < 0 || spec->zero > 1 << spec->bits)
        return "the zero lies in 0 to 2^bits";
    if (spec->group < 1 || spec->group > LUT_GROUP_MAX)
        return "groups have 1 to 8 activations";
    if (spec->scale_group < 0 || spec->scale_group % spec->group)
        return "a scale serves whole groups of activations";
    return n <= LUT_TERMS_MAX ? NULL : "at most 2^20 terms";
}

/* The 2^g signed sums of m activations, the rest zeros: |entry| <= 2^18. */
static void build(const int16_t *a, int m, int g, int32_t *table)
{
    for (int i = 0; i < 1 << g; i++) {
        table[i] = 0;
        for (int k = 0; k < m; k++)
            table[i] += i >> k & 1 ? a[k] : -a[k];
    }
}

/* The largest entry of the tables of m activations: the largest sum of magnitudes. */
static int32_t largest(const int16_t *a, size_t m, int g)
{
    int32_t most = 0, sum = 0;
    for (size_t i = 0; i < m; i++) {
        sum = (i % (size_t)g ? sum : 0) + (a[i] < 0 ? -a[i] : a[i]);
        most = sum > most ? sum : most;
    }
    return most;
}

/* x * 127 / most to the nearest integer, ties to even; |x| <= most, most > 0. */
static int32_t quantized(int32_t x, int32_t most)
{
    bool negative = x < 0;
    int64_t n = (int64_t)(negative ? -x : x) * 127, q = n / most, twice = 2 * (n % most);
    q += twice > most || (twice == most && q % 2);
    return (int32_t)(negative ? -q : q);
}

/* sum_p 2^p table[bits of plane p] for one group of m codes. */
static int64_t planes(const int32_t *table, int bits, const uint8_t *codes, int m)
{
    int64_t sum = 0;
    for (int p = 0; p < bits; p++) {
        int index = 0;
        for (int k = 0; k < m; k++)
            index |= (codes[k] >> p & 1) << k;
        sum += (int64_t)table[index] * (1 << p);
    }
    return sum;
}

struct lut_result lut_dot(const struct lut_spec *spec, const uint8_t *codes, const int16_t *a, size_t n,
                          struct lut_cost *cost)
{
    int32_t table[1 << LUT_GROUP_MAX];
    int64_t sum = 0, total = 0;
    size_t g = (size_t)spec->group, scale = (size_t)spec->scale_group;
    int32_t most = 0;
    for (size_t i = 0; i < n; i += g) {
        int m = (int)(n - i < g ? n - i : g);
        if (scale && i % scale == 0)
            most = largest(a + i, n - i < scale ? n - i : scale, spec->group);
        build(a + i, m, spec->group, table);
        if (scale)
            for (int k = 0; k < 1 << g; k++)
                table[k] = most ? quantized(table[k], most) : 0;
        sum += planes(table, spec->bits, codes + i, m) * (scale ? most : 1);
        for (int k = 0; k < m; k++)
            total += a[i + (size_t)k];
        cost->entries += UINT64_C(1) << g;
        cost->lookups += (uint64_t)spec->bits;
    }
    int64_t rest = ((1 << spec->bits) - 1 - 2 * spec->zero) * total;
    return scale ? (struct lut_result){sum + 127 * rest, 254} : (struct lut_result){sum + rest, 2};
}

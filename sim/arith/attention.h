/* Attention in binary64: the reference, and the softmax between two products. No libm function decides a bit.
 */
#ifndef SIM_ARITH_ATTENTION_H
#define SIM_ARITH_ATTENTION_H

#include <stddef.h>

/* Of queries [queries, heads, dim] over keys and values [keys, kv_heads, dim], all in C order. Head h reads
 * head h / (heads / kv_heads) of keys and values, of which kv_heads divides heads. Causal: the queries are
 * the last ones of the keys' positions, so query t sees keys 0 .. t + keys - queries, and what lies ahead of
 * it is no part of any sum: a NaN there changes nothing. */
struct attention_shape {
    size_t queries, keys, heads, kv_heads, dim;
};

/* Keys that query t sees. */
static inline size_t attention_seen(const struct attention_shape *s, size_t t)
{
    return t + 1 + s->keys - s->queries;
}

/* Rotary position embedding (Su et al., RoFormer, 2021, section 3.2): turns the neighbours (2 i, 2 i + 1) of
 * each head of x [n, heads, dim], dim even, by position * base^(-2 i / dim), positions first, first + 1, ...;
 * base > 0. Cosine and sine are rounded to binary32, then products and sums, as networks do. */
void attention_rotate(size_t n, size_t heads, size_t dim, double base, size_t first, float *x);

/* Scores s to probabilities e^((s_j - max s) / sqrt(dim)) / sum, in place; n > 0. NaN or an infinite largest
 * score makes all of them NaN. Relative error of p_j, in units of 2^-53, S the largest |s| / sqrt(dim):
 * at most 2 S + 3 |x_j| from x_j = (s_j - max s) / sqrt(dim), 4 from the exponential, and as much on average
 * over the sum with n more from adding it: below 4 S + 3 |x_j| + 3 ln n + n + 10 in all, since the mean of
 * |x_j| is at most ln n. */
void attention_softmax(size_t n, size_t dim, double *s);

/* Output y [queries, heads, dim] rounded once to binary32 (nearest even; NaN is the canonical one) from
 * scores that are exact dot products rounded to binary64, attention_softmax, and sums of p_j v_j in binary64
 * in order of j: before the last rounding off by less than 2^-53 sum_j p_j |v_j| (6 S + 3 |x_j| + 3 ln n +
 * 2 n + 12). `room` has `keys` elements. */
void attention_reference(const struct attention_shape *s, const float *q, const float *k, const float *v,
                         double *room, float *y);

#endif

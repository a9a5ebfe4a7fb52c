#include "sim/arith/attention.h"

#include <math.h>

#include "sim/arith/kulisch.h"
#include "sim/base/elementary.h"

void attention_rotate(size_t n, size_t heads, size_t dim, double base, size_t first, float *x)
{
    for (size_t i = 0; i < dim / 2; i++) {
        const double exponent = (double)(2 * i) / (double)dim;
        const double frequency = i ? 1 / elementary_pow(base, exponent) : 1;
        for (size_t t = 0; t < n; t++) {
            double sine, cosine;
            elementary_sin_cos((double)(first + t) * frequency, &sine, &cosine);
            const float c = (float)cosine, s = (float)sine;
            for (size_t h = 0; h < heads; h++) {
                float *pair = x + (t * heads + h) * dim + 2 * i;
                const float even = pair[0], odd = pair[1];
                pair[0] = even * c - odd * s;
                pair[1] = even * s + odd * c;
            }
        }
    }
}

void attention_softmax(size_t n, size_t dim, double *s)
{
    const double root = sqrt((double)dim); /* correctly rounded: IEEE 754-2019, 5.4.1 */
    double top = s[0], sum = 0;
    for (size_t j = 1; j < n; j++)
        top = s[j] > top ? s[j] : top;
    for (size_t j = 0; j < n; j++)
        sum += s[j] = elementary_exp((s[j] - top) / root);
    for (size_t j = 0; j < n; j++)
        s[j] /= sum;
}

/* The exact dot product, rounded to binary64. */
static double score(const float *q, const float *k, size_t n)
{
    struct kulisch sum;
    kulisch_clear(&sum);
    for (size_t i = 0; i < n; i++)
        kulisch_add(&sum, number_mul(number_from_f32(q[i]), number_from_f32(k[i])));
    return number_to_f64(kulisch_sum(&sum));
}

void attention_reference(const struct attention_shape *s, const float *q, const float *k, const float *v,
                         double *room, float *y)
{
    const size_t row = s->kv_heads * s->dim;
    for (size_t t = 0; t < s->queries; t++)
        for (size_t h = 0; h < s->heads; h++, q += s->dim, y += s->dim) {
            const size_t n = attention_seen(s, t), head = h / (s->heads / s->kv_heads) * s->dim;
            for (size_t j = 0; j < n; j++)
                room[j] = score(q, k + j * row + head, s->dim);
            attention_softmax(n, s->dim, room);
            for (size_t c = 0; c < s->dim; c++) {
                double sum = 0;
                for (size_t j = 0; j < n; j++)
                    sum += room[j] * (double)v[j * row + head + c];
                y[c] = number_to_f32(number_from_f64(sum));
            }
        }
}

#include "tests/attention_oracle.h"

#include <math.h>

#include "formats/number.h"

enum { PRECISION = 320 };

void attention_oracle_open(struct attention_oracle *o)
{
    for (int i = 0; i < ATTENTION_ORACLE_KEYS; i++)
        mpfr_init2(o->score[i], PRECISION);
    mpfr_inits2(PRECISION, o->sum, o->term, o->top, o->y, o->weight, (mpfr_ptr)0);
}

void attention_oracle_close(struct attention_oracle *o)
{
    for (int i = 0; i < ATTENTION_ORACLE_KEYS; i++)
        mpfr_clear(o->score[i]);
    mpfr_clears(o->sum, o->term, o->top, o->y, o->weight, (mpfr_ptr)0);
}

void attention_oracle_dot(struct attention_oracle *o, const float *x, size_t step_x, const float *y,
                          size_t step_y, size_t n, mpfr_t out)
{
    mpfr_set_zero(out, 1);
    for (size_t i = 0; i < n; i++) {
        mpfr_set_flt(o->term, x[i * step_x], MPFR_RNDN);
        mpfr_mul_d(o->term, o->term, (double)y[i * step_y], MPFR_RNDN);
        mpfr_add(out, out, o->term, MPFR_RNDN);
    }
}

void attention_oracle_exponentials(struct attention_oracle *o, size_t n, size_t dim)
{
    mpfr_set(o->top, o->score[0], MPFR_RNDN);
    for (size_t j = 1; j < n; j++)
        if (mpfr_nan_p(o->score[j]) || mpfr_cmp(o->score[j], o->top) > 0)
            mpfr_set(o->top, o->score[j], MPFR_RNDN);
    mpfr_set_zero(o->sum, 1);
    mpfr_sqrt_ui(o->term, dim, MPFR_RNDN);
    for (size_t j = 0; j < n; j++) {
        mpfr_sub(o->score[j], o->score[j], o->top, MPFR_RNDN);
        mpfr_div(o->score[j], o->score[j], o->term, MPFR_RNDN);
        mpfr_exp(o->score[j], o->score[j], MPFR_RNDN);
        mpfr_add(o->sum, o->sum, o->score[j], MPFR_RNDN);
    }
}

void attention_oracle_output(struct attention_oracle *o, const struct attention_shape *s, const float *q,
                             const float *k, const float *v, size_t t, size_t h, size_t c, double *bound)
{
    const size_t row = s->kv_heads * s->dim, head = h / (s->heads / s->kv_heads) * s->dim;
    const size_t n = t + 1 + s->keys - s->queries;
    double largest = 0, x[ATTENTION_ORACLE_KEYS];
    for (size_t j = 0; j < n; j++) {
        attention_oracle_dot(o, q + (t * s->heads + h) * s->dim, 1, k + j * row + head, 1, s->dim,
                             o->score[j]);
        x[j] = mpfr_get_d(o->score[j], MPFR_RNDN) / sqrt((double)s->dim);
        largest = fmax(largest, fabs(x[j]));
    }
    double top = x[0];
    for (size_t j = 1; j < n; j++)
        top = fmax(top, x[j]);
    attention_oracle_exponentials(o, n, s->dim);
    mpfr_set_zero(o->y, 1);
    *bound = 0;
    for (size_t j = 0; j < n; j++) {
        const double value = (double)v[j * row + head + c];
        mpfr_div(o->weight, o->score[j], o->sum, MPFR_RNDN);
        double ulps = 6 * largest + 3 * (top - x[j]) + 3 * log((double)n) + 2 * (double)n + 12;
        *bound += mpfr_get_d(o->weight, MPFR_RNDU) * fabs(value) * ulps * 0x1p-53;
        mpfr_mul_d(o->weight, o->weight, value, MPFR_RNDN);
        mpfr_add(o->y, o->y, o->weight, MPFR_RNDN);
    }
}

bool attention_oracle_near(struct attention_oracle *o, float y, double bound)
{
    if (mpfr_nan_p(o->y) || isnan(y))
        return mpfr_nan_p(o->y) && bits_from_f32(y) == UINT32_C(0x7fc00000);
    mpfr_sub_d(o->term, o->y, bound, MPFR_RNDD);
    float low = mpfr_get_flt(o->term, MPFR_RNDN);
    mpfr_add_d(o->term, o->y, bound, MPFR_RNDU);
    return low <= y && y <= mpfr_get_flt(o->term, MPFR_RNDN);
}

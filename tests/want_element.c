/* Elements under their scales. */
#include "sim/base/rng.h"
#include "tests/want.h"

static void pass_cast(struct run *r, mpfr_ptr v)
{
    const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    const struct format *cast = &r->q->scaling.cast;
    if (!cast->family)
        return;
    uint32_t code = want_encode(&r->c, cast, v, &nearest, 0);
    want_decode(v, cast, code);
}

/* The shift of the `micro` neighbours around member j. */
static long shift_of(const struct run *r, const struct span *p, size_t j)
{
    const struct scaling *s = &r->q->scaling;
    size_t first = j - j % (size_t)s->micro, end = first + (size_t)s->micro;
    long most = (1l << s->micro_bits) - 1;
    float amax = 0;
    for (size_t k = first; k < end && k < p->n; k++) {
        float x = fabsf(want_input(r->q, r->in->x[p->at[k]]));
        if (isfinite(x))
            amax = fmaxf(amax, x);
    }
    if (amax == 0 || p->inf)
        return most;
    int mine, all;
    frexpf(amax, &mine);
    frexpf(p->amax, &all);
    return all - mine < most ? all - mine : most;
}

/* The code of a value, and r->w the exact value of the code. */
uint32_t want_element(struct run *r, const struct way *w, const struct span *p, size_t j, uint32_t flip)
{
    const struct quant_spec *q = r->q;
    const struct scaling *s = &q->scaling;
    const struct rounding *how = &q->rounding;
    size_t k = p->at[j];
    float x = want_input(q, r->in->x[k]);
    uint32_t random = how->mode == ROUND_SR ? rng_u32(r->in->seed, r->in->stream, k) : 0, code = 0;
    long shift = s->micro ? shift_of(r, p, j) : 0;
    bool steps = s->quotient != QUOTIENT_EXACT;
    mpfr_set_flt(r->u, x, MPFR_RNDN);
    if (s->per == PER_NONE) {
        pass_cast(r, r->u);
        code = want_encode(&r->c, w->element, r->u, how, random) ^ flip;
        want_decode(r->w, w->element, code);
        return code;
    }
    if (mpfr_nan_p(w->value)) {
        mpfr_set_nan(r->w);
        return flip;
    }
    if (s->order == ORDER_TE) {
        float X = want_top_f32(r, w->element), y = x * w->multiplier;
        mpfr_set_flt(r->u, y == 0 ? 0 : y, MPFR_RNDN);
        if (fabsf(y) > X) { /* clamped to the largest value itself, of which X may be rounded */
            want_largest(r->u, w->element);
            mpfr_setsign(r->u, r->u, y < 0, MPFR_RNDN);
        }
        code = want_encode(&r->c, w->element, r->u, how, random);
    } else if (mpfr_zero_p(w->value) && !steps) {
        mpfr_set_zero(r->u, signbit(x) ? -1 : 1);
        code = s->zero_point ? 0 : want_encode(&r->c, w->element, r->u, how, random);
    } else {
        double top = ldexp(1, w->element->bits) - 1;
        bool nan_to_top = s->zero_point && isnan(x) && how->nan == NAN_TO_MAX;
        if (s->zero_point && isnan(x))
            mpfr_set_zero(r->u, 1);
        if (s->zero_point == ZERO_FLOAT) {
            mpfr_sub(r->u, r->u, w->offset, MPFR_RNDN);
            want_step(r, r->u);
        }
        if (s->quotient == QUOTIENT_EXACT)
            mpfr_div(r->u, r->u, w->value, MPFR_RNDN);
        else if (s->quotient == QUOTIENT_DIVIDE)
            mpfr_div(r->u, r->u, w->by, MPFR_RNDN);
        else {
            if (s->quotient == QUOTIENT_STAGES) {
                want_over_outer(r, r->u);
                want_step(r, r->u);
            }
            mpfr_mul(r->u, r->u, w->by, MPFR_RNDN);
        }
        mpfr_mul_2si(r->u, r->u, shift, MPFR_RNDN);
        want_step(r, r->u);
        pass_cast(r, r->u);
        if (s->zero_point) {
            want_integer(r, r->u, how, random);
            if (mpfr_nan_p(r->u))
                mpfr_set_zero(r->u, 1);
            mpfr_add(r->u, r->u, w->zero, MPFR_RNDN);
            code = nan_to_top || mpfr_cmp_d(r->u, top) > 0 ? (uint32_t)top
                   : mpfr_cmp_ui(r->u, 0) < 0              ? 0
                                                           : (uint32_t)mpfr_get_ui(r->u, MPFR_RNDN);
        } else
            code = want_encode(&r->c, w->element, r->u, how, random);
    }
    code ^= flip;
    if (s->zero_point) {
        mpfr_set_ui(r->w, code, MPFR_RNDN);
        mpfr_sub(r->w, r->w, w->zero, MPFR_RNDN);
    } else
        want_decode(r->w, w->element, code);
    mpfr_mul(r->w, r->w, w->value, MPFR_RNDN);
    mpfr_mul_2si(r->w, r->w, -shift, MPFR_RNDN);
    if (s->zero_point == ZERO_FLOAT)
        mpfr_add(r->w, r->w, w->offset, MPFR_RNDN);
    return code;
}

/* Parts of the oracle of scaled tensors (tests/scaling_oracle.h): formats, scales and elements by MPFR. */
#ifndef TESTS_WANT_H
#define TESTS_WANT_H

#include <float.h>
#include <math.h>

#include "tests/scaling_oracle.h"

/* What shares a scale or a second level. */
struct span {
    size_t n;
    size_t *at;
    float lo, hi;
    bool nan, inf; /* there is one that counts */
    float amax;    /* of the numbers that count */
};

/* One way to scale a group. */
struct way {
    const struct format *element;
    float peak;
    bool four_steps;
    bool given; /* code is */
    uint32_t code;
    mpfr_t value, by; /* what codes are multiplied by; in steps, what elements meet */
    mpfr_t zero, offset;
    float multiplier, te_scale;
};

/* A tensor under way. */
struct run {
    const struct quant_spec *q;
    const struct quant_input *in;
    struct oracle_case c;
    mpfr_t t, u, w;
    /* the second level of the group under way */
    mpfr_t outer;
    float outer_amax, encode, decode;
    bool poisoned, divides; /* STORES_DIVISOR */
};

static inline float want_input(const struct quant_spec *q, float x)
{
    return q->daz && fabsf(x) < FLT_MIN ? copysignf(0, x) : x;
}

static inline float want_clip(const struct scaling *s, float v)
{
    return s->clip < 1 ? v * s->clip : v;
}

/* Into a format and out of it; the largest value that rounding produces; binary32. */
uint32_t want_encode(struct oracle_case *c, const struct format *f, mpfr_srcptr v, const struct rounding *r,
                     uint32_t random);
void want_decode(mpfr_ptr out, const struct format *f, uint32_t code);
void want_largest(mpfr_ptr out, const struct format *f);
float want_f32(struct oracle_case *c, mpfr_srcptr v);
/* v rounded to an integer, or to the format of intermediate results where there are steps. */
void want_integer(struct run *r, mpfr_ptr v, const struct rounding *how, uint32_t random);
void want_step(struct run *r, mpfr_ptr v);
/* v over the second level, and v times it. */
void want_over_outer(const struct run *r, mpfr_ptr v);
void want_times_outer(const struct run *r, mpfr_ptr v);

/* a, a largest magnitude, becomes what the rule makes of it. */
void want_by_rule(struct run *r, const struct way *w, mpfr_ptr a);
bool want_is_rule(const struct scaling *s, const char *name);

/* The second level over a group, whose members are p; the scale that a way has for group number `group`. */
void want_set_outer(struct run *r, const struct span *p);
void want_set_way(struct run *r, struct way *w, const struct span *p, size_t group);
/* ORDER_TE: a largest value, and Xmax * Smax, in binary32. */
float want_top_f32(struct run *r, const struct format *f);
float want_te_range(struct run *r, const struct format *element);

/* The code of element j of a group, `flip` turned in it, and r->w the exact value of the code. */
uint32_t want_element(struct run *r, const struct way *w, const struct span *p, size_t j, uint32_t flip);

#endif

#include "sim/rtl/pairs.h"

#include "sim/base/rng.h"

enum { ALL_BITS = 17, DRAWN_BITS = 16, STREAM = 2 };

/* Codes whose exponent field is at an end or around the middle, and whose fraction is at an end or around its
 * half; of integers the same of all bits but the first. */
static void corners(const struct format *f, struct rtl_corners *out)
{
    const int e = f->family == &family_float ? f->exponent_bits : 0, sign = !f->is_unsigned,
              m = f->bits - sign - e;
    const uint32_t top = (UINT32_C(1) << e) - 1, most = (UINT32_C(1) << m) - 1, half = most / 2 + 1;
    const uint32_t fields[] = {0, 1, 2, top / 2, top / 2 + 1, top - 2, top - 1, top};
    const uint32_t fractions[] = {0, 1, half - 1, half, half + 1, most - 1, most};
    out->n = 0;
    for (int s = 0; s <= sign; s++)
        for (size_t i = 0; i < (e ? sizeof fields / sizeof *fields : 1); i++)
            for (size_t k = 0; k < sizeof fractions / sizeof *fractions; k++)
                out->code[out->n++] =
                    (s ? UINT32_C(1) << (f->bits - 1) : 0) | (fields[i] & top) << m | (fractions[k] & most);
}

void rtl_pairs_begin(const struct rtl_spec *s, struct rtl_pairs *p)
{
    *p = (struct rtl_pairs){.a = &s->scheme.element, .b = &s->other.element, .seed = s->seed};
    p->all = p->a->bits + p->b->bits <= ALL_BITS;
    p->n = UINT64_C(1) << (p->all ? p->a->bits + p->b->bits : DRAWN_BITS);
    if (p->all)
        return;
    corners(p->a, &p->a_corners);
    corners(p->b, &p->b_corners);
}

/* Uniform, or, of every second pair, with an exponent near the middle of the field, where products are
 * neither too large nor too small. */
static uint32_t drawn(const struct rtl_pairs *p, const struct format *f, uint64_t index)
{
    const uint32_t r = rng_u32(p->seed, STREAM, index);
    const int e = f->family == &family_float ? f->exponent_bits : 0, m = f->bits - !f->is_unsigned - e;
    if (!(p->at & 1) || e < 5)
        return r & format_code_mask(f);
    const uint32_t field = (UINT32_C(1) << (e - 1)) - 8 + (r >> 28), mask = ((UINT32_C(1) << e) - 1) << m;
    return (r & format_code_mask(f) & ~mask) | field << m;
}

bool rtl_pairs_next(struct rtl_pairs *p, uint32_t *a, uint32_t *b)
{
    if (p->at == p->n)
        return false;
    const uint64_t cornered = (uint64_t)p->a_corners.n * (uint64_t)p->b_corners.n;
    if (p->all) {
        *a = (uint32_t)(p->at >> p->b->bits);
        *b = (uint32_t)p->at & format_code_mask(p->b);
    } else if (p->at < cornered) {
        *a = p->a_corners.code[p->at / (uint64_t)p->b_corners.n];
        *b = p->b_corners.code[p->at % (uint64_t)p->b_corners.n];
    } else {
        *a = drawn(p, p->a, 2 * p->at);
        *b = drawn(p, p->b, 2 * p->at + 1);
    }
    p->at++;
    return true;
}

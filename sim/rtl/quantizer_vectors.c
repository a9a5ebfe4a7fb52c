/* What a quantizer is checked with: where codes change over, under many scales. */
#include <stdlib.h>

#include "sim/base/rng.h"
#include "sim/rtl/quantizer.h"

enum { RANDOM = 2048, STREAM = 2, SCALES = 16 };

struct making {
    const struct quant_spec *q;
    const struct format *scale;
    struct rtl_vectors *v;
    uint64_t seed, count;
};

static uint32_t draw(struct making *m)
{
    return rng_u32(m->seed, STREAM, m->count++);
}

static void put(struct making *m, uint32_t x, uint32_t scale)
{
    const bool subnormal = (x & 0x7f800000) == 0;
    const struct block_scale b = scaled_block(m->q, scale);
    const float value = f32_from_bits(m->q->daz && subnormal ? x & 0x80000000 : x);
    rtl_put(m->v, x, 32);
    if (m->scale)
        rtl_put(m->v, scale, m->scale->bits);
    rtl_put(m->v, scaling_encode(&m->q->scaling, &m->q->rounding, &b, value, 0).code, m->q->element.bits);
    rtl_end(m->v);
}

static struct number scale_value(const struct making *m, uint32_t scale)
{
    return m->scale ? format_decode(m->scale, scale) : number_pow2(0);
}

/* y times the scale, and where that is not all the binary32 numbers beside it. */
static void put_times(struct making *m, struct number y, uint32_t scale, bool beside)
{
    struct number s = scale_value(m, scale);
    if (s.class != NUMBER_FINITE || y.class > NUMBER_FINITE)
        return;
    uint32_t x = bits_from_f32(number_to_f32(number_mul(y, s)));
    put(m, x, scale);
    if (!beside || (x & 0x7fffffff) >= 0x7f800000 || !(x & 0x7fffffff))
        return;
    put(m, x - 1, scale);
    put(m, x + 1, scale);
}

/* Around the steps of the format, and a binade beyond them on both sides. */
static struct rtl_keys keys_of(const struct format *f)
{
    struct rtl_keys k = {.lowest = number_exponent(format_min_positive(f)) - 3};
    k.most = ((uint64_t)(number_exponent(format_max(f)) + 3 - k.lowest) << 23) - 1;
    return k;
}

static void steps(struct making *m, uint32_t scale)
{
    const struct format *f = &m->q->element;
    const struct rtl_keys k = keys_of(f);
    struct rtl_step step[RTL_STEPS_MAX];
    for (int negative = 0; negative < 2; negative++) {
        int n = rtl_steps(f, &m->q->rounding, negative, &k, step);
        for (int i = 1; i < n; i++) {
            put_times(m, rtl_key_value(&k, step[i].key, negative), scale, true);
            put_times(m, rtl_key_value(&k, step[i].key - 1, negative), scale, false);
        }
    }
    for (uint32_t code = 0; code <= format_code_mask(f); code++)
        put_times(m, format_decode(f, code), scale, false);
}

static void specials(struct making *m, uint32_t scale)
{
    static const uint32_t magnitudes[] = {0,          1,          2,          0x003fffff, 0x00400000,
                                          0x007fffff, 0x00800000, 0x00800001, 0x3f800000, 0x7f000000,
                                          0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fffffff};
    for (size_t i = 0; i < sizeof magnitudes / sizeof *magnitudes; i++) {
        put(m, magnitudes[i], scale);
        put(m, magnitudes[i] | 0x80000000, scale);
    }
}

static void random_lines(struct making *m)
{
    const struct rtl_keys k = keys_of(&m->q->element);
    const uint32_t mask = m->scale ? format_code_mask(m->scale) : 0;
    for (int i = 0; i < RANDOM; i++) {
        uint32_t x = draw(m), scale = draw(m) & mask;
        uint64_t key = ((uint64_t)draw(m) << 32 | draw(m)) % (k.most + 1);
        put(m, x, scale);
        put_times(m, rtl_key_value(&k, key, x & 1), scale, false);
    }
}

/* Scale number i of those under which all steps are tried: both ends, the middle, and what lies between. */
static uint32_t scale_at(const struct format *f, int i)
{
    const uint32_t most = format_code_mask(f);
    return most < SCALES ? (uint32_t)i
           : i < 4       ? (uint32_t)i
           : i > 11      ? most - (uint32_t)(15 - i)
                         : most / 2 + (uint32_t)((i - 7) * (int)most / 16);
}

void quantizer_vectors(const struct rtl_spec *s, struct rtl_vectors *v)
{
    struct making m = {.q = &s->scheme, .scale = scaled_scale(&s->scheme), .v = v, .seed = s->seed};
    const uint32_t most = m.scale ? format_code_mask(m.scale) : 0;
    for (int i = 0; i < SCALES && (uint32_t)i <= most; i++)
        steps(&m, m.scale ? scale_at(m.scale, i) : 0);
    for (uint32_t scale = 0; scale <= most; scale++)
        specials(&m, scale);
    random_lines(&m);
}

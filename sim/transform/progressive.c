/* Transform "progressive": the weight in two levels of integers, 8 bits a row and 4 bits a group of those. */
#include <math.h>
#include <stdlib.h>

#include "sim/transform/decompose.h"

/* The scale of a row, in binary16; 1 where it would be zero. */
static float row_scale(const struct format *fp16, const float *w, size_t n, float top)
{
    const struct rounding nearest = {.mode = ROUND_RNE};
    float max = 0;
    for (size_t k = 0; k < n; k++)
        max = fmaxf(max, fabsf(w[k]));
    const struct encoded c = format_round(fp16, number_from_f32(max / top), &nearest, 0);
    const float scale = number_to_f32(format_decode(fp16, c.code));
    return scale > 0 ? scale : 1;
}

static float nearest(float x)
{
    return (float)rint((double)x); /* ties to even, the default mode */
}

static float clamp(float x, float low, float high)
{
    return fminf(fmaxf(x, low), high);
}

/* A group of 8-bit codes in codes of 0..most: q = (w + zero) / scale. What the codes stand for is 8 bits in
 * two's complement, as the registers are: q * scale - zero beyond them wraps. */
static void inner(float *w, size_t n, float most)
{
    float low = w[0], high = w[0];
    for (size_t k = 1; k < n; k++) {
        low = fminf(low, w[k]);
        high = fmaxf(high, w[k]);
    }
    float scale = clamp(nearest((high - low) / most), -127, 127);
    scale = scale > 0 ? scale : 1;
    const float zero = clamp(nearest(-low), -128, 127);
    for (size_t k = 0; k < n; k++) {
        const float q = clamp(nearest((w[k] + zero) / scale), 0, most);
        const int code = (int)(q * scale - zero);
        w[k] = (float)(((code + 128) & 255) - 128);
    }
}

struct levels {
    float top, most; /* of the outer codes, of the inner ones */
    size_t block;
    bool rounded; /* outer codes are integers before they are quantized again */
    struct format fp16;
};

static void quantize_row(const struct levels *v, const float *w, size_t n, float *values)
{
    const float scale = row_scale(&v->fp16, w, n, v->top);
    for (size_t k = 0; k < n; k++) {
        const float code = clamp(w[k] / scale, -v->top, v->top);
        values[k] = v->rounded ? nearest(code) : code;
    }
    for (size_t k = 0; k < n; k += v->block)
        inner(values + k, n - k < v->block ? n - k : v->block, v->most);
    for (size_t k = 0; k < n; k++)
        values[k] *= scale; /* 8 bits times 11: exact but for subnormal scales */
}

static enum status levels_of(const struct transform_step *step, const struct quant_spec *q, struct levels *v,
                             struct error *e)
{
    if (q->element.family != &family_int || q->codec || q->element.bits > 7 || q->scaling.per != PER_BLOCK ||
        q->scaling.zero_point != ZERO_INTEGER)
        return error_set(
            e, STATUS_INVALID,
            "the scheme of the weight gives bits and groups; allowed: intB,block=N,zero_point=yes with B "
            "2..7");
    *v = (struct levels){.top = (float)transform_number(step, "top"),
                         .most = (float)((1 << q->element.bits) - 1),
                         .block = q->scaling.block,
                         .rounded = transform_is(step, "codes", "rounded")};
    return format_by_name("fp16", &v->fp16, NULL) ? STATUS_OK
                                                  : error_set(e, STATUS_INTERNAL, "no format fp16");
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct layer_part *p = &l->part[0];
    const struct quant_spec *q = &p->scheme[LAYER_WEIGHT];
    struct levels v;
    enum status s = decompose_untouched(l, LAYER_WEIGHT, e);
    if (!s)
        s = levels_of(step, q, &v, e);
    if (s)
        return s;
    float *values = decompose_done(l, p, LAYER_WEIGHT);
    if (!values)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < l->out; i++)
        quantize_row(&v, p->operand[LAYER_WEIGHT] + i * p->n, p->n, values + i * p->n);
    /* codes; 8 bits of scale and 8 of zero a group, 16 of scale a row */
    const uint64_t groups = (p->n + v.block - 1) / v.block;
    decompose_count(p, LAYER_WEIGHT, l->out * (p->n * (uint64_t)q->element.bits + 16 * groups + 16));
    return STATUS_OK;
}

static const struct transform_key keys[] = {
    {"top", TRANSFORM_INTEGER, 119, 1, 127, NULL,
     "of the outer codes; 119 is the largest from which 4-bit codes never lead beyond 8 bits"},
    {"codes", TRANSFORM_WORD, 0, 0, 0, "exact|rounded",
     "outer codes that the inner level sees: w / scale as the program has it, or integers as the paper does"},
};

const struct transform transform_progressive = {
    .name = "progressive",
    .doc = "rows of the weight by a binary16 scale to +-top, groups of those to unsigned codes with an "
           "integer scale "
           "and an integer zero, all in binary32",
    .citation =
        "Lin et al., QServe, arXiv 2405.04532, section 4.1; mit-han-lab/deepcompressor (lmquant) bf52c1e "
        "quantizer/impl/{base,scale}.py, kernel/rtn.py, data/range.py, examples/llm/configs/qoq-g128.yaml "
        "(zero_point: PostScale)",
    .acts = "weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};

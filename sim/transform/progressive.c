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

struct levels {
    float top, most; /* of the outer codes, of the inner ones */
    size_t block;
    bool rounded;   /* outer codes are integers before they are quantized again */
    bool zero_code; /* zeros are inner codes, which the scale multiplies too; else outer ones */
    struct format fp16;
};

struct range {
    float low, high;
};

static struct range range_of(const float *w, size_t n, bool with_zero)
{
    struct range r = {with_zero ? 0 : w[0], with_zero ? 0 : w[0]};
    for (size_t k = 0; k < n; k++) {
        r.low = fminf(r.low, w[k]);
        r.high = fmaxf(r.high, w[k]);
    }
    return r;
}

/* A group of outer codes in inner ones, 0..most, and back. What they stand for is 8 bits in two's complement,
 * as the registers are: it wraps. */
static void inner(const struct levels *v, float *w, size_t n)
{
    const struct range r = range_of(w, n, v->zero_code);
    float scale = clamp(nearest((r.high - r.low) / v->most), -127, 127);
    scale = scale > 0 ? scale : 1;
    const float zero =
        v->zero_code ? clamp(nearest(-r.low / scale), 0, v->most) : clamp(nearest(-r.low), -128, 127);
    for (size_t k = 0; k < n; k++) {
        const float code = v->zero_code ? w[k] / scale + zero : (w[k] + zero) / scale;
        const float q = clamp(nearest(code), 0, v->most);
        const int value = (int)(v->zero_code ? (q - zero) * scale : q * scale - zero);
        w[k] = (float)(((value + 128) & 255) - 128);
    }
}

static void quantize_row(const struct levels *v, const float *w, size_t n, float *values)
{
    const float scale = row_scale(&v->fp16, w, n, v->top);
    for (size_t k = 0; k < n; k++) {
        const float code = clamp(w[k] / scale, -v->top, v->top);
        values[k] = v->rounded ? nearest(code) : code;
    }
    for (size_t k = 0; k < n; k += v->block)
        inner(v, values + k, n - k < v->block ? n - k : v->block);
    for (size_t k = 0; k < n; k++)
        values[k] =
            isnan(w[k]) ? w[k] : values[k] * scale; /* 8 bits times 11: exact but for subnormal scales */
}

static enum status levels_of(const struct transform_step *step, const struct quant_spec *q, struct levels *v,
                             struct error *e)
{
    if (!layer_scales_rows(&q->scaling) || q->element.family != &family_int || q->codec ||
        q->element.bits > 7 || q->scaling.per != PER_BLOCK || q->scaling.zero_point != ZERO_INTEGER)
        return error_set(e, STATUS_INVALID,
                         "the scheme of the weight gives bits and groups; allowed: "
                         "intB,block=N,zero_point=yes with B 2..7");
    *v = (struct levels){.top = (float)transform_number(step, "top"),
                         .most = (float)((1 << q->element.bits) - 1),
                         .block = q->scaling.block,
                         .rounded = transform_is(step, "codes", "rounded"),
                         .zero_code = transform_is(step, "zero", "inner")};
    return format_by_name("fp16", &v->fp16, NULL) ? STATUS_OK
                                                  : error_set(e, STATUS_INTERNAL, "no format fp16");
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct layer_part *p = &l->part[0];
    const struct quant_spec *q = &p->scheme[LAYER_WEIGHT];
    struct levels v;
    enum status s = levels_of(step, q, &v, e);
    if (s)
        return s;
    float *values = decompose_done(l, p, LAYER_WEIGHT);
    if (!values)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < l->out; i++)
        quantize_row(&v, p->operand[LAYER_WEIGHT] + i * p->n, p->n, values + i * p->n);
    /* codes; a scale of 8 bits and a zero for each group, a scale of 16 for each row */
    const uint64_t bits = (uint64_t)q->element.bits, groups = (p->n + v.block - 1) / v.block;
    decompose_count(p, LAYER_WEIGHT, l->out * (p->n * bits + groups * (8 + (v.zero_code ? bits : 8)) + 16));
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"top", ARG_INTEGER, 119, 1, 127, NULL,
     "of the outer codes; 119 is the largest from which 4-bit codes with zero=inner lead to +-127 at most, "
     "120 with zero=outer"},
    {"codes", ARG_WORD, 0, 0, 0, "rounded|exact",
     "outer codes that the inner level sees: integers, or w / scale as the program has it"},
    {"zero", ARG_WORD, 0, 0, 0, "inner|outer",
     "(q - zero) * scale with an inner code, ranges holding 0, or q * scale - zero with 8 bits"},
};

const struct transform transform_progressive = {
    .name = "progressive",
    .doc = "rows of the weight by a binary16 scale to +-top, groups of those to unsigned codes with an "
           "integer scale and an integer zero, all in binary32; bits and groups are those of its scheme",
    .citation = "Lin et al., QServe, arXiv 2405.04532, section 4.1; mit-han-lab/deepcompressor (lmquant) "
                "bf52c1e quantizer/impl/{base,scale}.py, kernel/rtn.py, data/range.py; "
                "examples/llm/configs/qoq-g128.yaml has zero=outer, to which its search gives 120",
    .acts = "weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};

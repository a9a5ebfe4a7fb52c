/* Transform "qserve": weights in two steps, eight bits for each row, then four for groups of those codes. */
#include <math.h>
#include <stdlib.h>

#include "sim/transform/migrate.h"
#include "sim/transform/nearest.h"

#define LEVELS 15 /* of four bits above zero */

static double clamp(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

/* Modulo 256 into -128 .. 127, as eight bits hold it. */
static double wrap(double v)
{
    return v - 256 * floor((v + 128) / 256);
}

/* The scale of a row: what maps its largest weight to `range`, in fp16; at least 2^-24. */
static double scale_of(const float *w, size_t n, double range, const struct format *fp16)
{
    const struct rounding nearest = {.mode = ROUND_RNE};
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs((double)w[k]));
    const struct number want = number_from_f64(fmax(most / range, 0x1p-24));
    return format_value(fp16, format_round(fp16, want, &nearest, 0).code);
}

/* Codes of eight bits to what is left of them in four, with a scale and a zero that are integers too. The
 * range takes zero in, since the zero has four bits (our choice for groups of one sign). */
static void quantize_group(double *code, size_t n)
{
    double low = 0, high = 0;
    for (size_t k = 0; k < n; k++) {
        low = fmin(low, code[k]);
        high = fmax(high, code[k]);
    }
    const double scale = fmax(nearest_even((high - low) / LEVELS), 1);
    const double zero = clamp(nearest_even(-low / scale), 0, LEVELS);
    for (size_t k = 0; k < n; k++)
        code[k] = wrap((clamp(nearest_even(code[k] / scale) + zero, 0, LEVELS) - zero) * scale);
}

static void quantize_row(const float *w, size_t n, double range, size_t group, const struct format *fp16,
                         double *code, float *values)
{
    const double s = scale_of(w, n, range, fp16);
    for (size_t k = 0; k < n; k++)
        code[k] = clamp(nearest_even((double)w[k] / s), -range, range);
    for (size_t k = 0; k < n; k += group)
        quantize_group(code + k, n - k < group ? n - k : group);
    for (size_t k = 0; k < n; k++)
        values[k] = (float)(code[k] * s);
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct layer_part *p = &l->part[0];
    const size_t n = p->n, group = transform_count_of(step, "group");
    struct format fp16;
    double *code = malloc((n + 1) * sizeof *code);
    float *values = malloc((l->out * n + 1) * sizeof *values);
    enum status s = code && values ? migrate_check(l, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && !format_by_name("fp16", &fp16, NULL))
        s = error_set(e, STATUS_INTERNAL, "no format fp16");
    for (size_t i = 0; i < l->out && !s; i++)
        quantize_row(p->operand[LAYER_WEIGHT] + i * n, n, transform_number(step, "range"), group, &fp16, code,
                     values + i * n);
    free(code);
    if (s) {
        free(values);
        return s;
    }
    p->done[LAYER_WEIGHT] = values;
    p->counted[LAYER_WEIGHT] = true; /* scales of eight bits and zeros of four, a scale of 16 for each row */
    p->bits[LAYER_WEIGHT] = l->out * (4 * n + (n + group - 1) / group * (8 + 4) + 16);
    return STATUS_OK;
}

static const struct transform_key keys[] = {
    {"range", TRANSFORM_INTEGER, 119, 1, 127, NULL,
     "largest code of the first step; above 119 the second can leave eight bits, and wraps"},
    {"group", TRANSFORM_INTEGER, 128, 1, 1 << 20, NULL, "columns of a group of the second step"},
};

const struct transform transform_qserve = {
    .name = "qserve",
    .doc = "weights in int8 with a scale for each row, their codes in four bits with an integer scale and "
           "zero for each group",
    .citation = "Lin et al., QServe, arXiv 2405.04532 (progressive group quantization, protective range)",
    .acts = "weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};

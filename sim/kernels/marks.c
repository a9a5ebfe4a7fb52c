/* Which codes can be told from values, and the scales of blocks for that. */
#include <math.h>
#include <stdlib.h>

#include "sim/kernels/kernels.h"

/* Binades from one: values of ordinary size, scales under which those stay normal numbers or become infinite,
 * numbers that constants may be. */
enum { NARROW = 60, REACH = 125, FAR = 100 };

static const struct rounding nearest = {.mode = ROUND_RNE};

static bool is_between(struct number x, int low, int high)
{
    int32_t e = number_exponent(x);
    return e > low && e < high;
}

/* Whether the layout alone says which code has a value: sign, exponent, significand. */
static bool is_laid_out(const struct format *f)
{
    return f->family == &family_float && f->subnormals == SUBNORMALS_ON && !f->is_unsigned &&
           f->stretch == 0 && f->bias <= 127 && f->bias >= -FAR;
}

static bool is_integer(const struct format *f)
{
    return f->family == &family_int && f->stretch == 0 && abs(f->fraction_bits) <= FAR;
}

static bool rounds_to(const struct format *f, float x, uint32_t code)
{
    return format_round(f, number_from_f32(x), &nearest, 0).code == code;
}

/* Whether this code alone is told from a number near its value x: or no number is rounded to that. */
static bool value_tells(const struct format *f, float x, uint32_t code)
{
    const uint32_t of_x = format_round(f, number_from_f32(x), &nearest, 0).code;
    if (of_x != code)
        return number_to_f32(format_decode(f, of_x)) != x;
    return rounds_to(f, x * (1 + 0x1p-20F), code) && rounds_to(f, x * (1 - 0x1p-20F), code);
}

/* Of all values but zero, normal numbers of binary32 among them. */
static bool values_tell(const struct format *f)
{
    for (uint32_t code = 0; code <= format_code_mask(f); code++) {
        const struct number v = format_decode(f, code);
        const float x = v.class == NUMBER_FINITE ? number_to_f32(v) : 0;
        if (isnormal(x) && !value_tells(f, x, code))
            return false;
    }
    return true;
}

static bool is_nearest(const struct rounding *r)
{
    return r->mode == ROUND_RNE && r->overflow == OVERFLOW_SATURATE && r->neg_zero == NEG_ZERO_KEEP &&
           !r->ftz;
}

static bool open_table(struct kernel_marks *k, const struct kernel_table *table)
{
    k->kind = MARKS_TABLE;
    if (!table || !values_tell(&k->f))
        return false;
    k->owns_table = !is_nearest(&table->r);
    if (k->owns_table && !kernel_table_open(&k->table, &k->f, &nearest))
        return false;
    if (!k->owns_table)
        k->table = *table;
    const float *value = k->table.value;
    size_t n = (size_t)4 << k->table.index_bits;
    float *code = malloc(n * sizeof *code);
    for (size_t i = 0; code && i < n; i++)
        code[i] = f32_from_bits(format_round(&k->f, number_from_f32(value[i]), &nearest, 0).code);
    if (k->owns_table)
        free(k->table.value);
    k->table.value = code;
    if (!code)
        kernel_marks_close(k);
    return code != NULL;
}

bool kernel_marks_open(struct kernel_marks *k, const struct format *f, const struct kernel_table *table)
{
    *k = (struct kernel_marks){.f = *f};
    if (f->bits > 16)
        return false;
    const struct number least = format_min_positive(f);
    const uint32_t zero = format_round(f, number_from_f32(0), &nearest, 0).code;
    k->narrow = is_between(least, -NARROW, NARROW) && is_between(format_max(f), -NARROW, NARROW);
    k->zero_is_zero = format_decode(f, zero).class == NUMBER_ZERO;
    k->least_scale = number_to_f32(number_div(number_pow2(-126), least));
    if (is_integer(f))
        k->kind = f->codes == CODES_SIGNMAG ? MARKS_SIGNMAG : MARKS_INT;
    else if (is_laid_out(f))
        k->kind = MARKS_FLOAT;
    else
        return open_table(k, table);
    return true;
}

void kernel_marks_close(struct kernel_marks *k)
{
    if (k->kind != MARKS_TABLE)
        return;
    free(k->table.value);
    k->table.value = NULL;
    if (k->owns_table)
        kernel_table_close(&k->table);
}

bool kernel_marks_scale(const struct kernel_marks *k, struct number scale, float *inverse, bool *small)
{
    if (scale.class != NUMBER_FINITE || scale.negative)
        return false;
    *inverse = number_to_f32(number_div(number_pow2(0), scale));
    *small = number_to_f32(scale) < k->least_scale;
    return number_compare(scale, number_pow2(0)) == 0 || (k->narrow && is_between(scale, -REACH, REACH));
}

/* The scale's bits are those of amax, carried, in the exponent field, less the bias; its reciprocal must be a
 * normal number. */
void kernel_blocks_inverses(const struct kernel_blocks *k, const int32_t *top, size_t n, float *inverse)
{
    for (size_t i = 0; i < n; i++) {
        int32_t field = (int32_t)(((uint32_t)top[i] + (uint32_t)k->carry[top[i] >> 23 & 1]) >> 23);
        int32_t reciprocal = 127 - (field - k->bias);
        bool served = top[i] >= k->first && top[i] <= k->last && reciprocal > 0 && reciprocal < 255;
        inverse[i] = served ? f32_from_bits((uint32_t)reciprocal << 23) : top[i] == 0 ? 1 : NAN;
    }
}

void kernel_amax_inverses(const struct kernel_amax_scale *s, const struct kernel_marks *k, const int32_t *top,
                          size_t n, float *inverse)
{
    for (size_t i = 0; i < n; i++) {
        float scale = kernel_amax_scale(s, top[i]);
        inverse[i] = scale > 0 && scale >= k->least_scale ? 1 / scale
                     : top[i] == 0 && k->zero_is_zero     ? 1
                                                          : NAN;
    }
}

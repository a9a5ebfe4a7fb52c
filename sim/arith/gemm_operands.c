/* Operands and products as kernels take them. */
#include <math.h>
#include <stdlib.h>

#include "sim/arith/dot_parts.h"
#include "sim/arith/gemm_parts.h"
#include "sim/arith/operand.h"

enum { TABLE_BITS = 16 };

static bool is_plain(struct number x)
{
    return x.class == NUMBER_ZERO ||
           (x.class == NUMBER_FINITE && !x.sticky && 64 - __builtin_ctzll(x.significand) <= PLAIN_BITS &&
            number_exponent(x) >= -PLAIN_EXPONENT && number_exponent(x) < PLAIN_EXPONENT);
}

static double power_of_two(int32_t e)
{
    return f64_from_bits((uint64_t)(e + 1023) << 52);
}

double plain_value(struct number x)
{
    if (!is_plain(x))
        return (double)NAN;
    uint64_t bits = (uint64_t)x.negative << 63;
    if (x.class == NUMBER_FINITE)
        bits |= (uint64_t)(number_exponent(x) + 1023) << 52 | x.significand << 1 >> 12;
    return f64_from_bits(bits);
}

/* --- where numbers lie --- */

static int32_t exponent_of(double x)
{
    return (int32_t)(bits_from_f64(x) >> 52 & 0x7ff) - 1023;
}

void extent_add(struct extent *e, double x)
{
    if (x == 0 || x != x)
        return;
    uint64_t significand = (bits_from_f64(x) & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
    int32_t top = exponent_of(x), last = top - 52 + __builtin_ctzll(significand);
    e->low = last < e->low ? last : e->low;
    e->high = top + 1 > e->high ? top + 1 : e->high;
}

struct extent extent_both(struct extent x, struct extent y)
{
    return (struct extent){x.low < y.low ? x.low : y.low, x.high > y.high ? x.high : y.high};
}

/* --- operands --- */

struct operand_value {
    double value, power;
};

static struct operand_value value_of(const struct format *f, struct number x)
{
    struct operand_value v = {plain_value(x), 0};
    if (v.value == v.value && v.value != 0)
        v.power = power_of_two(operand_exponent(f, x));
    return v;
}

static const struct dot_scales *unit_scales(const struct reader *r)
{
    return r->spec->scales == MAC_SCALES_UNIT ? r->side->scales : NULL;
}

static bool dequantizes(const struct reader *r)
{
    return r->spec->scales == MAC_SCALES_DEQUANTIZE && r->side->scales;
}

bool format_is_f32(const struct format *f)
{
    return f->family == &family_float && f->bits == 32 && f->exponent_bits == 8 && f->precision == 24 &&
           f->bias == 127 && f->specials == SPECIALS_IEEE && f->subnormals == SUBNORMALS_ON &&
           f->real_bias == 0 && f->stretch == 0 && !f->is_unsigned;
}

bool reader_open(struct reader *r, const struct mac_spec *m, const struct dot_side *side, size_t rows,
                 size_t n)
{
    const struct format *f = side->format;
    *r = (struct reader){.spec = m, .side = side, .f32 = format_find("fp32"), .n = n};
    if (side->scales)
        r->blocks = (n + side->scales->block - 1) / side->scales->block;
    r->is_f32 = !dequantizes(r) && format_is_f32(f);
    size_t codes = f->bits > TABLE_BITS ? SIZE_MAX : (size_t)1 << f->bits;
    if (dequantizes(r) || (codes > 256 && codes > rows * n))
        return true;
    r->value = malloc(codes * sizeof *r->value);
    r->power = malloc(codes * sizeof *r->power);
    for (uint32_t c = 0; r->value && r->power && c < codes; c++) {
        struct operand_value v = value_of(f, format_decode(f, dot_operand(m, f, c)));
        r->value[c] = v.value;
        r->power[c] = v.power;
    }
    return r->value && r->power;
}

void reader_close(struct reader *r)
{
    free(r->value);
    free(r->power);
}

/* An operand times its scale, the sign of which does not count. */
static struct operand_value scaled(const struct reader *r, struct operand_value v, size_t row, size_t k)
{
    const struct dot_scales *s = unit_scales(r);
    struct term scale = dot_term(s->format, s->codes[row * r->blocks + k / s->block]);
    scale.value.negative = false;
    struct operand_value by = {plain_value(scale.value), 0};
    if (by.value == by.value && by.value != 0)
        by.power = power_of_two(scale.exponent);
    struct operand_value out = {plain_value(number_from_f64(v.value * by.value)), v.power * by.power};
    bool far = out.power != 0 &&
               (exponent_of(out.power) < -PLAIN_EXPONENT || exponent_of(out.power) > PLAIN_EXPONENT);
    return far ? (struct operand_value){(double)NAN, 0} : out;
}

/* A normal number of binary32 is plain. */
static struct operand_value value_of_f32(const struct reader *r, uint32_t code)
{
    uint32_t field = code >> 23 & 0xff;
    if (field == 0 || field == 0xff)
        return value_of(r->side->format,
                        format_decode(r->side->format, dot_operand(r->spec, r->side->format, code)));
    return (struct operand_value){(double)f32_from_bits(code), (double)f32_from_bits(field << 23)};
}

static struct operand_value value_at(const struct reader *r, size_t row, size_t k)
{
    const struct format *f = r->side->format;
    uint32_t code = r->side->codes[row * r->n + k];
    struct operand_value v;
    if (dequantizes(r)) {
        struct dot_scales scales;
        struct dot_side side = dot_side_row(r->side, row, r->n, &scales);
        v = value_of(r->f32, format_decode(r->f32, dot_dequantized(&side, k)));
    } else if (r->value) {
        code &= format_code_mask(f);
        v = (struct operand_value){r->value[code], r->power[code]};
    } else if (r->is_f32)
        v = value_of_f32(r, code);
    else
        v = value_of(f, format_decode(f, dot_operand(r->spec, f, code)));
    return unit_scales(r) ? scaled(r, v, row, k) : v;
}

/* Codes of up to 8 bits by their table; which ones there were says how far they reach. */
static void pack_short(const struct reader *r, const uint32_t *order, size_t row, size_t rows,
                       const struct packed *out)
{
    const uint32_t mask = format_code_mask(r->side->format), *codes = r->side->codes + row * r->n;
    bool seen[256] = {false};
    for (size_t k = 0; k < r->n; k++)
        for (size_t i = 0; i < rows; i++) {
            uint32_t c = codes[i * r->n + order[k]] & mask;
            size_t to = i * out->of_row + k * out->of_term;
            out->value[to] = r->value[c];
            if (out->power)
                out->power[to] = r->power[c];
            seen[c] = true;
        }
    for (uint32_t c = 0; out->extent && c <= mask; c++)
        if (seen[c])
            extent_add(out->extent, r->value[c]);
}

void reader_pack(const struct reader *r, const uint32_t *order, size_t row, size_t rows,
                 const struct packed *out)
{
    if (r->value && r->side->format->bits <= 8 && !unit_scales(r)) {
        pack_short(r, order, row, rows, out);
        return;
    }
    for (size_t k = 0; k < r->n; k++)
        for (size_t i = 0; i < rows; i++) {
            struct operand_value v = value_at(r, row + i, order[k]);
            size_t to = i * out->of_row + k * out->of_term;
            out->value[to] = v.value;
            if (out->power)
                out->power[to] = v.power;
            if (out->extent)
                extent_add(out->extent, v.value);
        }
}

/* --- products --- */

enum { NO_PRODUCT = 0x7fc00000 };

/* A product as a normal number of binary32 whose last bit is free for whether the operation could not hold
 * it. */
static int32_t entry(struct number x, uint32_t events)
{
    uint32_t bits = (uint32_t)x.negative << 31;
    if (x.class == NUMBER_FINITE) {
        int32_t e = number_exponent(x);
        if (x.sticky || 64 - __builtin_ctzll(x.significand) > 23 || e < -126 || e > 127)
            return NO_PRODUCT;
        bits |= (uint32_t)(e + 127) << 23 | (uint32_t)(x.significand << 1 >> 41);
    } else if (x.class != NUMBER_ZERO)
        return NO_PRODUCT;
    return (int32_t)(bits | (events != 0));
}

/* Whether the first bits of both codes do nothing but turn the sign of the product. */
static bool is_mirrored(const int32_t *table)
{
    for (uint32_t i = 0; i < PRODUCT_TABLE_SIZE; i++) {
        uint32_t to = i & 0x7f7f, turns = ((i >> 8 ^ i) & 0x80) << 24;
        if (table[i] != NO_PRODUCT && (uint32_t)table[i] != ((uint32_t)table[to] ^ turns))
            return false;
        if (table[i] == NO_PRODUCT && table[to] != NO_PRODUCT)
            return false;
    }
    return true;
}

int32_t *product_table_make(const struct mac_spec *m, const struct format *fa, const struct format *fb,
                            struct extent *extent, bool *mirrored)
{
    int32_t *table = malloc(PRODUCT_TABLE_SIZE * sizeof *table);
    *extent = EXTENT_NONE;
    for (uint32_t a = 0; table && a <= format_code_mask(fa); a++)
        for (uint32_t b = 0; b <= format_code_mask(fb); b++) {
            uint32_t events = 0, x = dot_operand(m, fa, a), y = dot_operand(m, fb, b);
            struct number p = dot_settled(m->product->multiply(&m->args, fa, x, fb, y, &events).value);
            int32_t bits = entry(p, events);
            table[a << 8 | b] = bits;
            extent_add(extent, (double)f32_from_bits((uint32_t)bits & ~UINT32_C(1)));
        }
    *mirrored = table && fa->bits == 8 && fb->bits == 8 && is_mirrored(table);
    return table;
}

/* Codes of elements from their values: see struct kernel_marks.
 *
 * v = y * inverse is within 2^-22 of the value, relatively, far less than half a step of 16 bits. Codes of an
 * integer are the last bits of 1.5 * 2^23 + v in quanta. Codes of a float grow with magnitudes and lie evenly
 * in each binade: the bits of |v|, rounded to the precision, count them from the least normal number on;
 * below it those of |v| plus that number do. Tables know.
 *
 * A set of few codes lies in registers, and is written where a vector has one that is not in it: as often as
 * there are codes, at most. */
#include "sim/kernels/kernels.h"
#include "sim/kernels/table.inc.h"

enum { MARKS_FEW = 10 }; /* bits of codes of which registers hold the set */

struct mark_constants {
    vf unit, magic, least_normal; /* in quanta; 1.5 * 2^23 or 2^23 */
    vi offset, sign, mask;
    int shift, sign_shift;
    struct table_constants table;
};

enum mark_codes { CODES_OF_INT, CODES_OF_SIGNMAG, CODES_OF_FLOAT, CODES_OF_SHORT_TABLE, CODES_OF_TABLE };

struct mark_kind {
    enum mark_codes codes;
    bool few, small;
};

/* What was found so far. */
struct mark_found {
    struct vt known;
    size_t untold;
};

static struct mark_constants mark_constants_of(const struct kernel_marks *k, struct mark_kind kind)
{
    const struct format *f = &k->f;
    const bool is_table = kind.codes == CODES_OF_SHORT_TABLE || kind.codes == CODES_OF_TABLE;
    const bool is_float = kind.codes == CODES_OF_FLOAT;
    const int32_t sign = f->is_unsigned ? 0 : INT32_C(1) << (f->bits - 1);
    const int shift = is_float ? 24 - f->precision : 0;
    const int32_t least = is_float ? (128 - f->bias) << 23 : 0,
                  half = is_float ? INT32_C(1) << (shift - 1) : 0;
    struct mark_constants c = {
        .unit = vf_from_bits(vi_set1(is_float || is_table ? 127 << 23 : (127 + f->fraction_bits) << 23)),
        .magic = vf_set1(kind.codes == CODES_OF_INT ? 0x1.8p23F : 0x1p23F),
        .least_normal = vf_from_bits(vi_set1(least)),
        .offset = vi_set1(half - least),
        .sign = vi_set1(sign),
        .mask = vi_set1(kind.codes == CODES_OF_SIGNMAG ? sign - 1 : (int32_t)format_code_mask(f)),
        .shift = shift,
        .sign_shift = 32 - f->bits};
    if (is_table)
        c.table = table_constants(&k->table, 1, 1, kind.codes == CODES_OF_SHORT_TABLE);
    return c;
}

ALWAYS_INLINE vi mark_codes(const struct mark_constants *c, vf y, vf inverse, struct mark_kind kind)
{
    const vf v = vf_mul(y, inverse), a = vf_abs(v);
    const vi sign = vi_and(vi_shr(vf_bits(y), c->sign_shift), c->sign);
    if (kind.codes == CODES_OF_INT)
        return vi_and(vf_bits(vf_add(vf_mul(v, c->unit), c->magic)), c->mask);
    if (kind.codes == CODES_OF_SIGNMAG)
        return vi_or(vi_and(vf_bits(vf_add(vf_mul(a, c->unit), c->magic)), c->mask), sign);
    if (kind.codes == CODES_OF_FLOAT) {
        vm below = vf_lt(a, c->least_normal);
        vi bits = vi_select(below, vf_bits(vf_add(a, c->least_normal)), vi_add(vf_bits(a), vi_set1(1 << 23)));
        return vi_and(vi_or(vi_shr(vi_add(bits, c->offset), c->shift), sign), c->mask);
    }
    struct table_constants table = c->table;
    table.inverse = inverse;
    const struct table_place at = table_place(
        &table, y, (struct table_kind){.is_short = kind.codes == CODES_OF_SHORT_TABLE, .scaled = true});
    return vf_bits(table_value(&table, at.index, at.magnitude, kind.codes == CODES_OF_SHORT_TABLE));
}

/* Lanes whose code the definition must tell. */
ALWAYS_INLINE vm mark_untold(vf x, vf y, vf inverse, vm lanes, struct mark_kind kind)
{
    vm told = vf_lt(vf_abs(vf_mul(y, inverse)), vf_set1(INFINITY));
    if (kind.small)
        told = vm_and(told, vm_or(vf_le(vf_set1(0x1p-126F), vf_abs(y)), vf_eq(x, vf_set1(0))));
    return vm_andnot(lanes, told);
}

/* Lanes whose code is not in the set. */
ALWAYS_INLINE vm mark_new(const struct kernel_codes *codes, const struct mark_found *found, vi code, vm lanes,
                          struct mark_kind kind)
{
    vi word = vi_shr(code, 5), bit = vi_and(code, vi_set1(31));
    vi set = kind.few ? vt_at(&found->known, word) : vi_gather(codes->word, word);
    vi is_known = vi_and(vi_shr_each(set, bit), vi_set1(1));
    return vm_and(lanes, vi_eq(is_known, vi_set1(0)));
}

static void mark_put(struct kernel_codes *codes, vi code, vm lanes)
{
    int32_t c[W];
    vi_store(c, code);
    for (uint32_t rest = vm_bits(lanes); rest; rest &= rest - 1) {
        int32_t one = c[__builtin_ctz(rest)];
        codes->word[one / 32] |= (int32_t)(UINT32_C(1) << (one % 32));
    }
}

/* Elements i .. i + n - 1, n <= W, or as many as there are. */
ALWAYS_INLINE void mark_vector(const struct mark_constants *c, vf inverse, const float *x, const float *y,
                               size_t i, size_t n, struct kernel_codes *codes, uint16_t *untold,
                               struct mark_found *found, struct mark_kind kind)
{
    const vm lanes = vm_first(n);
    const vf v = n < W ? vf_load_n(y + i, n) : vf_load(y + i);
    vf from = vf_set1(0);
    if (kind.small)
        from = n < W ? vf_load_n(x + i, n) : vf_load(x + i);
    const vi code = mark_codes(c, v, inverse, kind);
    const vm not_told = mark_untold(from, v, inverse, lanes, kind);
    const vm is_new = mark_new(codes, found, code, vm_andnot(lanes, not_told), kind);
    if (!vm_any(vm_or(not_told, is_new)))
        return;
    mark_put(codes, code, is_new);
    if (kind.few)
        found->known = vt_load(codes->word);
    for (uint32_t rest = vm_bits(not_told); rest; rest &= rest - 1)
        untold[found->untold++] = (uint16_t)(i + (size_t)__builtin_ctz(rest));
}

ALWAYS_INLINE size_t mark_run(const struct kernel_marks *k, const float *inverse, size_t run, const float *x,
                              const float *y, size_t n, struct kernel_codes *codes, uint16_t *untold,
                              struct mark_kind kind)
{
    const struct mark_constants c = mark_constants_of(k, kind);
    struct mark_found found = {.known = vt_load(codes->word)};
    if (run < W && W % run == 0) {
        int32_t place[W];
        for (size_t j = 0; j < W; j++)
            place[j] = (int32_t)(j / run);
        for (size_t i = 0; i < n; i += W) {
            vf own = vf_gather(inverse + i / run, vi_load(place));
            mark_vector(&c, own, x, y, i, n - i < W ? n - i : W, codes, untold, &found, kind);
        }
        return found.untold;
    }
    for (size_t first = 0; first < n; first += run) {
        const size_t end = n - first < run ? n : first + run;
        const vf own = vf_set1(*inverse++);
        for (size_t i = first; i < end; i += W)
            mark_vector(&c, own, x, y, i, end - i < W ? end - i : W, codes, untold, &found, kind);
    }
    return found.untold;
}

static size_t mark(const struct kernel_marks *k, const float *inverse, size_t run, bool small, const float *x,
                   const float *y, size_t n, struct kernel_codes *codes, uint16_t *untold)
{
    const bool few = k->f.bits <= MARKS_FEW;
    const enum mark_codes kind_of = k->kind == MARKS_INT                        ? CODES_OF_INT
                                    : k->kind == MARKS_SIGNMAG                  ? CODES_OF_SIGNMAG
                                    : k->kind == MARKS_FLOAT                    ? CODES_OF_FLOAT
                                    : k->table.index_bits == KERNEL_TABLE_SHORT ? CODES_OF_SHORT_TABLE
                                                                                : CODES_OF_TABLE;
#define MARK_KIND(kind_of_codes, are_few, is_small)                       \
    if (few == (are_few) && small == (is_small)) {                        \
        const struct mark_kind kind = {kind_of_codes, are_few, is_small}; \
        return mark_run(k, inverse, run, x, y, n, codes, untold, kind);   \
    }
#define MARK_CODES(kind_of_codes)              \
    if (kind_of == (kind_of_codes)) {          \
        MARK_KIND(kind_of_codes, true, false)  \
        MARK_KIND(kind_of_codes, true, true)   \
        MARK_KIND(kind_of_codes, false, false) \
        MARK_KIND(kind_of_codes, false, true)  \
    }
    MARK_CODES(CODES_OF_INT)
    MARK_CODES(CODES_OF_SIGNMAG)
    MARK_CODES(CODES_OF_FLOAT)
    MARK_CODES(CODES_OF_SHORT_TABLE)
    MARK_CODES(CODES_OF_TABLE)
#undef MARK_CODES
#undef MARK_KIND
    return 0;
}

static void tops(const float *x, size_t block, size_t n, int32_t *top)
{
    for (size_t i = 0, b = 0; i < n; i += W * block, b += W)
        vi_store(top + b, float_blocks_tops(x + i, n - i, block));
}

static void float_inverses(const struct kernel_float_blocks *k, const struct outer_scale *outer,
                           const int32_t *top, size_t n, float *inverse)
{
    struct kernel_float_outer o;
    const bool served = kernel_float_outer(k, outer, &o);
    for (size_t b = 0; b < n; b += W) {
        struct float_blocks_scales s;
        if (!served) {
            vf_store(inverse + b, vf_set1(NAN));
            continue;
        }
        float_blocks_find(k, &o, vi_load(top + b), n - b < W ? n - b : W, &s);
        for (uint32_t rest = s.special; rest; rest &= rest - 1)
            s.inverse[__builtin_ctz(rest)] = NAN;
        for (uint32_t rest = s.zero; rest; rest &= rest - 1)
            s.inverse[__builtin_ctz(rest)] = 1;
        vf_store(inverse + b, vf_load(s.inverse));
    }
}

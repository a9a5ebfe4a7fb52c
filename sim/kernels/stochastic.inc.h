/* Stochastic rounding to a grid: see struct kernel_grid for the grid.
 *
 * The quantum of |q| is found as in grid.inc.h; rounding |q| to nearest and stepping back if that went up
 * gives the lower neighbour, and what is left over the quantum is nu, exactly. With R the n random bits, A
 * goes up for floor(nu 2^n) + R >= 2^n, B for floor(nu 2^n + 1/2) + R >= 2^n, C for RNE(nu 2^n) + R >= 2^n
 * (see round_sr_threshold): that is where the integer M at the left is above 2^n - 1 - R, the complement of
 * R. For n > 30, M comes in two parts, of which the lower has 16 bits: nu has 24, so M < 2^32.
 *
 * A subnormal q = x * 2^-k may be off, but is far from going up; if it has become zero, it is inexact still.
 */
#include <string.h>

#include "sim/base/rng.h"
#include "sim/kernels/define.h"
#include "sim/kernels/kernels.h"

enum {
    STOCHASTIC_CHUNK = 1024,
    PHILOX_ROUNDS = 10,
    PHILOX_CHAINS = 4 /* at a time, to fill the wait for products */
};
enum { PHILOX_AT_ONCE = PHILOX_CHAINS * 4 * HALF };

/* Philox4x32-10 as in rng_u32x4: the numbers of groups first, first + 1, ..., at least n of them, and fewer
 * than PHILOX_AT_ONCE more. A lane holds words 0 and 1 of a counter, or 2 and 3. */
static void stochastic_numbers(uint64_t seed, uint64_t stream, uint64_t group, uint32_t *out, size_t n)
{
    vq key[2][PHILOX_ROUNDS];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int i = 0; i < PHILOX_ROUNDS; i++) {
        key[0][i] = vq_set1(k0);
        key[1][i] = vq_set1(k1);
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    const vq m0 = vq_set1(0xD2511F53), m1 = vq_set1(0xCD9E8D57);
    for (size_t done = 0; done < n; done += PHILOX_AT_ONCE) {
        vq a[PHILOX_CHAINS], b[PHILOX_CHAINS];
#pragma GCC unroll 4
        for (int j = 0; j < PHILOX_CHAINS; j++, group += HALF) {
            a[j] = vq_from(group);
            b[j] = vq_set1(stream);
        }
#pragma GCC unroll 10
        for (int i = 0; i < PHILOX_ROUNDS; i++)
#pragma GCC unroll 4
            for (int j = 0; j < PHILOX_CHAINS; j++) {
                vq p0 = vq_mul_low(a[j], m0), p1 = vq_mul_low(b[j], m1);
                a[j] = vq_xor3(vq_swap(p1), vq_high(a[j]), key[0][i]);
                b[j] = vq_xor3(vq_swap(p0), vq_high(b[j]), key[1][i]);
            }
#pragma GCC unroll 4
        for (int j = 0; j < PHILOX_CHAINS; j++)
            vq_store_zipped(out + done + j * 4 * HALF, a[j], b[j]);
    }
}

struct stochastic_constants {
    vf inverse, scale, high, low, far, before_first_tie, to_bits;
    vi least_normal, magic;
    int unused; /* random bits */
};

struct stochastic_counters {
    vi saturated, flushed, near;
};

struct stochastic_kind {
    enum sr_kind sr;
    bool wide, scaled, counting; /* wide: more than 30 bits */
};

/* M of v = nu 2^n, or of the lower part of it. */
ALWAYS_INLINE vi stochastic_integer(vf v, enum sr_kind sr)
{
    if (sr == SR_C)
        return vi_from_vf(v);
    vi whole = vi_truncate_vf(v);
    return sr == SR_A ? whole : vi_count(whole, vf_le(vf_set1(0.5F), vf_sub(v, vf_from_vi(whole))));
}

ALWAYS_INLINE vm stochastic_goes_up(const struct stochastic_constants *c, vf nu, vi random,
                                    struct stochastic_kind kind)
{
    if (kind.sr == SR_EQUAL)
        return vi_lt(random, vi_set1(0));
    vf v = vf_mul(nu, c->to_bits);
    vi m;
    if (kind.wide) { /* to_bits is 2^(n - 16) */
        vi high = vi_truncate_vf(v);
        vf rest = vf_mul(vf_sub(v, vf_from_vi(high)), vf_set1(65536));
        m = vi_add(vi_shl(high, 16), stochastic_integer(rest, kind.sr));
    } else
        m = stochastic_integer(v, kind.sr);
    return vi_lt_unsigned(vi_shr(vi_xor(random, vi_set1(-1)), c->unused), m);
}

/* Where x lies between its neighbours, as magnitudes. */
struct stochastic_place {
    vf q, a, most, lower, over, nu; /* most: the outermost value on its side */
    vi quantum_bits;
};

ALWAYS_INLINE struct stochastic_place stochastic_find(const struct stochastic_constants *c, vf x, bool scaled)
{
    struct stochastic_place p = {.q = scaled ? vf_mul(x, c->inverse) : x};
    p.a = vf_min(vf_abs(p.q), c->far);
    p.most = vf_from_bits(vi_blend_bits(vi_sra(vf_bits(p.q), 31), vf_bits(c->low), vf_bits(c->high)));
    vi binade = vi_and(vi_max(vf_bits(p.a), c->least_normal), vi_set1(0x7f800000));
    vf magic = vf_from_bits(vi_add(binade, c->magic));
    p.quantum_bits = vi_sub(vf_bits(magic), vi_set1(23 << 23));
    vf nearest = vf_sub(vf_add(p.a, magic), magic);
    p.lower = vf_sub(nearest, vf_from_bits(vi_select(vf_lt(p.a, nearest), p.quantum_bits, vi_set1(0))));
    p.over = vf_sub(p.a, p.lower);
    p.nu = vf_mul(p.over, vf_from_bits(vi_sub(vi_set1(254 << 23), p.quantum_bits)));
    return p;
}

/* Whether x is none of the values. */
ALWAYS_INLINE vm stochastic_inexact(const struct stochastic_place *p, vf x)
{
    return vm_or(vf_lt(vf_set1(0), p->over), vm_andnot(vf_eq(p->q, vf_set1(0)), vf_eq(x, vf_set1(0))));
}

/* The lower neighbour, or the upper one. */
ALWAYS_INLINE vf stochastic_rounded(const struct stochastic_place *p, vm up)
{
    return vf_add(p->lower, vf_from_bits(vi_select(up, p->quantum_bits, vi_set1(0))));
}

ALWAYS_INLINE vf stochastic_output(const struct kernel_stochastic *k, const struct stochastic_constants *c,
                                   const struct stochastic_place *p, vf rounded, bool scaled)
{
    vf out = vf_or(vf_min(rounded, p->most), vf_sign(p->q));
    if (!k->grid.signed_zero)
        out = vf_add(out, vf_set1(0));
    return scaled ? vf_mul(out, c->scale) : out;
}

ALWAYS_INLINE vf stochastic_vector(const struct kernel_stochastic *k, const struct stochastic_constants *c,
                                   vf x, vi random, struct stochastic_kind kind, vm lanes,
                                   struct stochastic_counters *n)
{
    const struct stochastic_place p = stochastic_find(c, x, kind.scaled);
    vm up = stochastic_goes_up(c, p.nu, random, kind);
    if (kind.sr == SR_EQUAL) /* what is exact stays */
        up = vm_and(up, stochastic_inexact(&p, x));
    vf rounded = stochastic_rounded(&p, up), out = stochastic_output(k, c, &p, rounded, kind.scaled);
    if (kind.counting) {
        vm tie = vm_or(vf_eq(vf_add(p.over, p.over), vf_from_bits(p.quantum_bits)),
                       vf_eq(p.a, c->before_first_tie));
        n->near = vi_count(n->near, vm_and(vm_and(lanes, tie), vf_le(p.lower, p.most)));
        n->saturated = vi_count(n->saturated, vm_and(lanes, vf_lt(p.most, rounded)));
        n->flushed =
            vi_count(n->flushed, vm_andnot(vm_and(lanes, vf_eq(out, vf_set1(0))), vf_eq(x, vf_set1(0))));
    }
    return out;
}

ALWAYS_INLINE struct stochastic_constants stochastic_constants_of(const struct kernel_stochastic *k,
                                                                  float inverse, float scale, bool wide)
{
    return (struct stochastic_constants){
        .inverse = vf_set1(inverse),
        .scale = vf_set1(scale),
        .high = vf_set1(k->grid.high),
        .low = vf_set1(-k->grid.low),
        .far = vf_set1(k->far),
        .before_first_tie = vf_set1(f32_from_bits(bits_from_f32(k->grid.first_tie) - 1)),
        .to_bits = vf_from_bits(vi_set1((127 + k->bits - (wide ? 16 : 0)) << 23)),
        .least_normal = vf_bits(vf_set1(k->grid.least_normal)),
        .magic = vi_set1(k->grid.magic),
        .unused = 32 - k->bits};
}

ALWAYS_INLINE void stochastic_run(const struct kernel_stochastic *k, const struct kernel_random *r,
                                  float inverse, float scale, const float *x, float *y, size_t n,
                                  struct kernel_counts *counts, struct stochastic_kind kind)
{
    const vi zero = vi_set1(0);
    const struct stochastic_constants c = stochastic_constants_of(k, inverse, scale, kind.wide);
    struct stochastic_counters counters = {zero, zero, zero};
    uint32_t numbers[STOCHASTIC_CHUNK + PHILOX_AT_ONCE + 4];
    for (size_t first = 0; first < n; first += STOCHASTIC_CHUNK) {
        size_t length = n - first < STOCHASTIC_CHUNK ? n - first : STOCHASTIC_CHUNK;
        uint64_t index = r->first + first;
        const uint32_t *random = numbers + index % 4;
        stochastic_numbers(r->seed, r->stream, index / 4, numbers, index % 4 + length);
        for (size_t i = first; i < first + length; i += W) {
            size_t rest = first + length - i < W ? first + length - i : W;
            vf v = rest == W ? vf_load(x + i) : vf_load_n(x + i, rest);
            vi bits =
                vf_bits(rest == W ? vf_load((const float *)(const void *)(random + (i - first)))
                                  : vf_load_n((const float *)(const void *)(random + (i - first)), rest));
            if (vm_any(vf_is_nan(v)))
                kernel_define(&k->grid.f, &k->r, scale, random + (i - first), x + i, y + i, rest, counts);
            else if (rest == W)
                vf_store(y + i, stochastic_vector(k, &c, v, bits, kind, vm_first(W), &counters));
            else
                vf_store_n(y + i, stochastic_vector(k, &c, v, bits, kind, vm_first(rest), &counters), rest);
        }
    }
    if (counts) {
        counts->saturated += vi_sum(counters.saturated);
        counts->flushed += vi_sum(counters.flushed);
        counts->near_ties += vi_sum(counters.near);
    }
}

/* One function for each kind, so that none decides anything by the element. */
static void stochastic(const struct kernel_stochastic *k, const struct kernel_random *random, float inverse,
                       float scale, const float *x, float *y, size_t n, struct kernel_counts *counts)
{
#define STOCHASTIC_KIND(sr, is_wide)                                             \
    if (k->r.sr_kind == (sr) && (k->bits > 30) == (is_wide)) {                   \
        const struct stochastic_kind values = {sr, is_wide, true, false};        \
        const struct stochastic_kind counted = {sr, is_wide, true, true};        \
        if (counts)                                                              \
            stochastic_run(k, random, inverse, scale, x, y, n, counts, counted); \
        else                                                                     \
            stochastic_run(k, random, inverse, scale, x, y, n, NULL, values);    \
    }
    STOCHASTIC_KIND(SR_A, false)
    STOCHASTIC_KIND(SR_A, true)
    STOCHASTIC_KIND(SR_B, false)
    STOCHASTIC_KIND(SR_B, true)
    STOCHASTIC_KIND(SR_C, false)
    STOCHASTIC_KIND(SR_C, true)
    STOCHASTIC_KIND(SR_EQUAL, false)
    STOCHASTIC_KIND(SR_EQUAL, true)
#undef STOCHASTIC_KIND
}

/* M of v = nu 2^n < 2^32, as above: 2^52 leaves no place below one. */
ALWAYS_INLINE vd stochastic_whole(vd v, enum sr_kind sr)
{
    const vd magic = vd_set1(0x1p52);
    vd at = sr == SR_B ? vd_add(v, vd_set1(0.5)) : v, whole = vd_sub(vd_add(at, magic), magic);
    if (sr == SR_C)
        return whole;
    return vd_sub(whole, vd_select(vd_lt(at, whole), vd_set1(1), vd_set1(0)));
}

/* Each difference and product is rounded, as in the definition. Beyond the outermost value there is one
 * neighbour: p = 0. */
ALWAYS_INLINE vd stochastic_expected(vd x, vd small, vd large, vd p)
{
    const vd infinity = vd_set1(HUGE_VAL);
    vd up = vd_mul(p, vd_sub(large, x)), down = vd_mul(vd_sub(vd_set1(1), p), vd_sub(small, x));
    vd e = vd_select(vd_lt(vd_abs(x), infinity), vd_add(up, down), vd_set1(0));
    e = vd_select(vd_lt(vd_abs(small), infinity), e, vd_set1(0));
    return vd_select(vd_lt(vd_abs(large), infinity), e, vd_set1(0));
}

ALWAYS_INLINE void expected_run(const struct kernel_stochastic *k, float inverse, float scale, const float *x,
                                size_t n, double *error, enum sr_kind sr)
{
    const struct stochastic_constants c = stochastic_constants_of(k, inverse, scale, false);
    const vd values = vd_set1((double)(UINT64_C(1) << k->bits)),
             each = vd_set1(1 / (double)(UINT64_C(1) << k->bits));
    for (size_t i = 0; i < n; i += W) {
        const size_t length = n - i < W ? n - i : W;
        const vf v = vf_load_n(x + i, length);
        const struct stochastic_place p = stochastic_find(&c, v, true);
        const vm inexact = vm_and(stochastic_inexact(&p, v), vf_lt(p.lower, p.most));
        const vf small = stochastic_output(k, &c, &p, p.lower, true);
        const vf large = stochastic_output(k, &c, &p, stochastic_rounded(&p, inexact), true);
        const vf half = vf_from_bits(vi_select(inexact, vf_bits(vf_set1(0.5F)), vi_set1(0)));
        const vf nu = vf_from_bits(vi_select(inexact, vf_bits(p.nu), vi_set1(0)));
        double e[W];
#pragma GCC unroll 2
        for (int part = 0; part < PARTS; part++) {
            vd probability = vd_from_vf(half, part);
            if (sr != SR_EQUAL)
                probability = vd_mul(stochastic_whole(vd_mul(vd_from_vf(nu, part), values), sr), each);
            vd_store(e + part * HALF, stochastic_expected(vd_from_vf(v, part), vd_from_vf(small, part),
                                                          vd_from_vf(large, part), probability));
        }
        memcpy(error + i, e, length * sizeof *e);
    }
}

static void expected(const struct kernel_stochastic *k, float inverse, float scale, const float *x, size_t n,
                     double *error)
{
    switch (k->r.sr_kind) {
    case SR_A:
        expected_run(k, inverse, scale, x, n, error, SR_A);
        break;
    case SR_B:
        expected_run(k, inverse, scale, x, n, error, SR_B);
        break;
    case SR_C:
        expected_run(k, inverse, scale, x, n, error, SR_C);
        break;
    default:
        expected_run(k, inverse, scale, x, n, error, SR_EQUAL);
    }
}

/* The vector operations of the kernels on one lane, and with it what they mean on more. Comparisons are false
 * for NaN. Loads and stores need no alignment; those of n < W elements touch no byte beyond them, and the
 * lanes beyond read zero. */
#ifndef SIM_KERNELS_VEC_H
#define SIM_KERNELS_VEC_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "formats/number.h"

/* Lanes of binary32 or of 32-bit integers; they make PARTS vectors of HALF lanes of binary64. */
enum { W = 1, HALF = 1, PARTS = W / HALF };

typedef float vf;
typedef int32_t vi;
typedef uint64_t vq;
typedef double vd;
typedef bool vm; /* a mask of W lanes */
typedef bool vn; /* a mask of HALF lanes */

/* --- memory --- */

static inline vf vf_load(const float *p)
{
    return *p;
}

static inline vf vf_load_n(const float *p, size_t n)
{
    return n ? *p : 0;
}

static inline void vf_store(float *p, vf v)
{
    *p = v;
}

static inline void vf_store_n(float *p, vf v, size_t n)
{
    if (n)
        *p = v;
}

static inline vi vi_load(const int32_t *p)
{
    return *p;
}

static inline void vi_store(int32_t *p, vi v)
{
    *p = v;
}

static inline vd vd_load(const double *p)
{
    return *p;
}

static inline void vd_store(double *p, vd v)
{
    *p = v;
}

/* HALF binary32 numbers, widened: exact. */
static inline vd vd_load_f32(const float *p)
{
    return (double)*p;
}

/* --- binary32 --- */

static inline vf vf_set1(float x)
{
    return x;
}

static inline vi vf_bits(vf x)
{
    return (int32_t)bits_from_f32(x);
}

static inline vf vf_from_bits(vi x)
{
    return f32_from_bits((uint32_t)x);
}

static inline vf vf_add(vf a, vf b)
{
    return a + b;
}

static inline vf vf_sub(vf a, vf b)
{
    return a - b;
}

static inline vf vf_mul(vf a, vf b)
{
    return a * b;
}

static inline vf vf_div(vf a, vf b)
{
    return a / b;
}

/* a * b + c and c - a * b, rounded once. */
static inline vf vf_fma(vf a, vf b, vf c)
{
    return fmaf(a, b, c);
}

static inline vf vf_fnma(vf a, vf b, vf c)
{
    return fmaf(-a, b, c);
}

/* b where either is NaN, or both are zero. */
static inline vf vf_min(vf a, vf b)
{
    return a < b ? a : b;
}

static inline vf vf_max(vf a, vf b)
{
    return a > b ? a : b;
}

/* The one of smaller, or larger, magnitude, with the sign of a. Neither is NaN; b > 0. */
static inline vf vf_least(vf a, vf b)
{
    return fabsf(a) < b ? a : copysignf(b, a);
}

/* On bits: signs of NaN and zero are bits like others. */
static inline vf vf_and(vf a, vf b)
{
    return vf_from_bits(vf_bits(a) & vf_bits(b));
}

static inline vf vf_or(vf a, vf b)
{
    return vf_from_bits(vf_bits(a) | vf_bits(b));
}

static inline vf vf_abs(vf a)
{
    return vf_from_bits(vf_bits(a) & 0x7fffffff);
}

/* The sign bit of a, and nothing else. */
static inline vf vf_sign(vf a)
{
    return vf_from_bits(vf_bits(a) & INT32_MIN);
}

static inline vm vf_lt(vf a, vf b)
{
    return a < b;
}

static inline vm vf_le(vf a, vf b)
{
    return a <= b;
}

static inline vm vf_eq(vf a, vf b)
{
    return a == b;
}

static inline vm vf_is_nan(vf a)
{
    return a != a;
}

static inline vf vf_select(vm m, vf yes, vf no)
{
    return m ? yes : no;
}

/* --- 32-bit integers; sums and products wrap --- */

static inline vi vi_set1(int32_t x)
{
    return x;
}

static inline vi vi_add(vi a, vi b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline vi vi_sub(vi a, vi b)
{
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

static inline vi vi_and(vi a, vi b)
{
    return a & b;
}

/* a and not b */
static inline vi vi_andnot(vi a, vi b)
{
    return a & ~b;
}

static inline vi vi_or(vi a, vi b)
{
    return a | b;
}

static inline vi vi_xor(vi a, vi b)
{
    return a ^ b;
}

/* Logical shifts; 0 for n >= 32. */
static inline vi vi_shl(vi a, int n)
{
    return n < 32 ? (int32_t)((uint32_t)a << n) : 0;
}

static inline vi vi_shr(vi a, int n)
{
    return n < 32 ? (int32_t)((uint32_t)a >> n) : 0;
}

/* The same by n of each lane, 0 <= n < 32. */
static inline vi vi_shr_each(vi a, vi n)
{
    return (int32_t)((uint32_t)a >> n);
}

/* Bits of a where `mask` has ones, else of b. */
static inline vi vi_blend_bits(vi mask, vi a, vi b)
{
    return (mask & a) | (~mask & b);
}

/* Arithmetic shift; n < 32. */
static inline vi vi_sra(vi a, int n)
{
    return a < 0 ? ~(~a >> n) : a >> n;
}

static inline vi vi_min(vi a, vi b)
{
    return a < b ? a : b;
}

static inline vi vi_max(vi a, vi b)
{
    return a > b ? a : b;
}

static inline vm vi_lt(vi a, vi b)
{
    return a < b;
}

static inline vm vi_lt_unsigned(vi a, vi b)
{
    return (uint32_t)a < (uint32_t)b;
}

static inline vm vi_eq(vi a, vi b)
{
    return a == b;
}

static inline vi vi_select(vm m, vi yes, vi no)
{
    return m ? yes : no;
}

/* Nearest integer, ties to even; for |a| < 2^31. */
static inline vi vi_from_vf(vf a)
{
    return (int32_t)rintf(a);
}

/* Toward zero; for |a| < 2^31. */
static inline vi vi_truncate_vf(vf a)
{
    return (int32_t)a;
}

static inline vf vf_from_vi(vi a)
{
    return (float)a;
}

/* base[index] of each lane. */
static inline vf vf_gather(const float *base, vi index)
{
    return base[index];
}

static inline vi vi_gather(const int32_t *base, vi index)
{
    return base[index];
}

/* table[index] of each lane, 0 <= index < 256: faster than gathering where the whole table fits registers. */
static inline vi vi_lookup(const int32_t table[static 256], vi index)
{
    return table[index];
}

/* The same of 128. */
static inline vi vi_lookup_half(const int32_t table[static 128], vi index)
{
    return table[index];
}

/* Tables of 32 entries, in registers where they fit. */
struct vt {
    int32_t entry[32];
};

static inline struct vt vt_load(const int32_t p[static 32])
{
    struct vt t;
    memcpy(t.entry, p, sizeof t.entry);
    return t;
}

/* Entry index & 31 of each lane. */
static inline vi vt_at(const struct vt *t, vi index)
{
    return t->entry[index & 31];
}

/* --- masks --- */

static inline vm vm_and(vm a, vm b)
{
    return a && b;
}

static inline vm vm_or(vm a, vm b)
{
    return a || b;
}

/* a and not b */
static inline vm vm_andnot(vm a, vm b)
{
    return a && !b;
}

static inline bool vm_any(vm m)
{
    return m;
}

/* Bit i is lane i. */
static inline uint32_t vm_bits(vm m)
{
    return m;
}

/* The first n lanes, n <= W. */
static inline vm vm_first(size_t n)
{
    return n > 0;
}

/* a + 1 where m holds. */
static inline vi vi_count(vi a, vm m)
{
    return a + m;
}

/* --- binary64 --- */

static inline vd vd_set1(double x)
{
    return x;
}

/* Lanes part * HALF ... of a: exact. */
static inline vd vd_from_vf(vf a, int part)
{
    (void)part;
    return (double)a;
}

/* Towards zero; for |a| < 2^31. */
static inline vi vi_from_vd(const vd part[PARTS])
{
    return (int32_t)part[0];
}

static inline vd vd_add(vd a, vd b)
{
    return a + b;
}

static inline vd vd_sub(vd a, vd b)
{
    return a - b;
}

static inline vd vd_mul(vd a, vd b)
{
    return a * b;
}

/* sum + a * b where a * b is exact, so that it does not matter whether it is rounded. */
static inline vd vd_add_exact(vd sum, vd a, vd b)
{
    return sum + a * b;
}

static inline vd vd_div(vd a, vd b)
{
    return a / b;
}

static inline vd vd_min(vd a, vd b)
{
    return a < b ? a : b;
}

static inline vd vd_max(vd a, vd b)
{
    return a > b ? a : b;
}

static inline vd vd_abs(vd a)
{
    return fabs(a);
}

/* The larger of a >= 0 and |b|, none of them NaN. */
static inline vd vd_largest(vd a, vd b)
{
    return vd_max(a, vd_abs(b));
}

static inline vn vd_lt(vd a, vd b)
{
    return a < b;
}

static inline vn vd_eq(vd a, vd b)
{
    return a == b;
}

static inline vd vd_select(vn m, vd yes, vd no)
{
    return m ? yes : no;
}

static inline vd vd_and(vd a, vd b) /* on bits */
{
    return f64_from_bits(bits_from_f64(a) & bits_from_f64(b));
}

static inline vd vd_or(vd a, vd b)
{
    return f64_from_bits(bits_from_f64(a) | bits_from_f64(b));
}

/* Toward zero, to an integer. */
static inline vd vd_truncate(vd a)
{
    return trunc(a);
}

/* 2^floor(log2 |a|); 0 of zeros and subnormal numbers, Inf of Inf and NaN. */
static inline vd vd_power(vd a)
{
    return f64_from_bits(bits_from_f64(a) & UINT64_C(0x7ff) << 52);
}

/* 1 / a of a power of two from 2^-1022 to 2^1022. */
static inline vd vd_inverse_power(vd a)
{
    return f64_from_bits((UINT64_C(2046) << 52) - bits_from_f64(a));
}

/* The exact sum s + rest, which to nearest is s, rounded to odd instead. Finite; exact zeros stay. */
static inline vd vd_odd(vd s, vd rest)
{
    uint64_t bits = bits_from_f64(s), apart = (bits ^ bits_from_f64(rest)) >> 63;
    return rest != 0 && !(bits & 1) ? f64_from_bits(apart ? bits - 1 : bits + 1) : s;
}

static inline vn vn_and(vn a, vn b)
{
    return a && b;
}

static inline vn vn_or(vn a, vn b)
{
    return a || b;
}

static inline vn vn_none(void)
{
    return false;
}

/* --- 64-bit integers, HALF lanes --- */

static inline vq vq_set1(uint64_t x)
{
    return x;
}

/* first, first + 1, ... in the order in which vq_store_zipped takes lanes. */
static inline vq vq_from(uint64_t first)
{
    return first;
}

static inline vq vq_xor3(vq a, vq b, vq c)
{
    return a ^ b ^ c;
}

/* The products of the low halves. */
static inline vq vq_mul_low(vq a, vq b)
{
    return (a & UINT32_MAX) * (b & UINT32_MAX);
}

static inline vq vq_high(vq a) /* the high halves, as numbers */
{
    return a >> 32;
}

static inline vq vq_swap(vq a) /* both halves */
{
    return a >> 32 | a << 32;
}

/* Both of each lane, one lane after the other, the low halves first: 4 * HALF numbers. */
static inline void vq_store_zipped(uint32_t *p, vq a, vq b)
{
    p[0] = (uint32_t)a;
    p[1] = (uint32_t)(a >> 32);
    p[2] = (uint32_t)b;
    p[3] = (uint32_t)(b >> 32);
}

/* --- across lanes --- */

/* Lane i is the largest lane of top[i]. */
static inline vi vi_tops(const vi top[W])
{
    return top[0];
}

/* Each lane becomes the largest of its run of lanes, which start at multiples of `run`: 1, 2, 4, ... W. */
static inline vi vi_tops_of_runs(vi a, size_t run)
{
    (void)run;
    return a;
}

/* The largest lane. */
static inline int32_t vi_top(vi a)
{
    return a;
}

static inline uint64_t vi_sum(vi a) /* of lanes as unsigned */
{
    return (uint32_t)a;
}

#endif

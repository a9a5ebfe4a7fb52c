/* The vector operations of vec_scalar.h on 16 lanes: AVX-512 F, BW, DQ, VL. */
#ifndef SIM_KERNELS_VEC_H
#define SIM_KERNELS_VEC_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/number.h"

enum { W = 16, HALF = 8, PARTS = W / HALF };

typedef __m512 vf;
typedef __m512i vi;
typedef __m512i vq;
typedef __m512d vd;
typedef __mmask16 vm;
typedef __mmask8 vn;

static inline vm vm_first(size_t n)
{
    return (vm)((UINT32_C(1) << n) - 1);
}

static inline vf vf_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

static inline vf vf_load_n(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps(vm_first(n), p);
}

static inline void vf_store(float *p, vf v)
{
    _mm512_storeu_ps(p, v);
}

static inline void vf_store_n(float *p, vf v, size_t n)
{
    _mm512_mask_storeu_ps(p, vm_first(n), v);
}

static inline vi vi_load(const int32_t *p)
{
    return _mm512_loadu_si512(p);
}

static inline void vi_store(int32_t *p, vi v)
{
    _mm512_storeu_si512(p, v);
}

static inline vd vd_load(const double *p)
{
    return _mm512_loadu_pd(p);
}

static inline void vd_store(double *p, vd v)
{
    _mm512_storeu_pd(p, v);
}

static inline vd vd_load_f32(const float *p)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}

static inline vf vf_set1(float x)
{
    return _mm512_set1_ps(x);
}

static inline vi vf_bits(vf x)
{
    return _mm512_castps_si512(x);
}

static inline vf vf_from_bits(vi x)
{
    return _mm512_castsi512_ps(x);
}

static inline vf vf_add(vf a, vf b)
{
    return _mm512_add_ps(a, b);
}

static inline vf vf_sub(vf a, vf b)
{
    return _mm512_sub_ps(a, b);
}

static inline vf vf_mul(vf a, vf b)
{
    return _mm512_mul_ps(a, b);
}

static inline vf vf_div(vf a, vf b)
{
    return _mm512_div_ps(a, b);
}

static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vf vf_fnma(vf a, vf b, vf c)
{
    return _mm512_fnmadd_ps(a, b, c);
}

static inline vf vf_min(vf a, vf b)
{
    return _mm512_min_ps(a, b);
}

static inline vf vf_max(vf a, vf b)
{
    return _mm512_max_ps(a, b);
}

static inline vf vf_least(vf a, vf b)
{
    return _mm512_range_ps(a, b, 2); /* min-abs, sign of a */
}

static inline vf vf_and(vf a, vf b)
{
    return _mm512_and_ps(a, b);
}

static inline vf vf_or(vf a, vf b)
{
    return _mm512_or_ps(a, b);
}

static inline vf vf_abs(vf a)
{
    return _mm512_abs_ps(a);
}

static inline vf vf_sign(vf a)
{
    return _mm512_and_ps(a, _mm512_set1_ps(-0.0F));
}

static inline vm vf_lt(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}

static inline vm vf_le(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ);
}

static inline vm vf_eq(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}

static inline vm vf_is_nan(vf a)
{
    return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
}

static inline vf vf_select(vm m, vf yes, vf no)
{
    return _mm512_mask_blend_ps(m, no, yes);
}

static inline vi vi_set1(int32_t x)
{
    return _mm512_set1_epi32(x);
}

static inline vi vi_add(vi a, vi b)
{
    return _mm512_add_epi32(a, b);
}

static inline vi vi_sub(vi a, vi b)
{
    return _mm512_sub_epi32(a, b);
}

static inline vi vi_and(vi a, vi b)
{
    return _mm512_and_si512(a, b);
}

static inline vi vi_andnot(vi a, vi b)
{
    return _mm512_andnot_si512(b, a);
}

static inline vi vi_or(vi a, vi b)
{
    return _mm512_or_si512(a, b);
}

static inline vi vi_xor(vi a, vi b)
{
    return _mm512_xor_si512(a, b);
}

static inline vi vi_shl(vi a, int n)
{
    return _mm512_sll_epi32(a, _mm_cvtsi32_si128(n));
}

static inline vi vi_shr(vi a, int n)
{
    return _mm512_srl_epi32(a, _mm_cvtsi32_si128(n));
}

static inline vi vi_shr_each(vi a, vi n)
{
    return _mm512_srlv_epi32(a, n);
}

static inline vi vi_blend_bits(vi mask, vi a, vi b)
{
    return _mm512_ternarylogic_epi32(mask, a, b, 0xca);
}

static inline vi vi_sra(vi a, int n)
{
    return _mm512_sra_epi32(a, _mm_cvtsi32_si128(n));
}

static inline vi vi_min(vi a, vi b)
{
    return _mm512_min_epi32(a, b);
}

static inline vi vi_max(vi a, vi b)
{
    return _mm512_max_epi32(a, b);
}

static inline vm vi_lt(vi a, vi b)
{
    return _mm512_cmplt_epi32_mask(a, b);
}

static inline vm vi_lt_unsigned(vi a, vi b)
{
    return _mm512_cmplt_epu32_mask(a, b);
}

static inline vm vi_eq(vi a, vi b)
{
    return _mm512_cmpeq_epi32_mask(a, b);
}

static inline vi vi_select(vm m, vi yes, vi no)
{
    return _mm512_mask_blend_epi32(m, no, yes);
}

static inline vi vi_from_vf(vf a)
{
    return _mm512_cvtps_epi32(a);
}

static inline vi vi_truncate_vf(vf a)
{
    return _mm512_cvttps_epi32(a);
}

static inline vf vf_from_vi(vi a)
{
    return _mm512_cvtepi32_ps(a);
}

static inline vf vf_gather(const float *base, vi index)
{
    return _mm512_i32gather_ps(index, base, 4);
}

static inline vi vi_gather(const int32_t *base, vi index)
{
    return _mm512_i32gather_epi32(index, base, 4);
}

static inline vi vi_lookup_half(const int32_t table[static 128], vi index)
{
    const __mmask16 bit_5 = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
    const __mmask16 bit_6 = _mm512_test_epi32_mask(index, _mm512_set1_epi32(64));
    __m512i q[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        q[i] = _mm512_permutex2var_epi32(_mm512_loadu_si512(table + 32 * i), index,
                                         _mm512_loadu_si512(table + 32 * i + 16));
    q[0] = _mm512_mask_blend_epi32(bit_5, q[0], q[1]);
    q[2] = _mm512_mask_blend_epi32(bit_5, q[2], q[3]);
    return _mm512_mask_blend_epi32(bit_6, q[0], q[2]);
}

static inline vi vi_lookup(const int32_t table[static 256], vi index)
{
    const __mmask16 bit_7 = _mm512_test_epi32_mask(index, _mm512_set1_epi32(128));
    return _mm512_mask_blend_epi32(bit_7, vi_lookup_half(table, index), vi_lookup_half(table + 128, index));
}

struct vt {
    __m512i low, high;
};

static inline struct vt vt_load(const int32_t p[static 32])
{
    return (struct vt){vi_load(p), vi_load(p + 16)};
}

static inline vi vt_at(const struct vt *t, vi index)
{
    return _mm512_permutex2var_epi32(t->low, index, t->high);
}

static inline vm vm_and(vm a, vm b)
{
    return (vm)(a & b);
}

static inline vm vm_or(vm a, vm b)
{
    return (vm)(a | b);
}

static inline vm vm_andnot(vm a, vm b)
{
    return (vm)(a & ~b);
}

static inline bool vm_any(vm m)
{
    return m != 0;
}

static inline uint32_t vm_bits(vm m)
{
    return m;
}

static inline vi vi_count(vi a, vm m)
{
    return _mm512_mask_sub_epi32(a, m, a, _mm512_set1_epi32(-1));
}

static inline vd vd_set1(double x)
{
    return _mm512_set1_pd(x);
}

static inline vd vd_from_vf(vf a, int part)
{
    return _mm512_cvtps_pd(part ? _mm512_extractf32x8_ps(a, 1) : _mm512_castps512_ps256(a));
}

static inline vi vi_from_vd(const vd part[PARTS])
{
    return _mm512_inserti32x8(_mm512_castsi256_si512(_mm512_cvttpd_epi32(part[0])),
                              _mm512_cvttpd_epi32(part[1]), 1);
}

static inline vd vd_add(vd a, vd b)
{
    return _mm512_add_pd(a, b);
}

static inline vd vd_sub(vd a, vd b)
{
    return _mm512_sub_pd(a, b);
}

static inline vd vd_mul(vd a, vd b)
{
    return _mm512_mul_pd(a, b);
}

static inline vd vd_add_exact(vd sum, vd a, vd b)
{
    return _mm512_fmadd_pd(a, b, sum);
}

static inline vd vd_div(vd a, vd b)
{
    return _mm512_div_pd(a, b);
}

static inline vd vd_min(vd a, vd b)
{
    return _mm512_min_pd(a, b);
}

static inline vd vd_max(vd a, vd b)
{
    return _mm512_max_pd(a, b);
}

static inline vd vd_abs(vd a)
{
    return _mm512_abs_pd(a);
}

static inline vd vd_largest(vd a, vd b)
{
    return _mm512_castsi512_pd(_mm512_max_epi64(_mm512_castpd_si512(a), _mm512_castpd_si512(vd_abs(b))));
}

static inline vn vd_lt(vd a, vd b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}

static inline vn vd_eq(vd a, vd b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ);
}

static inline vd vd_select(vn m, vd yes, vd no)
{
    return _mm512_mask_blend_pd(m, no, yes);
}

static inline vd vd_and(vd a, vd b)
{
    return _mm512_and_pd(a, b);
}

static inline vd vd_or(vd a, vd b)
{
    return _mm512_or_pd(a, b);
}

static inline vd vd_truncate(vd a)
{
    return _mm512_roundscale_pd(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

static inline vd vd_power(vd a)
{
    return _mm512_and_pd(a, _mm512_castsi512_pd(_mm512_set1_epi64(INT64_C(0x7ff) << 52)));
}

static inline vd vd_inverse_power(vd a)
{
    __m512i top = _mm512_set1_epi64(INT64_C(2046) << 52);
    return _mm512_castsi512_pd(_mm512_sub_epi64(top, _mm512_castpd_si512(a)));
}

static inline vd vd_odd(vd s, vd rest)
{
    const __m512i one = _mm512_set1_epi64(1);
    __m512i bits = _mm512_castpd_si512(s);
    __m512i apart = _mm512_srai_epi64(_mm512_xor_si512(bits, _mm512_castpd_si512(rest)), 63);
    vn inexact = _mm512_cmp_pd_mask(rest, _mm512_setzero_pd(), _CMP_NEQ_OQ);
    vn moves = _mm512_mask_testn_epi64_mask(inexact, bits, one);
    return _mm512_castsi512_pd(_mm512_mask_add_epi64(bits, moves, bits, _mm512_or_si512(apart, one)));
}

static inline vn vn_and(vn a, vn b)
{
    return (vn)(a & b);
}

static inline vn vn_or(vn a, vn b)
{
    return (vn)(a | b);
}

static inline vn vn_none(void)
{
    return 0;
}

static inline vq vq_set1(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

static inline vq vq_from(uint64_t first)
{
    return _mm512_add_epi64(vq_set1(first), _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7));
}

static inline vq vq_xor3(vq a, vq b, vq c)
{
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

static inline vq vq_mul_low(vq a, vq b)
{
    return _mm512_mul_epu32(a, b);
}

static inline vq vq_high(vq a)
{
    return _mm512_srli_epi64(a, 32);
}

static inline vq vq_swap(vq a)
{
    return _mm512_rol_epi64(a, 32);
}

static inline void vq_store_zipped(uint32_t *p, vq a, vq b)
{
    vi_store((int32_t *)p, _mm512_unpacklo_epi64(a, b));
    vi_store((int32_t *)p + W, _mm512_unpackhi_epi64(a, b));
}

/* Lanes a, b, c, d of each quarter: the larger of two lanes of a, b, c, d each, twice. */
static inline vi vi_tops_of_4(vi a, vi b, vi c, vi d)
{
    vi p = vi_max(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    vi q = vi_max(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    return vi_max(_mm512_unpacklo_epi64(p, q), _mm512_unpackhi_epi64(p, q));
}

/* Halves of each quarter's tops: of a in the lower 8 lanes, of b in the upper. */
static inline vi vi_tops_of_quarters(vi a, vi b)
{
    return vi_max(_mm512_shuffle_i32x4(a, b, _MM_SHUFFLE(1, 0, 1, 0)),
                  _mm512_shuffle_i32x4(a, b, _MM_SHUFFLE(3, 2, 3, 2)));
}

static inline vi vi_tops(const vi top[W])
{
    vi a = vi_tops_of_4(top[0], top[1], top[2], top[3]), b = vi_tops_of_4(top[4], top[5], top[6], top[7]);
    vi c = vi_tops_of_4(top[8], top[9], top[10], top[11]),
       d = vi_tops_of_4(top[12], top[13], top[14], top[15]);
    a = vi_tops_of_quarters(a, b);
    c = vi_tops_of_quarters(c, d);
    return vi_max(_mm512_shuffle_i32x4(a, c, _MM_SHUFFLE(2, 0, 2, 0)),
                  _mm512_shuffle_i32x4(a, c, _MM_SHUFFLE(3, 1, 3, 1)));
}

static inline vi vi_tops_of_runs(vi a, size_t run)
{
    if (run > 1)
        a = vi_max(a, _mm512_shuffle_epi32(a, _MM_SHUFFLE(2, 3, 0, 1)));
    if (run > 2)
        a = vi_max(a, _mm512_shuffle_epi32(a, _MM_SHUFFLE(1, 0, 3, 2)));
    if (run > 4)
        a = vi_max(a, _mm512_shuffle_i32x4(a, a, _MM_SHUFFLE(2, 3, 0, 1)));
    if (run > 8)
        a = vi_max(a, _mm512_shuffle_i32x4(a, a, _MM_SHUFFLE(1, 0, 3, 2)));
    return a;
}

static inline int32_t vi_top(vi a)
{
    return _mm512_reduce_max_epi32(a);
}

static inline uint64_t vi_sum(vi a)
{
    __m512i low = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(a));
    __m512i high = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(a, 1));
    return (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(low, high));
}

#endif

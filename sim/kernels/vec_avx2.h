/* The vector operations of vec_scalar.h on 8 lanes: AVX2. Masks are vectors of all-ones lanes. */
#ifndef SIM_KERNELS_VEC_H
#define SIM_KERNELS_VEC_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/number.h"

enum { W = 8, HALF = 4, PARTS = W / HALF };

typedef __m256 vf;
typedef __m256i vi;
typedef __m256i vq;
typedef __m256d vd;
typedef __m256i vm;
typedef __m256d vn;

static inline vm vm_first(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline vf vf_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

static inline vf vf_load_n(const float *p, size_t n)
{
    return _mm256_maskload_ps(p, vm_first(n));
}

static inline void vf_store(float *p, vf v)
{
    _mm256_storeu_ps(p, v);
}

static inline void vf_store_n(float *p, vf v, size_t n)
{
    _mm256_maskstore_ps(p, vm_first(n), v);
}

static inline vi vi_load(const int32_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline void vi_store(int32_t *p, vi v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, v);
}

static inline vd vd_load(const double *p)
{
    return _mm256_loadu_pd(p);
}

static inline void vd_store(double *p, vd v)
{
    _mm256_storeu_pd(p, v);
}

static inline vd vd_load_f32(const float *p)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
}

static inline vf vf_set1(float x)
{
    return _mm256_set1_ps(x);
}

static inline vi vf_bits(vf x)
{
    return _mm256_castps_si256(x);
}

static inline vf vf_from_bits(vi x)
{
    return _mm256_castsi256_ps(x);
}

static inline vf vf_add(vf a, vf b)
{
    return _mm256_add_ps(a, b);
}

static inline vf vf_sub(vf a, vf b)
{
    return _mm256_sub_ps(a, b);
}

static inline vf vf_mul(vf a, vf b)
{
    return _mm256_mul_ps(a, b);
}

static inline vf vf_div(vf a, vf b)
{
    return _mm256_div_ps(a, b);
}

static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline vf vf_fnma(vf a, vf b, vf c)
{
    return _mm256_fnmadd_ps(a, b, c);
}

static inline vf vf_min(vf a, vf b)
{
    return _mm256_min_ps(a, b);
}

static inline vf vf_max(vf a, vf b)
{
    return _mm256_max_ps(a, b);
}

static inline vf vf_abs(vf a)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), a);
}

static inline vf vf_sign(vf a)
{
    return _mm256_and_ps(a, _mm256_set1_ps(-0.0F));
}

static inline vf vf_least(vf a, vf b)
{
    return _mm256_or_ps(_mm256_min_ps(vf_abs(a), b), vf_sign(a));
}

static inline vf vf_and(vf a, vf b)
{
    return _mm256_and_ps(a, b);
}

static inline vf vf_or(vf a, vf b)
{
    return _mm256_or_ps(a, b);
}

static inline vm vf_lt(vf a, vf b)
{
    return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ));
}

static inline vm vf_le(vf a, vf b)
{
    return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LE_OQ));
}

static inline vm vf_eq(vf a, vf b)
{
    return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_EQ_OQ));
}

static inline vm vf_is_nan(vf a)
{
    return _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}

static inline vf vf_select(vm m, vf yes, vf no)
{
    return _mm256_blendv_ps(no, yes, _mm256_castsi256_ps(m));
}

static inline vi vi_set1(int32_t x)
{
    return _mm256_set1_epi32(x);
}

static inline vi vi_add(vi a, vi b)
{
    return _mm256_add_epi32(a, b);
}

static inline vi vi_sub(vi a, vi b)
{
    return _mm256_sub_epi32(a, b);
}

static inline vi vi_and(vi a, vi b)
{
    return _mm256_and_si256(a, b);
}

static inline vi vi_andnot(vi a, vi b)
{
    return _mm256_andnot_si256(b, a);
}

static inline vi vi_or(vi a, vi b)
{
    return _mm256_or_si256(a, b);
}

static inline vi vi_xor(vi a, vi b)
{
    return _mm256_xor_si256(a, b);
}

static inline vi vi_shl(vi a, int n)
{
    return _mm256_sll_epi32(a, _mm_cvtsi32_si128(n));
}

static inline vi vi_shr(vi a, int n)
{
    return _mm256_srl_epi32(a, _mm_cvtsi32_si128(n));
}

static inline vi vi_shr_each(vi a, vi n)
{
    return _mm256_srlv_epi32(a, n);
}

static inline vi vi_blend_bits(vi mask, vi a, vi b)
{
    return _mm256_or_si256(_mm256_and_si256(mask, a), _mm256_andnot_si256(mask, b));
}

static inline vi vi_sra(vi a, int n)
{
    return _mm256_sra_epi32(a, _mm_cvtsi32_si128(n));
}

static inline vi vi_min(vi a, vi b)
{
    return _mm256_min_epi32(a, b);
}

static inline vi vi_max(vi a, vi b)
{
    return _mm256_max_epi32(a, b);
}

static inline vm vi_lt(vi a, vi b)
{
    return _mm256_cmpgt_epi32(b, a);
}

static inline vm vi_lt_unsigned(vi a, vi b)
{
    return _mm256_cmpgt_epi32(_mm256_xor_si256(b, _mm256_set1_epi32(INT32_MIN)),
                              _mm256_xor_si256(a, _mm256_set1_epi32(INT32_MIN)));
}

static inline vm vi_eq(vi a, vi b)
{
    return _mm256_cmpeq_epi32(a, b);
}

static inline vi vi_select(vm m, vi yes, vi no)
{
    return _mm256_blendv_epi8(no, yes, m);
}

static inline vi vi_from_vf(vf a)
{
    return _mm256_cvtps_epi32(a);
}

static inline vi vi_truncate_vf(vf a)
{
    return _mm256_cvttps_epi32(a);
}

static inline vf vf_from_vi(vi a)
{
    return _mm256_cvtepi32_ps(a);
}

static inline vf vf_gather(const float *base, vi index)
{
    return _mm256_i32gather_ps(base, index, 4);
}

static inline vi vi_gather(const int32_t *base, vi index)
{
    return _mm256_i32gather_epi32(base, index, 4);
}

static inline vi vi_lookup(const int32_t table[static 256], vi index)
{
    return vi_gather(table, index);
}

static inline vi vi_lookup_half(const int32_t table[static 128], vi index)
{
    return vi_gather(table, index);
}

struct vt {
    __m256i quarter[4];
};

static inline struct vt vt_load(const int32_t p[static 32])
{
    return (struct vt){{vi_load(p), vi_load(p + 8), vi_load(p + 16), vi_load(p + 24)}};
}

static inline vi vt_at(const struct vt *t, vi index)
{
    __m256 q[4], bit_3 = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28)),
                 bit_4 = _mm256_castsi256_ps(_mm256_slli_epi32(index, 27));
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        q[i] = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(t->quarter[i], index));
    return _mm256_castps_si256(
        _mm256_blendv_ps(_mm256_blendv_ps(q[0], q[1], bit_3), _mm256_blendv_ps(q[2], q[3], bit_3), bit_4));
}

static inline vm vm_and(vm a, vm b)
{
    return _mm256_and_si256(a, b);
}

static inline vm vm_or(vm a, vm b)
{
    return _mm256_or_si256(a, b);
}

static inline vm vm_andnot(vm a, vm b)
{
    return _mm256_andnot_si256(b, a);
}

static inline uint32_t vm_bits(vm m)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(m));
}

static inline bool vm_any(vm m)
{
    return vm_bits(m) != 0;
}

static inline vi vi_count(vi a, vm m)
{
    return _mm256_sub_epi32(a, m);
}

static inline vd vd_set1(double x)
{
    return _mm256_set1_pd(x);
}

static inline vd vd_from_vf(vf a, int part)
{
    return _mm256_cvtps_pd(part ? _mm256_extractf128_ps(a, 1) : _mm256_castps256_ps128(a));
}

static inline vi vi_from_vd(const vd part[PARTS])
{
    return _mm256_set_m128i(_mm256_cvttpd_epi32(part[1]), _mm256_cvttpd_epi32(part[0]));
}

static inline vd vd_add(vd a, vd b)
{
    return _mm256_add_pd(a, b);
}

static inline vd vd_sub(vd a, vd b)
{
    return _mm256_sub_pd(a, b);
}

static inline vd vd_mul(vd a, vd b)
{
    return _mm256_mul_pd(a, b);
}

static inline vd vd_add_exact(vd sum, vd a, vd b)
{
    return _mm256_fmadd_pd(a, b, sum);
}

static inline vd vd_div(vd a, vd b)
{
    return _mm256_div_pd(a, b);
}

static inline vd vd_min(vd a, vd b)
{
    return _mm256_min_pd(a, b);
}

static inline vd vd_max(vd a, vd b)
{
    return _mm256_max_pd(a, b);
}

static inline vd vd_abs(vd a)
{
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a);
}

static inline vd vd_largest(vd a, vd b)
{
    return vd_max(a, vd_abs(b));
}

static inline vn vd_lt(vd a, vd b)
{
    return _mm256_cmp_pd(a, b, _CMP_LT_OQ);
}

static inline vn vd_eq(vd a, vd b)
{
    return _mm256_cmp_pd(a, b, _CMP_EQ_OQ);
}

static inline vd vd_select(vn m, vd yes, vd no)
{
    return _mm256_blendv_pd(no, yes, m);
}

static inline vd vd_and(vd a, vd b)
{
    return _mm256_and_pd(a, b);
}

static inline vd vd_or(vd a, vd b)
{
    return _mm256_or_pd(a, b);
}

static inline vd vd_truncate(vd a)
{
    return _mm256_round_pd(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
}

static inline vd vd_power(vd a)
{
    return _mm256_and_pd(a, _mm256_castsi256_pd(_mm256_set1_epi64x(INT64_C(0x7ff) << 52)));
}

static inline vd vd_inverse_power(vd a)
{
    __m256i top = _mm256_set1_epi64x(INT64_C(2046) << 52);
    return _mm256_castsi256_pd(_mm256_sub_epi64(top, _mm256_castpd_si256(a)));
}

static inline vd vd_odd(vd s, vd rest)
{
    const __m256i zero = _mm256_setzero_si256(), one = _mm256_set1_epi64x(1);
    __m256i bits = _mm256_castpd_si256(s);
    __m256i apart = _mm256_cmpgt_epi64(zero, _mm256_xor_si256(bits, _mm256_castpd_si256(rest)));
    __m256i even = _mm256_cmpeq_epi64(_mm256_and_si256(bits, one), zero);
    __m256i inexact = _mm256_castpd_si256(_mm256_cmp_pd(rest, _mm256_setzero_pd(), _CMP_NEQ_OQ));
    __m256i step = _mm256_and_si256(_mm256_or_si256(apart, one), _mm256_and_si256(even, inexact));
    return _mm256_castsi256_pd(_mm256_add_epi64(bits, step));
}

static inline vn vn_and(vn a, vn b)
{
    return _mm256_and_pd(a, b);
}

static inline vn vn_or(vn a, vn b)
{
    return _mm256_or_pd(a, b);
}

static inline vn vn_none(void)
{
    return _mm256_setzero_pd();
}

static inline vq vq_set1(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

static inline vq vq_from(uint64_t first)
{
    return _mm256_add_epi64(vq_set1(first), _mm256_setr_epi64x(0, 2, 1, 3));
}

static inline vq vq_xor3(vq a, vq b, vq c)
{
    return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}

static inline vq vq_mul_low(vq a, vq b)
{
    return _mm256_mul_epu32(a, b);
}

static inline vq vq_high(vq a)
{
    return _mm256_srli_epi64(a, 32);
}

static inline vq vq_swap(vq a)
{
    return _mm256_shuffle_epi32(a, _MM_SHUFFLE(2, 3, 0, 1));
}

static inline void vq_store_zipped(uint32_t *p, vq a, vq b)
{
    vi_store((int32_t *)p, _mm256_unpacklo_epi64(a, b));
    vi_store((int32_t *)p + W, _mm256_unpackhi_epi64(a, b));
}

/* Lanes a, b, c, d of each half: the larger of two lanes of a, b, c, d each, twice. */
static inline vi vi_tops_of_4(vi a, vi b, vi c, vi d)
{
    vi p = vi_max(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    vi q = vi_max(_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    return vi_max(_mm256_unpacklo_epi64(p, q), _mm256_unpackhi_epi64(p, q));
}

static inline vi vi_tops(const vi top[W])
{
    vi a = vi_tops_of_4(top[0], top[1], top[2], top[3]), b = vi_tops_of_4(top[4], top[5], top[6], top[7]);
    return vi_max(_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31));
}

static inline vi vi_tops_of_runs(vi a, size_t run)
{
    if (run > 1)
        a = vi_max(a, _mm256_shuffle_epi32(a, _MM_SHUFFLE(2, 3, 0, 1)));
    if (run > 2)
        a = vi_max(a, _mm256_shuffle_epi32(a, _MM_SHUFFLE(1, 0, 3, 2)));
    if (run > 4)
        a = vi_max(a, _mm256_permute4x64_epi64(a, _MM_SHUFFLE(1, 0, 3, 2)));
    return a;
}

static inline int32_t vi_top(vi a)
{
    __m128i v = _mm_max_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    v = _mm_max_epi32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(1, 0, 3, 2)));
    return _mm_cvtsi128_si32(_mm_max_epi32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(2, 3, 0, 1))));
}

static inline uint64_t vi_sum(vi a)
{
    uint32_t lane[W];
    uint64_t sum = 0;
    vi_store((int32_t *)lane, a);
    for (int i = 0; i < W; i++)
        sum += lane[i];
    return sum;
}

#endif

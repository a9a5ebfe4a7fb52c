/* The median by counting: |x| as binary32 orders like its bits, so 12 bits choose a bucket in the first pass,
 * and 14 more a place in it in the second: METRIC_MEDIAN_BITS of a normal number, with the leading one. */
#include "sim/metric/parts.h"

enum { COARSE_SHIFT = 19, FINE_SHIFT = 5, FINE_MASK = (1 << 14) - 1 };

#define INFINITE 0x7f800000u

static uint32_t magnitude(float x)
{
    return bits_from_f32(x) & 0x7fffffffu;
}

void parts_spread_begin(struct metric_spread *s, size_t row)
{
    s->row = row;
}

void parts_spread_first(struct metric_spread *s, const float *x, size_t n)
{
    const bool channels = s->row <= METRIC_CHANNELS;
    for (size_t i = 0; i < n; i++) {
        const uint32_t m = magnitude(x[i]);
        if (m < INFINITE)
            s->coarse[m >> COARSE_SHIFT]++;
        if (channels && fabsf(x[i]) >= 6.0F) {
            const size_t c = (s->at + i) % s->row;
            s->channel[c / 64] |= UINT64_C(1) << c % 64;
        }
    }
    s->at = s->row ? (s->at + n) % s->row : 0;
}

void parts_spread_turn(struct metric_spread *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof s->coarse / sizeof *s->coarse; i++)
        n += s->coarse[i];
    s->rank = n ? (n - 1) / 2 : UINT64_MAX;
    for (s->bucket = 0; n && s->rank >= s->coarse[s->bucket]; s->bucket++)
        s->rank -= s->coarse[s->bucket];
}

void parts_spread_second(struct metric_spread *s, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t m = magnitude(x[i]);
        if (m >> COARSE_SHIFT == s->bucket && m < INFINITE)
            s->fine[m >> FINE_SHIFT & FINE_MASK]++;
    }
}

void parts_spread_end(const struct metric_spread *s, struct metric_facts *out)
{
    uint64_t rank = s->rank, channels = 0;
    uint32_t place = 0;
    while (rank != UINT64_MAX && place < FINE_MASK && rank >= s->fine[place])
        rank -= s->fine[place++];
    out->median_abs = s->rank == UINT64_MAX
                          ? (double)NAN
                          : (double)f32_from_bits(s->bucket << COARSE_SHIFT | place << FINE_SHIFT);
    for (size_t i = 0; i < sizeof s->channel / sizeof *s->channel; i++)
        channels += (uint64_t)__builtin_popcountll(s->channel[i]);
    out->outlier_channels = s->row <= METRIC_CHANNELS ? (double)channels : (double)NAN;
}

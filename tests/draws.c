#include "tests/draws.h"

#include <float.h>
#include <math.h>

#include "formats/number.h"
#include "sim/base/rng.h"

static float draw(enum draw kind, uint64_t seed, uint64_t k)
{
    static const float specials[] = {0.0f, -0.0f, INFINITY, NAN, FLT_MAX, 0x1p-149f, -0x1p-126f, -INFINITY};
    uint32_t r[4];
    rng_u32x4(seed, 1, k, r);
    float u = (float)r[0] * 0x1p-32f + (float)r[1] * 0x1p-32f + (float)r[2] * 0x1p-32f - 1.5f;
    switch (kind) {
    case DRAW_WIDE:
        return ldexpf(u, (int)(r[3] % 120) - 60);
    case DRAW_BITS: {
        float x = f32_from_bits(r[3]);
        return isfinite(x) ? x : r[3] & 1 ? 0.0f : -0.0f;
    }
    case DRAW_SPECIAL:
        return r[3] % 40 == 0 ? specials[r[3] / 40 % 8] : r[3] % 3 ? 0 : u;
    case DRAW_POSITIVE:
        return fabsf(u);
    case DRAW_NEGATIVE:
        return -fabsf(u) - 0.01f;
    case DRAW_SHIFTED:
        return u + 5;
    case DRAW_CONSTANT:
        return -2.7f;
    case DRAW_ZEROS:
        return k % 5 == 1 ? -0.0f : 0;
    case DRAW_TINY:
        return ldexpf(u, -126 - (int)(r[3] % 24));
    case DRAW_HUGE:
        return r[3] % 7 == 0 ? copysignf(FLT_MAX, u) : ldexpf(u, 127);
    case DRAW_SHORT:
        return ldexpf((float)((int)(r[3] % 31) - 15), (int)(r[0] % 4));
    default:
        return u;
    }
}

void draw_fill(float *x, size_t n, enum draw kind, uint64_t seed)
{
    for (size_t k = 0; k < n; k++)
        x[k] = draw(kind, seed, k);
}

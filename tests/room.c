#include "tests/room.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/base/rng.h"
#include "tests/check.h"

struct room room_open(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (n * sizeof(float) + page - 1) / page * page;
    struct room r = {.bytes = bytes + page};
    r.pages = mmap(NULL, r.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(r.pages != MAP_FAILED);
    assert_int_equal(mprotect(r.pages + bytes, page, PROT_NONE), 0);
    r.end = (float *)(void *)(r.pages + bytes);
    return r;
}

void room_close(struct room *r)
{
    munmap(r->pages, r->bytes);
}

static float draw(const struct format *f, uint64_t i)
{
    uint32_t r[4];
    rng_u32x4(31, 0, i, r);
    float value = number_to_f32(format_decode(f, r[1] & format_code_mask(f)));
    uint32_t bits = bits_from_f32(value);
    switch (r[0] % 8) {
    case 0:
        return f32_from_bits(r[2]);
    case 1:
        return f32_from_bits(bits + r[2] % 5 - 2);
    case 2: {
        float next = number_to_f32(format_decode(f, (r[1] + 1) & format_code_mask(f)));
        return f32_from_bits(bits_from_f32((value + next) / 2) + r[2] % 5 - 2);
    }
    case 3:
        return r[2] % 16 == 0 ? NAN : r[2] % 16 == 1 ? -INFINITY : value * (float)(r[2] % 7);
    case 4:
        return r[2] & 1 ? 0.0F : -0.0F;
    default:
        return value * ((float)(r[2] >> 8) * 0x1p-23F - 1);
    }
}

void kernel_inputs(const struct format *f, float *x, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        x[i] = draw(f, seed + i);
}

void kernel_want(const struct format *f, const struct rounding *r, float scale, const uint32_t *random,
                 const float *x, float *y, size_t n, struct kernel_counts *counts)
{
    *counts = (struct kernel_counts){0};
    for (size_t i = 0; i < n; i++) {
        struct number q = number_div(number_from_f32(x[i]), number_from_f32(scale));
        struct encoded e = format_round(f, q, r, random ? random[i] : 0);
        y[i] = number_to_f32(number_mul(format_decode(f, e.code), number_from_f32(scale)));
        counts->saturated += (e.events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
        counts->flushed += y[i] == 0 && x[i] != 0 && !isnan(x[i]);
        counts->near_ties += (e.events & EVENT_NEAR_TIE) != 0;
        counts->nan_lost += (e.events & EVENT_NAN_LOST) != 0;
        counts->nan_in += isnan(x[i]) != 0;
        counts->nan_out += isnan(y[i]) != 0;
    }
}

void kernel_compare(const char *what, const struct format *f, const struct rounding *r, float scale,
                    const float *x, const float *y, const struct kernel_counts *counts, const float *want,
                    const struct kernel_counts *want_counts, size_t n)
{
    char text[256];
    snprintf(text, sizeof text, "%s %s round=%s overflow=%s nan=%s zero=%s%s scale %a", what, f->name,
             round_mode_names[r->mode], overflow_mode_names[r->overflow], nan_mode_names[r->nan],
             neg_zero_mode_names[r->neg_zero], r->ftz ? " ftz" : "", (double)scale);
    for (size_t i = 0; i < n; i++)
        if (bits_from_f32(y[i]) != bits_from_f32(want[i]))
            fail_msg("%s: element %zu of %zu, %a: got %a, want %a", text, i, n, (double)x[i], (double)y[i],
                     (double)want[i]);
    if (counts && memcmp(counts, want_counts, sizeof *counts) != 0)
        fail_msg("%s: counts of %zu elements differ: near ties %llu, want %llu; saturated %llu, want %llu; "
                 "flushed %llu, want %llu; NaN out %llu, want %llu",
                 text, n, (unsigned long long)counts->near_ties, (unsigned long long)want_counts->near_ties,
                 (unsigned long long)counts->saturated, (unsigned long long)want_counts->saturated,
                 (unsigned long long)counts->flushed, (unsigned long long)want_counts->flushed,
                 (unsigned long long)counts->nan_out, (unsigned long long)want_counts->nan_out);
}

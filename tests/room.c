#include "tests/room.h"

#include <math.h>
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

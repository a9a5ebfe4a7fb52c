#include "sim/rtl/steps.h"

struct number rtl_key_value(const struct rtl_keys *k, uint64_t key, bool negative)
{
    struct number x;
    if (k->binary32)
        x = number_from_f32(f32_from_bits((uint32_t)key));
    else
        x = number_make(false, (UINT64_C(1) << 23) | (key & ((UINT64_C(1) << 23) - 1)),
                        (int32_t)(key >> 23) + k->lowest - 23);
    x.negative = negative;
    return x;
}

static uint32_t code_at(const struct format *f, const struct rounding *r, bool negative,
                        const struct rtl_keys *k, uint64_t key)
{
    return format_round(f, rtl_key_value(k, key, negative), r, 0).code;
}

int rtl_steps(const struct format *f, const struct rounding *r, bool negative, const struct rtl_keys *k,
              struct rtl_step out[static RTL_STEPS_MAX])
{
    int n = 0;
    uint64_t key = 0;
    out[n++] = (struct rtl_step){0, code_at(f, r, negative, k, 0)};
    while (n < RTL_STEPS_MAX && code_at(f, r, negative, k, k->most) != out[n - 1].code) {
        uint64_t same = key,
                 other = k->most; /* the last key of this code lies from one to before the other */
        while (other - same > 1) {
            uint64_t middle = same + (other - same) / 2;
            if (code_at(f, r, negative, k, middle) == out[n - 1].code)
                same = middle;
            else
                other = middle;
        }
        key = other;
        out[n++] = (struct rtl_step){key, code_at(f, r, negative, k, key)};
    }
    return n;
}

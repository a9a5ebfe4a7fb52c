#include "formats/tapered.h"

struct number tapered_decode(const struct format *f, uint64_t code, int bits,
                             struct number (*magnitude)(const struct format *f, uint64_t code, int bits))
{
    uint64_t nar = UINT64_C(1) << (bits - 1);
    code &= 2 * nar - 1;
    if (code == 0 || code == nar)
        return (struct number){.class = code ? NUMBER_NAN : NUMBER_ZERO};
    bool negative = code > nar;
    struct number x = magnitude(f, negative ? 2 * nar - code : code, bits);
    x.negative = negative;
    return x;
}

uint32_t tapered_count(const struct format *f)
{
    return format_code_mask(f);
}

/* The lowest value has the code after NaR. */
uint32_t tapered_code(const struct format *f, uint32_t rank)
{
    return (tapered_nan_code(f) + 1 + rank) & format_code_mask(f);
}

struct number tapered_boundary(const struct format *f, uint32_t rank,
                               struct number (*magnitude)(const struct format *f, uint64_t code, int bits))
{
    uint32_t code = tapered_code(f, rank);
    if (code == 0 || code == format_code_mask(f))
        return (struct number){.class = NUMBER_ZERO};
    return tapered_decode(f, (uint64_t)code << 1 | 1, f->bits + 1, magnitude);
}

bool tapered_has_nan(const struct format *f)
{
    (void)f;
    return true;
}

bool tapered_never(const struct format *f)
{
    (void)f;
    return false;
}

uint32_t tapered_nan_code(const struct format *f)
{
    return UINT32_C(1) << (f->bits - 1);
}

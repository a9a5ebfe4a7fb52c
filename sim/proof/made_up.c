#include "sim/proof/made_up.h"

#include <stdio.h>

#include "formats/ladder.h"

const struct made_up made_up[] = {
    {.name = "zero-free", .n = 2, .value = {-1, 1}, .code = {1, 0}},
    {.name = "equal parity",
     .n = 5,
     .value = {-3, -1, 0, 1, 4.5},
     .code = {2, 4, 0, 6, 8},
     .has_inf = true,
     .beyond = 7},
    {.name = "all odd",
     .n = 4,
     .value = {-2, -0.5, 0.25, 3},
     .code = {1, 3, 5, 7},
     .has_nan = true,
     .beyond = 5},
    {.name = "one", .n = 1, .value = {1.5}, .code = {9}},
    {.name = "no zero, positive", .n = 4, .value = {0.1, 0.3, 5, 0x1p30}, .code = {3, 2, 1, 0}},
    {.name = "wide",
     .n = 6,
     .value = {-0x1p900, -0x1.fffffffffffffp-900, 0, 0x1p-1000, 0.1, 0x1p900},
     .code = {1, 2, 0, 3, 4, 5},
     .beyond = 0x1.8p900,
     .has_nan = true,
     .has_inf = true},
    {.name = "53 bits",
     .n = 4,
     .value = {-0.1, 0.7, 0x1.5555555555555p0, 0x1.5555555555556p0},
     .code = {0, 1, 2, 3},
     .beyond = 2},
    {.name = "boundary on a rung",
     .n = 4,
     .value = {-2, 0, 1, 8},
     .code = {3, 0, 1, 2},
     .boundary = {0, 0, 8},
     .own_boundaries = true},
    {.name = "boundaries off the mean",
     .n = 4,
     .value = {-4, -1, 2, 16},
     .code = {2, 0, 1, 3},
     .boundary = {-1.25, 1.5, 3},
     .own_boundaries = true,
     .has_nan = true},
    {.name = "just beyond",
     .n = 5,
     .value = {-4, -1, 0, 2, 16},
     .code = {2, 3, 0, 1, 5},
     .boundary = {-1.25, -0.5, 1.5, 3},
     .own_boundaries = true,
     .just_beyond = true},
};
const size_t made_up_count = sizeof made_up / sizeof *made_up;

static uint32_t count(const struct format *f)
{
    return (uint32_t)made_up_of(f)->n;
}

static struct number value(const struct format *f, uint32_t rank)
{
    return number_from_f64(made_up_of(f)->value[rank]);
}

static uint32_t code(const struct format *f, uint32_t rank)
{
    return made_up_of(f)->code[rank];
}

static struct number boundary(const struct format *f, uint32_t rank)
{
    struct number x = number_from_f64(made_up_of(f)->boundary[rank]);
    x.sticky = made_up_of(f)->just_beyond;
    return x;
}

static struct number beyond(const struct format *f)
{
    return number_from_f64(made_up_of(f)->beyond);
}

static uint32_t inf_code(const struct format *f, bool negative)
{
    (void)f;
    return MADE_UP_INF | (negative ? MADE_UP_NEGATIVE : 0);
}

static struct number decode(const struct format *f, uint32_t c)
{
    for (uint32_t i = 0; i < count(f); i++)
        if (code(f, i) == c)
            return value(f, i);
    bool inf = made_up_of(f)->has_inf && (c & 0x7f) == MADE_UP_INF;
    return (struct number){.class = inf ? NUMBER_INF : NUMBER_NAN, .negative = c & MADE_UP_NEGATIVE};
}

static bool has_inf(const struct format *f)
{
    return made_up_of(f)->has_inf;
}

static bool has_nan(const struct format *f)
{
    return made_up_of(f)->has_nan;
}

static bool never(const struct format *f)
{
    (void)f;
    return false;
}

static uint32_t nan_code(const struct format *f)
{
    (void)f;
    return MADE_UP_NAN;
}

/* A ladder says by its members what it has, so each combination is a ladder and a family of its own. */
enum { BOUNDARY = 1, BEYOND = 2, INFINITE = 4, COMBINATIONS = 8 };
static struct ladder ladders[COMBINATIONS];
static struct format_family families[COMBINATIONS];

struct format made_up_format(size_t i)
{
    const struct made_up *m = &made_up[i];
    int k = (m->own_boundaries ? BOUNDARY : 0) | (m->beyond != 0 ? BEYOND : 0) | (m->has_inf ? INFINITE : 0);
    ladders[k] = (struct ladder){.count = count,
                                 .value = value,
                                 .code = code,
                                 .boundary = k & BOUNDARY ? boundary : NULL,
                                 .beyond = k & BEYOND ? beyond : NULL,
                                 .inf_code = k & INFINITE ? inf_code : NULL};
    families[k] = (struct format_family){.name = "made-up",
                                         .decode = decode,
                                         .encode = ladder_encode,
                                         .max = ladder_max,
                                         .min_positive = ladder_min_positive,
                                         .has_inf = has_inf,
                                         .has_nan = has_nan,
                                         .has_neg_zero = never,
                                         .nan_code = nan_code,
                                         .ladder = &ladders[k]};
    struct format f = {.family = &families[k], .bits = 8, .fraction_bits = (int)i};
    snprintf(f.name, sizeof f.name, "%s", m->name);
    return f;
}

bool is_made_up(const struct format *f)
{
    return f->family >= families && f->family < families + COMBINATIONS;
}

/* The constants of blocks under powers of two, and the blocks that are not so. */
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "sim/kernels/define.h"

/* --- one block by the definition --- */

static struct block_scale scale_of(const struct kernel_blocks *k, float amax)
{
    const struct scaling *s = &k->scaling;
    const struct candidate c = {.element = &k->grid.f};
    const struct outer_scale outer = scaling_outer(s, c.element, 0);
    return scaling_block(s, &c, &outer, &(struct region_range){-amax, amax, amax}, 0);
}

static void count_scale(const struct block_scale *b, struct kernel_counts *counts)
{
    counts->scales++;
    kernel_count_scale(b, counts);
}

/* The largest magnitude, specials as the policies want them: amax of block_range in sim/quant. */
static float amax_of(const struct scaling *s, const float *x, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]) && s->block_nan != SPECIAL_ELEMENT)
            return NAN;
        if (!isnan(x[i]) && !(isinf(x[i]) && s->block_inf == SPECIAL_ELEMENT))
            most = fmaxf(most, fabsf(x[i]));
    }
    return most;
}

struct block_scale kernel_blocks_scale(const struct kernel_blocks *k, const float *x, size_t n,
                                       struct kernel_counts *counts)
{
    struct block_scale b = scale_of(k, amax_of(&k->scaling, x, n));
    if (counts)
        count_scale(&b, counts);
    return b;
}

bool kernel_blocks_power(const struct block_scale *scale, int32_t *exponent)
{
    const struct number v = scale->value;
    if (v.class != NUMBER_FINITE || v.negative || v.sticky || v.significand != UINT64_C(1) << 63)
        return false;
    *exponent = number_exponent(v);
    return true;
}

/* --- the constants --- */

enum { NO_EXPONENT = INT32_MIN, FIELD = 23, TOP_FIELD = 254 };

static int32_t field_of(float x)
{
    return (int32_t)(bits_from_f32(x) >> FIELD & 0xff);
}

/* Whether every number on the way of a grid_vector stays normal, and none becomes Inf, if the constants are
 * times 2^exponent. */
static bool has_room(const struct kernel_grid *g, int32_t exponent)
{
    int32_t least = field_of(g->first_tie) - 1; /* of the number before it, which is near that tie */
    int32_t most = g->fixed != 0 ? field_of(g->fixed) : field_of(g->high) + (g->magic >> FIELD);
    return least + exponent >= 1 && most + exponent <= TOP_FIELD;
}

/* The exponent of the scale under which the largest magnitude has these bits; NO_EXPONENT if it is no power
 * of two, needs to be counted, or leaves no room. */
static int32_t exponent_at(const struct kernel_blocks *k, int32_t bits)
{
    const struct block_scale b = scale_of(k, f32_from_bits((uint32_t)bits));
    int32_t exponent;
    bool served = kernel_blocks_power(&b, &exponent) && !(b.events & (EVENT_SATURATED | EVENT_FLUSHED)) &&
                  has_room(&k->grid, exponent);
    return served ? exponent : NO_EXPONENT;
}

/* The first bits of a scale that is not that of the first bits of binade e: there, or where e + 1 begins. */
static int32_t step_of(const struct kernel_blocks *k, int32_t e)
{
    int32_t low = e << FIELD, high = (e + 1) << FIELD;
    const int32_t at_low = exponent_at(k, low);
    while (high - low > 1) {
        int32_t middle = low + (high - low) / 2;
        if (exponent_at(k, middle) == at_low)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static int32_t modelled_step(const struct kernel_blocks *k, int32_t e)
{
    return ((e + 1) << FIELD) - k->carry[e & 1];
}

/* Whether the step of binade e is where it should be. Scales never fall as amax grows: with the same of e + 1
 * that settles every amax between the two steps. */
static bool steps_at(const struct kernel_blocks *k, int32_t e)
{
    int32_t step = modelled_step(k, e);
    return e >= 1 && step <= 0x7f7fffff && exponent_at(k, step - 1) == e - k->bias &&
           exponent_at(k, step) == e - k->bias + 1;
}

/* From the binade of the largest element value, where scales are about 1, as far as the steps go on. */
static bool find_steps(struct kernel_blocks *k)
{
    const int32_t middle = field_of(k->grid.high);
    const int32_t exponent = exponent_at(k, middle << FIELD);
    if (exponent == NO_EXPONENT)
        return false;
    k->bias = middle - exponent;
    for (int32_t e = middle; e < middle + 2; e++)
        k->carry[e & 1] = ((e + 1) << FIELD) - step_of(k, e);
    int32_t low = middle, high = middle;
    while (steps_at(k, low - 1))
        low--;
    while (steps_at(k, high + 1))
        high++;
    k->first = modelled_step(k, low);
    k->last = modelled_step(k, high) - 1;
    return low < high && steps_at(k, middle);
}

/* One scale for each run of elements, real numbers rounded once, and nothing on top. */
static bool is_plain(const struct scaling *s)
{
    bool runs = s->per == PER_BLOCK || s->per == PER_TOKEN || s->per == PER_CHANNEL || s->per == PER_TENSOR;
    return runs && s->second == SECOND_NONE && s->order == ORDER_EXACT && s->quotient == QUOTIENT_EXACT &&
           !s->zero_point && !s->micro && !s->n_peaks && !(s->clip < 1) && s->scale_round != ROUND_SR;
}

static bool find(struct kernel_blocks *k, const struct format *f, const struct rounding *r,
                 const struct scaling *s)
{
    *k = (struct kernel_blocks){.scaling = *s, .block = s->per == PER_BLOCK ? s->block : SIZE_MAX};
    if (!is_plain(s) || !kernel_grid_open(&k->grid, f, r) || !find_steps(k))
        return false;
    const struct block_scale zeros = scale_of(k, 0);
    count_scale(&zeros, &k->zeros);
    return zeros.value.class == NUMBER_ZERO || zeros.value.class == NUMBER_FINITE;
}

/* --- what was found before --- */

/* A sweep opens the same schemes for each tensor and part of one, and asking the definition takes as long as
 * 2^16 elements do. Keys are compared as bytes: padding that differs costs a search, no more. */
struct known {
    struct format f;
    struct rounding r;
    struct scaling s;
    struct kernel_blocks k;
    bool served;
};

enum { KNOWN = 128 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known known[KNOWN];
static size_t n_known; /* ever: the oldest gives way */

static bool recall(struct kernel_blocks *k, const struct known *key, bool *served)
{
    bool is_there = false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_known && i < KNOWN && !is_there; i++) {
        const struct known *o = &known[i];
        is_there = !memcmp(&o->f, &key->f, sizeof o->f) && !memcmp(&o->r, &key->r, sizeof o->r) &&
                   !memcmp(&o->s, &key->s, sizeof o->s);
        if (is_there) {
            *k = o->k;
            *served = o->served;
        }
    }
    pthread_mutex_unlock(&lock);
    return is_there;
}

bool kernel_blocks_open(struct kernel_blocks *k, const struct format *f, const struct rounding *r,
                        const struct scaling *s)
{
    struct known now = {.f = *f, .r = *r, .s = *s};
    if (recall(k, &now, &now.served))
        return now.served;
    now.served = find(k, f, r, s);
    now.k = *k;
    pthread_mutex_lock(&lock);
    known[n_known++ % KNOWN] = now;
    pthread_mutex_unlock(&lock);
    return now.served;
}

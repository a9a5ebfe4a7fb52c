#include "sim/arith/kulisch.h"

#include <string.h>

void kulisch_clear(struct kulisch *k)
{
    memset(k, 0, sizeof *k);
}

bool kulisch_holds(struct number x)
{
    return x.class != NUMBER_FINITE ||
           (x.exponent + __builtin_ctzll(x.significand) >= KULISCH_LOW && x.exponent + 64 <= KULISCH_HIGH);
}

/* Adds or subtracts v * 2^(64 * i); carries end in the top word, whose sign bit they never pass. */
static void add_word(struct kulisch *k, int i, uint64_t v, bool negative)
{
    for (; v && i < KULISCH_WORDS; i++) {
        uint64_t before = k->word[i];
        k->word[i] = negative ? before - v : before + v;
        v = negative ? k->word[i] > before : k->word[i] < before;
    }
}

void kulisch_add(struct kulisch *k, struct number x)
{
    k->any = true;
    k->other |= x.class != NUMBER_ZERO || !x.negative;
    k->nan |= x.class == NUMBER_NAN;
    if (x.class == NUMBER_INF)
        k->inf[x.negative] = true;
    if (x.class != NUMBER_FINITE)
        return;
    /* A significand that begins below the register has zeros there. */
    int32_t at = x.exponent - KULISCH_LOW;
    if (at < 0) {
        x.significand >>= -at;
        at = 0;
    }
    int shift = at % 64;
    add_word(k, at / 64, x.significand << shift, x.negative);
    if (shift)
        add_word(k, at / 64 + 1, x.significand >> (64 - shift), x.negative);
}

struct number kulisch_sum(const struct kulisch *k)
{
    if (k->nan || (k->inf[0] && k->inf[1]))
        return (struct number){.class = NUMBER_NAN};
    if (k->inf[0] || k->inf[1])
        return (struct number){.class = NUMBER_INF, .negative = k->inf[1]};
    bool negative = k->word[KULISCH_WORDS - 1] >> 63;
    uint64_t magnitude[KULISCH_WORDS];
    bool carry = negative;
    int top = -1;
    for (int i = 0; i < KULISCH_WORDS; i++) {
        magnitude[i] = negative ? ~k->word[i] + carry : k->word[i];
        carry = carry && !magnitude[i];
        top = magnitude[i] ? i : top;
    }
    if (top < 0)
        return (struct number){.class = NUMBER_ZERO, .negative = k->any && !k->other};
    int shift = __builtin_clzll(magnitude[top]);
    uint64_t below = top ? magnitude[top - 1] : 0;
    struct number x = {.class = NUMBER_FINITE,
                       .negative = negative,
                       .exponent = KULISCH_LOW + 64 * top - shift,
                       .significand = magnitude[top] << shift | (shift ? below >> (64 - shift) : 0),
                       .sticky = (below << shift) != 0};
    for (int i = 0; i < top - 1; i++)
        x.sticky |= magnitude[i] != 0;
    return x;
}

struct number number_from_i128(__int128 n, int32_t exponent)
{
    bool negative = n < 0;
    unsigned __int128 m = negative ? -(unsigned __int128)n : (unsigned __int128)n;
    uint64_t high = (uint64_t)(m >> 64);
    if (!high) /* +0, whatever made it */
        return number_make(m && negative, (uint64_t)m, exponent);
    int drop = 64 - __builtin_clzll(high);
    struct number x = number_make(negative, (uint64_t)(m >> drop), exponent + drop);
    x.sticky = (m & (((unsigned __int128)1 << drop) - 1)) != 0;
    return x;
}

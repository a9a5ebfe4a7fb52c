#include <math.h>
#include <stdlib.h>

#include "sim/model/text.h"

/* count1[b], count2[a b], count3[a b c]; total and types of a context are sums over its last byte. */
struct ngram {
    uint32_t total1, types1, count1[256];
    uint32_t total2[256], types2[256], count2[256 * 256];
    uint32_t total3[256 * 256], types3[256 * 256], count3[256 * 256 * 256];
};

struct ngram *ngram_alloc(void)
{
    return calloc(1, sizeof(struct ngram)); /* 65 MiB, of which texts touch little */
}

void ngram_free(struct ngram *m)
{
    free(m);
}

void ngram_add(struct ngram *m, const struct text *t)
{
    uint32_t a = '\n', b = '\n';
    for (size_t i = 1; i <= t->n; i++) {
        uint32_t c = t->stream[i];
        m->total1++;
        m->types1 += m->count1[c]++ == 0;
        m->total2[b]++;
        m->types2[b] += m->count2[b << 8 | c]++ == 0;
        m->total3[a << 8 | b]++;
        m->types3[a << 8 | b] += m->count3[a << 16 | b << 8 | c]++ == 0;
        a = b;
        b = c;
    }
}

static double mixed(uint32_t count, uint32_t total, uint32_t types, double shorter)
{
    return total ? (count + types * shorter) / ((double)total + types) : shorter;
}

double ngram_probability(const struct ngram *m, const uint8_t before[2], uint8_t byte)
{
    uint32_t b = before[1], ab = (uint32_t)before[0] << 8 | b;
    double p = mixed(m->count1[byte], m->total1, m->types1, 1.0 / 256);
    p = mixed(m->count2[b << 8 | byte], m->total2[b], m->types2[b], p);
    return mixed(m->count3[ab << 8 | byte], m->total3[ab], m->types3[ab], p);
}

double ngram_bits(const struct ngram *m, const struct text *t)
{
    double bits = 0;
    uint8_t before[2] = {'\n', '\n'};
    for (size_t i = 1; i <= t->n; i++) {
        bits -= log2(ngram_probability(m, before, t->stream[i]));
        before[0] = before[1];
        before[1] = t->stream[i];
    }
    return bits;
}

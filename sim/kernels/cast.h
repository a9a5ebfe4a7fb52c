/* The fast path of plain casts: from binary32 to the code and the events of a format, by a table.
 *
 * Under a deterministic rounding both are step functions of the binary32 pattern. The table holds their
 * steps, found by asking the definition (format_round) alone; a lookup is the top half of the pattern and a
 * short search. */
#ifndef SIM_KERNELS_CAST_H
#define SIM_KERNELS_CAST_H

#include "formats/format.h"

/* Patterns from `first` to before the next interval's. */
struct cast_interval {
    uint32_t first;
    uint16_t code, events;
};

struct cast {
    size_t intervals;
    struct cast_interval *interval; /* ascending; the first one begins at 0 */
    uint32_t *index;                /* CAST_BUCKETS + 1: the interval that holds pattern i << 16 */
    float *value;                   /* of each code: its value rounded once to binary32 */
};
enum { CAST_BUCKETS = 65536 };

/* The table of f under r; NULL if there is none: more than 16 bits, ROUND_SR, steps not where cast.c looks
 * for them, or no memory. Callers then use format_round. */
struct cast *cast_open(const struct format *f, const struct rounding *r);
void cast_close(struct cast *c); /* NULL is fine */

/* Whether the table takes less time to make than it saves on n elements. */
bool cast_pays(const struct format *f, size_t n);

static inline struct encoded cast_pattern(const struct cast *c, uint32_t bits)
{
    uint32_t low = c->index[bits >> 16], high = c->index[(bits >> 16) + 1];
    while (low < high) {
        uint32_t middle = high - (high - low) / 2;
        if (c->interval[middle].first <= bits)
            low = middle;
        else
            high = middle - 1;
    }
    return (struct encoded){c->interval[low].code, c->interval[low].events};
}

/* n elements; values may be x itself. */
void cast_elements(const struct cast *c, const float *x, size_t n, uint32_t *codes, uint32_t *events,
                   float *values);

#endif

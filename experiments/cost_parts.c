#include "experiments/cost_parts.h"

#include <math.h>
#include <stdint.h>

static bool is_part(size_t n, size_t m, size_t q, const double *value)
{
    bool some = false;
    for (size_t i = 0; i < n; i++) {
        const double v = value[i * m + q];
        if (!(v >= 0))
            return false;
        some |= v > 0;
    }
    return some;
}

static bool adds_up(size_t n, size_t m, const double *total, const double *value, uint32_t set)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t q = 0; q < m; q++)
            sum += set >> q & 1 ? value[i * m + q] : 0;
        if (!(fabs(sum - total[i]) <= 1e-9 * fabs(total[i])))
            return false;
    }
    return true;
}

/* Of two sets of equal size the one that has the first quantity in which they differ. */
static bool is_better(uint32_t set, uint32_t best)
{
    const int size = __builtin_popcount(set), most = __builtin_popcount(best);
    const uint32_t differ = set ^ best;
    return size != most ? size > most : (set & (differ & -differ)) != 0;
}

bool cost_parts_find(size_t n, size_t m, const double *total, const double *value, bool *chosen)
{
    uint32_t parts = 0, best = 0;
    for (size_t q = 0; q < m; q++)
        parts |= is_part(n, m, q, value) ? UINT32_C(1) << q : 0;
    for (uint32_t set = parts; set; set = (set - 1) & parts)
        if (is_better(set, best) && adds_up(n, m, total, value, set))
            best = set;
    for (size_t q = 0; q < m; q++)
        chosen[q] = best >> q & 1;
    return best != 0;
}

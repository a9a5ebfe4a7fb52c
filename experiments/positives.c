#include "experiments/positives.h"

struct positives positives_of(const struct studied *s)
{
    size_t i = 0;
    while (i < s->finite && (s->codes[i].value.negative || s->codes[i].value.class == NUMBER_ZERO))
        i++;
    return (struct positives){s->codes + i, s->finite - i};
}

size_t positives_next(const struct positives *p, size_t i)
{
    size_t j = i + 1;
    while (j < p->n && number_compare(p->values[i].value, p->values[j].value) == 0)
        j++;
    return j;
}

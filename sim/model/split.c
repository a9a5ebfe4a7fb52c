#include <stdlib.h>
#include <string.h>

#include "sim/model/text.h"

struct run {
    const uint8_t *at;
    size_t text;
};

static int by_bytes(const void *a, const void *b)
{
    return memcmp(((const struct run *)a)->at, ((const struct run *)b)->at, TEXT_RUN);
}

/* Sets t->item[].shared: sorts all runs of all texts, and looks which groups of equal ones span two texts. */
static enum status find_shared(struct texts *t, struct error *e)
{
    size_t n = 0, total = 0;
    for (size_t i = 0; i < t->n; i++)
        total += t->item[i].n;
    struct run *runs = malloc(total * sizeof *runs);
    if (!runs)
        return error_set(e, STATUS_INTERNAL, "out of memory comparing the texts");
    for (size_t i = 0; i < t->n; i++) {
        t->item[i].shared = 0;
        for (size_t j = 0; j + TEXT_RUN <= t->item[i].n; j++)
            runs[n++] = (struct run){t->item[i].stream + 1 + j, i};
    }
    qsort(runs, n, sizeof *runs, by_bytes);
    for (size_t i = 0, end; i < n; i = end) {
        bool several = false;
        for (end = i + 1; end < n && !by_bytes(&runs[i], &runs[end]); end++)
            several |= runs[end].text != runs[i].text;
        for (size_t j = i; several && j < end; j++)
            t->item[runs[j].text].shared += 1;
    }
    free(runs);
    for (size_t i = 0; i < t->n; i++)
        if (t->item[i].n >= TEXT_RUN)
            t->item[i].shared /= (double)(t->item[i].n - TEXT_RUN + 1);
    return STATUS_OK;
}

enum status texts_split(struct texts *t, struct error *e)
{
    enum status s = find_shared(t, e);
    if (s)
        return s;
    for (size_t i = 0; i < t->n; i++)
        t->item[i].held_out = false;
    size_t total = texts_bytes(t, false);
    for (size_t held = 0; held + 1 < t->n; held++) {
        if (texts_bytes(t, true) * TEXT_HELD_OUT_PART >= total)
            break;
        struct text *least = NULL;
        for (size_t i = 0; i < t->n; i++)
            if (!t->item[i].held_out && (!least || t->item[i].shared < least->shared))
                least = &t->item[i];
        least->held_out = true;
    }
    return STATUS_OK;
}

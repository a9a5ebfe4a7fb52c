/* Subjects made of others: a product as a tensor, a window of a recording. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/pipeline.h"

void subject_as_tensor(struct subject *s)
{
    if (!s->site)
        return;
    subject_free(&s->site->input);
    subject_free(&s->site->weight);
    free(s->site);
    s->site = NULL;
}

static void hash_window(size_t i, size_t count, char *hex)
{
    char text[HASH_HEX_SIZE + 64];
    int n = snprintf(text, sizeof text, "window %zu of %zu of %s\n", i, count, hex);
    hash_bytes(text, (size_t)n, hex);
}

enum status subject_window(struct subject *s, size_t i, size_t count, struct error *e)
{
    struct tensor_view *v = &s->view;
    if (!v->rank || v->shape[0] % count)
        return error_set(e, STATUS_INVALID, "%s has %zu rows; allowed: a multiple of %zu windows", v->name,
                         v->rank ? v->shape[0] : 1, count);
    s->n /= count;
    if (s->x)
        memmove(s->x, s->x + i * s->n, s->n * sizeof *s->x);
    if (s->sensitivity)
        memmove(s->sensitivity, s->sensitivity + i * s->n, s->n * sizeof *s->sensitivity);
    v->shape[0] /= count;
    if (v->shape[0] == 1 && v->rank > 2) {
        v->rank--;
        memmove(v->shape, v->shape + 1, (size_t)v->rank * sizeof *v->shape);
        v->axes = NULL;
    }
    v->data = NULL;
    tensor_set_c_order(v);
    hash_window(i, count, s->hash);
    if (*s->sensitivity_hash)
        hash_window(i, count, s->sensitivity_hash);
    return STATUS_OK;
}

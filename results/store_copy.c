#include <stdlib.h>
#include <string.h>

#include "results/store_internal.h"

/* A copy owns its values, its costs, and one block of texts. */
struct copy {
    struct store_cell cell;
    struct store_metric_value *metrics;
    struct store_cost_value *costs;
    char *texts;
    size_t length; /* of texts */
};

/* Counts a text, or moves it into the block once there is one. */
static void take(struct copy *k, const char **text)
{
    if (!*text)
        return;
    size_t n = strlen(*text) + 1;
    if (k->texts) {
        memcpy(k->texts + k->length, *text, n);
        *text = k->texts + k->length;
    }
    k->length += n;
}

static void take_all(struct copy *k)
{
    struct store_cell *c = &k->cell;
    k->length = 0;
    take(k, &c->key);
    take(k, &c->tensor.sha256);
    take(k, &c->tensor.path);
    take(k, &c->tensor.member);
    take(k, &c->tensor.dtype);
    take(k, &c->tensor.shape);
#define CELL_TEXT(name) take(k, &c->name);
#define CELL_INT(name)
#define CELL_REAL(name)
#include "results/cell_fields.def"
    for (size_t i = 0; i < c->n_metrics; i++) {
        take(k, &k->metrics[i].name);
        take(k, &k->metrics[i].unit);
        take(k, &k->metrics[i].better);
        take(k, &k->metrics[i].doc);
    }
    for (size_t i = 0; i < c->n_costs; i++) {
        take(k, &k->costs[i].model);
        take(k, &k->costs[i].source);
        take(k, &k->costs[i].quantity);
        take(k, &k->costs[i].unit);
    }
}

struct store_cell *store_cell_copy(const struct store_cell *c)
{
    struct copy *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->cell = *c;
    k->metrics = calloc(c->n_metrics + 1, sizeof *k->metrics);
    k->costs = calloc(c->n_costs + 1, sizeof *k->costs);
    if (!k->metrics || !k->costs)
        goto fail;
    if (c->n_metrics)
        memcpy(k->metrics, c->metrics, c->n_metrics * sizeof *k->metrics);
    if (c->n_costs)
        memcpy(k->costs, c->costs, c->n_costs * sizeof *k->costs);
    k->cell.metrics = k->metrics;
    k->cell.costs = k->costs;
    take_all(k);
    if (!(k->texts = malloc(k->length)))
        goto fail;
    take_all(k);
    return &k->cell;
fail:
    store_cell_free(&k->cell);
    return NULL;
}

void store_cell_free(struct store_cell *c)
{
    struct copy *k = (struct copy *)(void *)c; /* cell is the first member */
    if (!k)
        return;
    free(k->metrics);
    free(k->costs);
    free(k->texts);
    free(k);
}

#include "experiments/allocate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/knapsack.h"

double allocate_cost(const struct choices *c, const struct choice_tensor *t, const struct choice_cell *cell)
{
    if (c->storage)
        return cell->bits;
    return c->request.total ? cell->quantity : cell->quantity * t->elements;
}

double allocate_error(const struct choices *c, const struct choice_tensor *t, const struct choice_cell *cell)
{
    return c->sign * fmin(cell->value, c->cap) * t->weight;
}

double allocate_spent(const struct choices *c, const size_t *chosen)
{
    double sum = 0;
    for (size_t i = 0; i < c->n_tensors; i++)
        sum += allocate_cost(c, &c->tensors[i], &c->cells[chosen[i]]);
    return c->request.total ? sum : sum / c->elements;
}

double allocate_sum(const struct choices *c, const size_t *chosen)
{
    double sum = 0;
    for (size_t i = 0; i < c->n_tensors; i++)
        sum += allocate_error(c, &c->tensors[i], &c->cells[chosen[i]]);
    return sum;
}

/* The problem of the units: the items of each, and for each item of a unit and each of its tensors the cell.
 */
struct problem {
    struct knapsack_group *groups;
    struct knapsack_item *items;
    size_t *first; /* of each unit, its first item, which is a cell of its first tensor */
};

static void problem_free(struct problem *p)
{
    free(p->groups);
    free(p->items);
    free(p->first);
}

/* The cell of a tensor under the scheme of another cell; n_cells if there is none. */
static size_t find_scheme(const struct choices *c, const struct choice_tensor *t,
                          const struct choice_cell *like)
{
    for (size_t i = t->first; i < t->first + t->n; i++)
        if (choice_same_scheme(&c->cells[i], like))
            return i;
    return c->n_cells;
}

/* Adds up what a scheme comes to over the tensors of a unit; false if one lacks it. */
static bool add_up(const struct choices *c, size_t unit, const struct choice_cell *like,
                   struct knapsack_item *out)
{
    *out = (struct knapsack_item){0, 0};
    for (size_t i = 0; i < c->n_tensors; i++) {
        const struct choice_tensor *t = &c->tensors[i];
        if (t->unit != unit)
            continue;
        const size_t cell = find_scheme(c, t, like);
        if (cell == c->n_cells)
            return false;
        out->cost += allocate_cost(c, t, &c->cells[cell]);
        out->error += allocate_error(c, t, &c->cells[cell]);
    }
    return true;
}

static const struct choice_tensor *first_of(const struct choices *c, size_t unit)
{
    size_t i = 0;
    while (c->tensors[i].unit != unit)
        i++;
    return &c->tensors[i];
}

/* Items of a unit: the schemes of its first tensor that all its tensors have. `cells` gets the first
 * tensor's. */
static enum status add_unit(const struct choices *c, size_t unit, struct problem *p, size_t *cells,
                            struct error *e)
{
    const struct choice_tensor *t = first_of(c, unit);
    struct knapsack_item *items = p->items + t->first;
    size_t n = 0;
    for (size_t i = t->first; i < t->first + t->n; i++)
        if (add_up(c, unit, &c->cells[i], &items[n]))
            cells[t->first + n++] = i;
    p->groups[unit] = (struct knapsack_group){items, n};
    p->first[unit] = t->first;
    return n ? STATUS_OK
             : error_set(e, STATUS_INVALID, "no scheme was measured on %s and on all tensors that go with it",
                         c->cells[t->first].tensor);
}

static enum status pose(const struct choices *c, struct problem *p, size_t **cells, struct error *e)
{
    *p = (struct problem){.groups = calloc(c->n_units, sizeof *p->groups),
                          .items = calloc(c->n_cells, sizeof *p->items),
                          .first = calloc(c->n_units, sizeof *p->first)};
    *cells = calloc(c->n_cells, sizeof **cells);
    if (!p->groups || !p->items || !p->first || !*cells)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = STATUS_OK;
    for (size_t u = 0; !s && u < c->n_units; u++)
        s = add_unit(c, u, p, *cells, e);
    return s;
}

static double whole(const struct choices *c, double budget)
{
    return c->request.total ? budget : budget * c->elements;
}

static double in_units(const struct choices *c, double sum)
{
    return c->request.total ? sum : sum / c->elements;
}

enum status allocate_range(const struct choices *c, double *least, double *most, struct error *e)
{
    struct problem p;
    size_t *cells;
    enum status s = pose(c, &p, &cells, e);
    double cheapest = 0, best = 0;
    for (size_t u = 0; !s && u < c->n_units; u++) {
        const struct knapsack_group *g = &p.groups[u];
        size_t at = 0;
        for (size_t i = 1; i < g->n; i++)
            if (g->items[i].error < g->items[at].error ||
                (g->items[i].error == g->items[at].error && g->items[i].cost < g->items[at].cost))
                at = i;
        best += g->items[at].cost;
    }
    if (!s)
        cheapest = knapsack_least(p.groups, c->n_units);
    *least = in_units(c, cheapest);
    *most = in_units(c, best);
    problem_free(&p);
    free(cells);
    return s;
}

enum status allocate_solve(const struct choices *c, double budget, size_t *chosen, struct error *e)
{
    struct problem p;
    size_t *cells, *of_unit = calloc(c->n_units, sizeof *of_unit);
    struct error inner = {{0}};
    enum status s = pose(c, &p, &cells, e);
    if (!s && !of_unit)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = knapsack_solve(p.groups, c->n_units, whole(c, budget), c->request.seconds, of_unit, &inner);
    if (s == STATUS_SKIP)
        s = error_set(e, STATUS_DIFFERENT, "no choice keeps the budget of %.10g: the least possible is %.10g",
                      budget, in_units(c, knapsack_least(p.groups, c->n_units)));
    else if (s)
        error_set(e, s, "%s", inner.text);
    for (size_t i = 0; !s && i < c->n_tensors; i++) {
        const size_t unit = c->tensors[i].unit;
        chosen[i] = find_scheme(c, &c->tensors[i], &c->cells[cells[p.first[unit] + of_unit[unit]]]);
    }
    problem_free(&p);
    free(cells);
    free(of_unit);
    return s;
}

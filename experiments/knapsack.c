/* GLPK's tolerances are of the size of 1e-7 beside numbers near 1. So the problem is posed in numbers of that
 * size: errors count from the best item of their group, costs from the cheapest, and both in units of what
 * matters. What matters of costs is the budget that the cheapest items leave. What matters of errors is the
 * answer itself, so the problem is solved again in units of the answer until that does not shrink: items
 * with a larger error than the whole answer are in no better one and leave.
 *
 * A choice that keeps the budget within the tolerance alone is cut off by a row that forbids just that
 * choice, and the solver goes on.
 *
 * GLPK ends the process when something is wrong within; here it comes back and says so. */
#include "experiments/knapsack.h"

#include <glpk.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>

#include "sim/base/clock.h"

/* The size of answers as the solver sees them. */
#define UNIT 1e3

/* Choices cut off before giving up. */
#define MOST_CUTS 1000

/* A variable of the program: item `item` of group `group`, relative to the least of its group. */
struct column {
    size_t group, item;
    double cost, error;
};

struct knapsack {
    const struct knapsack_group *groups;
    size_t n;
    double budget, seconds, end; /* end: of the time, by the clock */
    double slack;                /* of the budget, beyond the cheapest items */
    struct column *columns;      /* by group, by cost; none is dominated */
    size_t n_columns;
    size_t *choice; /* of each group, its column */
    double answer;  /* its sum of relative errors */
};

static double least_cost(const struct knapsack_group *g)
{
    double least = g->items[0].cost;
    for (size_t i = 1; i < g->n; i++)
        least = g->items[i].cost < least ? g->items[i].cost : least;
    return least;
}

double knapsack_least(const struct knapsack_group *groups, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += least_cost(&groups[i]);
    return sum;
}

static int compare_columns(const void *a, const void *b)
{
    const struct column *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    if (x->error != y->error)
        return x->error < y->error ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* The items of a group that can be in an answer: those that the budget allows and that no other beats. */
static void add_group(struct knapsack *k, size_t group)
{
    const struct knapsack_group *g = &k->groups[group];
    struct column *c = k->columns + k->n_columns;
    const double cheapest = least_cost(g);
    double best = (double)INFINITY;
    for (size_t i = 0; i < g->n; i++)
        c[i] = (struct column){group, i, g->items[i].cost - cheapest, g->items[i].error};
    qsort(c, g->n, sizeof *c, compare_columns);
    size_t kept = 0;
    for (size_t i = 0; i < g->n; i++)
        if (c[i].error < best && c[i].cost <= k->slack) {
            best = c[i].error;
            c[kept++] = c[i];
        }
    for (size_t i = 0; i < kept; i++)
        c[i].error -= best;
    k->n_columns += kept;
}

static double cost_of(const struct knapsack *k)
{
    double sum = 0;
    for (size_t g = 0; g < k->n; g++)
        sum += k->groups[g].items[k->columns[k->choice[g]].item].cost;
    return sum;
}

static double error_of(const struct knapsack *k)
{
    double sum = 0;
    for (size_t g = 0; g < k->n; g++)
        sum += k->columns[k->choice[g]].error;
    return sum;
}

/* Rows: one of each group, whose columns sum to 1, and the budget's, the last. */
static glp_prob *pose(const struct knapsack *k)
{
    const int n = (int)k->n, columns = (int)k->n_columns;
    const size_t room = 2 * k->n_columns + 1;
    int *row = calloc(room, sizeof *row), *column = calloc(room, sizeof *column), used = 0;
    double *value = calloc(room, sizeof *value);
    glp_prob *p = row && column && value ? glp_create_prob() : NULL;
    const double cost_unit = k->slack > 0 ? UNIT / k->slack : 0;
    const double error_unit = k->answer > 0 ? UNIT / k->answer : 0;
    if (p) {
        glp_set_obj_dir(p, GLP_MIN);
        glp_add_rows(p, n + 1);
        glp_add_cols(p, columns);
        for (int i = 1; i <= n; i++)
            glp_set_row_bnds(p, i, GLP_FX, 1, 1);
        glp_set_row_bnds(p, n + 1, GLP_UP, 0, k->slack * cost_unit);
    }
    for (int j = 1; p && j <= columns; j++) {
        const struct column *c = &k->columns[j - 1];
        glp_set_col_kind(p, j, GLP_BV);
        glp_set_obj_coef(p, j, c->error * error_unit);
        row[++used] = (int)c->group + 1, column[used] = j, value[used] = 1;
        row[++used] = n + 1, column[used] = j, value[used] = c->cost * cost_unit;
    }
    if (p)
        glp_load_matrix(p, used, row, column, value);
    free(row);
    free(column);
    free(value);
    return p;
}

static void read_choice(struct knapsack *k, glp_prob *p)
{
    for (size_t j = 0; j < k->n_columns; j++)
        if (glp_mip_col_val(p, (int)j + 1) > 0.5)
            k->choice[k->columns[j].group] = j;
}

/* Forbids the present choice and no other. */
static enum status cut(const struct knapsack *k, glp_prob *p, struct error *e)
{
    int *column = calloc(k->n + 1, sizeof *column);
    double *value = calloc(k->n + 1, sizeof *value);
    enum status s = column && value ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    const int row = s ? 0 : glp_add_rows(p, 1);
    for (size_t g = 0; !s && g < k->n; g++) {
        column[g + 1] = (int)k->choice[g] + 1;
        value[g + 1] = 1;
    }
    if (!s) {
        glp_set_row_bnds(p, row, GLP_UP, 0, (double)k->n - 1);
        glp_set_mat_row(p, row, (int)k->n, column, value);
    }
    free(column);
    free(value);
    return s;
}

static enum status call_solver(const struct knapsack *k, glp_prob *p, struct error *e)
{
    glp_iocp how;
    glp_init_iocp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.presolve = GLP_ON;
    how.mir_cuts = GLP_ON; /* cover cuts abort on a program without binary rows */
    how.tol_obj = 1e-13;   /* beside answers of size UNIT */
    if (k->seconds > 0) {
        const double left = fmax(k->end - clock_seconds(), 0);
        how.tm_lim = left < INT_MAX / 1000 ? (int)(left * 1000) + 1 : INT_MAX;
    }
    const int rc = glp_intopt(p, &how), found = glp_mip_status(p);
    if (rc == GLP_ETMLIM)
        return error_set(e, STATUS_INTERRUPTED, "no choice was proved best in %g s", k->seconds);
    if (rc == GLP_ENOPFS || (!rc && found == GLP_NOFEAS))
        return STATUS_SKIP;
    if (rc || found != GLP_OPT)
        return error_set(e, STATUS_INTERNAL, "GLPK ended with code %d and status %d", rc, found);
    return STATUS_OK;
}

static enum status solve_once(struct knapsack *k, struct error *e)
{
    glp_prob *p = pose(k);
    enum status s = p ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (int cuts = 0; !s; cuts++) {
        s = call_solver(k, p, e);
        if (!s)
            read_choice(k, p);
        if (s || knapsack_within(cost_of(k), k->budget))
            break;
        s = cuts < MOST_CUTS
                ? cut(k, p, e)
                : error_set(e, STATUS_INTERNAL, "more than %d choices cost nearly what the budget allows",
                            MOST_CUTS);
    }
    if (p)
        glp_delete_prob(p);
    return s;
}

/* The cheapest items, which always keep the budget. */
static void begin(struct knapsack *k)
{
    for (size_t j = k->n_columns; j--;)
        k->choice[k->columns[j].group] = j;
    k->answer = error_of(k);
}

/* Items with a larger error than the whole answer leave; choice[] follows. */
static void drop_beyond_answer(struct knapsack *k)
{
    size_t kept = 0;
    for (size_t j = 0; j < k->n_columns; j++) {
        const struct column c = k->columns[j];
        if (c.error > k->answer)
            continue;
        if (k->choice[c.group] == j)
            k->choice[c.group] = kept;
        k->columns[kept++] = c;
    }
    k->n_columns = kept;
}

static enum status solve(struct knapsack *k, struct error *e)
{
    double before;
    begin(k);
    do {
        before = k->answer;
        if (before == 0)
            return STATUS_OK;
        drop_beyond_answer(k);
        enum status s = solve_once(k, e);
        if (s)
            return s;
        k->answer = error_of(k);
    } while (k->answer < before / 2);
    return STATUS_OK;
}

static void come_back(void *where)
{
    longjmp(*(jmp_buf *)where, 1);
}

static enum status solve_guarded(struct knapsack *k, struct error *e)
{
    jmp_buf back;
    if (setjmp(back))
        return error_set(e, STATUS_INTERNAL, "GLPK: a broken invariant, or out of memory");
    glp_error_hook(come_back, &back);
    enum status s = solve(k, e);
    glp_error_hook(NULL, NULL);
    return s;
}

enum status knapsack_solve(const struct knapsack_group *groups, size_t n, double budget, double seconds,
                           size_t *choice, struct error *e)
{
    struct knapsack k = {
        .groups = groups, .n = n, .budget = budget, .seconds = seconds, .end = clock_seconds() + seconds};
    size_t items = 0;
    const double least = knapsack_least(groups, n);
    if (!knapsack_within(least, budget))
        return error_set(e, STATUS_SKIP, "the least possible is %.17g", least);
    k.slack = fmax(knapsack_limit(budget) - least, 0);
    for (size_t i = 0; i < n; i++)
        items += groups[i].n;
    if (items > INT_MAX / 4 || n > INT_MAX / 4)
        return error_set(e, STATUS_INVALID, "%zu candidates are too many", items);
    k.columns = calloc(items, sizeof *k.columns);
    k.choice = choice;
    glp_term_out(GLP_OFF);
    enum status s = k.columns ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < n; i++)
        add_group(&k, i);
    if (!s)
        s = solve_guarded(&k, e);
    for (size_t i = 0; !s && i < n; i++)
        choice[i] = k.columns[choice[i]].item;
    free(k.columns);
    glp_free_env();
    return s;
}

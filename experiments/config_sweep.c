/* Sweeps: grid x zip less exclude, then include.
 *
 * Order of expansion: the sweeps as listed; in each, the axes of grid as written, the first slowest, then the
 * groups of zip, the last fastest; then the entries of include. Schemes that mean the same (equal canonical
 * text) stay once, where they first stood, for the tensors of all. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"

/* One axis of grid, or one group of zip: keys that advance together through `length` values. */
struct dim {
    struct node *const *keys;
    struct node *const *values; /* of each key: a scalar or a list of `length` scalars */
    size_t n_keys, length;
};

struct sweep {
    struct config *c;
    size_t capacity;
    struct config_assign *constants;
    size_t n_constants;
    struct error *e;
};

static const struct node *dim_value(const struct dim *d, size_t key, size_t i)
{
    const struct node *v = d->values[key];
    return v->kind == NODE_LIST ? v->items[i] : v;
}

static enum status check_values(enum config_op op, const struct node *key, const struct node *values,
                                const char *what, struct error *e)
{
    enum status s = config_check_axis(op, key, what, e);
    if (s)
        return s;
    if (values->kind == NODE_MAP || (values->kind == NODE_LIST && !values->n))
        return node_error(values, e, "%s.%s: expected a value or a list of values, found %s", what, key->text,
                          values->kind == NODE_MAP ? "a mapping" : "an empty list");
    for (size_t i = 0; values->kind == NODE_LIST && i < values->n; i++)
        if (values->items[i]->kind != NODE_SCALAR)
            return node_error(values->items[i], e, "%s.%s: expected a value, found %s", what, key->text,
                              node_kind_names[values->items[i]->kind]);
    return STATUS_OK;
}

static enum status add_grid(enum config_op op, const struct node *grid, struct dim *dims, size_t *n,
                            struct error *e)
{
    if (grid->kind != NODE_MAP)
        return node_error(grid, e, "grid: expected a mapping of keys to lists, found %s",
                          node_kind_names[grid->kind]);
    for (size_t i = 0; i < grid->n; i++) {
        enum status s = check_values(op, grid->keys[i], grid->items[i], "grid", e);
        if (s)
            return s;
        size_t length = grid->items[i]->kind == NODE_LIST ? grid->items[i]->n : 1;
        dims[(*n)++] = (struct dim){&grid->keys[i], &grid->items[i], 1, length};
    }
    return STATUS_OK;
}

static enum status add_zip(enum config_op op, const struct node *zip, struct dim *dims, size_t *n,
                           struct error *e)
{
    if (zip->kind != NODE_MAP)
        return node_error(zip, e, "zip: expected a mapping of keys to lists, or a list of such, found %s",
                          node_kind_names[zip->kind]);
    size_t length = 0;
    for (size_t i = 0; i < zip->n; i++) {
        const struct node *v = zip->items[i];
        enum status s = check_values(op, zip->keys[i], v, "zip", e);
        if (s)
            return s;
        if (v->kind != NODE_LIST)
            return node_error(v, e, "zip.%s: expected a list, found a value", zip->keys[i]->text);
        if (i && v->n != length)
            return node_error(v, e, "zip: '%s' has %zu values, '%s' has %zu; lists advance together",
                              zip->keys[i]->text, v->n, zip->keys[0]->text, length);
        length = v->n;
    }
    if (zip->n)
        dims[(*n)++] = (struct dim){zip->keys, zip->items, zip->n, length};
    return STATUS_OK;
}

static enum status check_distinct(const struct dim *dims, size_t n, struct error *e)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < dims[i].n_keys; k++)
            for (size_t j = 0; j < i; j++)
                for (size_t m = 0; m < dims[j].n_keys; m++)
                    if (!strcmp(dims[i].keys[k]->text, dims[j].keys[m]->text))
                        return node_error(dims[i].keys[k], e,
                                          "'%s' is swept twice; it is an axis at line %d already",
                                          dims[i].keys[k]->text, dims[j].keys[m]->line);
    return STATUS_OK;
}

static struct config_given given(const struct sweep *w, const struct config_assign *own, size_t n_own)
{
    return (struct config_given){
        .constants = w->constants, .own = own, .n_constants = w->n_constants, .n_own = n_own};
}

static enum status add_scheme(struct sweep *w, const struct config_given *g, const struct node *where)
{
    struct config *c = w->c;
    if (c->n_schemes == w->capacity) {
        size_t capacity = w->capacity ? 2 * w->capacity : 64;
        struct config_scheme *schemes = realloc(c->schemes, capacity * sizeof *schemes);
        if (!schemes)
            return error_set(w->e, STATUS_INTERNAL, "out of memory");
        c->schemes = schemes;
        w->capacity = capacity;
    }
    struct config_scheme *next = &c->schemes[c->n_schemes];
    *next = (struct config_scheme){.matmul = NULL};
    enum status s = config_compose(c->op, g, where, next, w->e);
    if (s)
        config_scheme_free(next);
    else
        c->n_schemes++;
    return s;
}

/* An entry of exclude must speak of keys that the cells have. */
static enum status check_exclude(const struct sweep *w, const struct node *exclude,
                                 const struct config_given *g)
{
    if (!exclude)
        return STATUS_OK;
    if (exclude->kind != NODE_LIST)
        return node_error(exclude, w->e, "exclude: expected a list of mappings, found %s",
                          node_kind_names[exclude->kind]);
    for (size_t i = 0; i < exclude->n; i++) {
        const struct node *entry = exclude->items[i];
        if (entry->kind != NODE_MAP || !entry->n)
            return node_error(entry, w->e, "exclude: expected a mapping of keys to values");
        for (size_t k = 0; k < entry->n; k++) {
            enum status s = check_values(w->c->op, entry->keys[k], entry->items[k], "exclude", w->e);
            if (s)
                return s;
            if (!config_find(g, entry->keys[k]->text))
                return node_error(entry->keys[k], w->e,
                                  "exclude: '%s' is no axis of this sweep and no key of the top level",
                                  entry->keys[k]->text);
        }
    }
    return STATUS_OK;
}

static enum status count_combinations(const struct sweep *w, const struct dim *dims, size_t n,
                                      const struct node *where, size_t *total)
{
    double all = 1; /* whole below 2^53, else rounded: of a sweep that is refused */
    for (size_t i = 0; i < n; i++)
        all *= (double)dims[i].length;
    if (all > (double)(CONFIG_MAX_SCHEMES - w->c->n_schemes))
        return node_error(where, w->e,
                          "sweep: %.15g schemes%s; allowed: at most %d (split the study into several files)",
                          all, w->c->n_schemes ? " more" : "", CONFIG_MAX_SCHEMES);
    *total = (size_t)all;
    return STATUS_OK;
}

static enum status expand_product(struct sweep *w, const struct dim *dims, size_t n,
                                  const struct node *exclude, const struct node *where)
{
    size_t n_own = 0, total = 0;
    for (size_t i = 0; i < n; i++)
        n_own += dims[i].n_keys;
    enum status s = count_combinations(w, dims, n, where, &total);
    if (s)
        return s;
    struct config_assign *own = calloc(n_own + 1, sizeof *own);
    if (!own)
        return error_set(w->e, STATUS_INTERNAL, "out of memory");
    const struct config_given g = given(w, own, n_own);
    for (size_t cell = 0; cell < total && !s; cell++) {
        /* Digits of the cell's number in the mixed radix of the axes, the last axis the lowest digit. */
        size_t rest = cell, at = n_own;
        for (size_t i = n; i-- > 0;) {
            for (size_t k = dims[i].n_keys; k-- > 0;)
                own[--at] = (struct config_assign){dims[i].keys[k]->text,
                                                   dim_value(&dims[i], k, rest % dims[i].length)};
            rest /= dims[i].length;
        }
        if (!cell)
            s = check_exclude(w, exclude, &g);
        bool out = false;
        for (size_t i = 0; exclude && !s && i < exclude->n && !out; i++)
            out = config_excluded(exclude->items[i], &g);
        if (!s && !out)
            s = add_scheme(w, &g, where);
    }
    free(own);
    return s;
}

static enum status expand_include(struct sweep *w, const struct node *include)
{
    if (include->kind != NODE_LIST)
        return node_error(include, w->e, "include: expected a list of mappings, found %s",
                          node_kind_names[include->kind]);
    for (size_t i = 0; i < include->n; i++) {
        const struct node *entry = include->items[i];
        if (entry->kind != NODE_MAP || !entry->n)
            return node_error(entry, w->e, "include: expected a mapping of keys to values");
        struct config_assign own[YAML_MAX_KEYS];
        for (size_t k = 0; k < entry->n; k++) {
            enum status s = check_values(w->c->op, entry->keys[k], entry->items[k], "include", w->e);
            if (s)
                return s;
            if (entry->items[k]->kind != NODE_SCALAR)
                return node_error(entry->items[k], w->e, "include.%s: expected one value, found a list",
                                  entry->keys[k]->text);
            own[k] = (struct config_assign){entry->keys[k]->text, entry->items[k]};
        }
        if (w->c->n_schemes >= CONFIG_MAX_SCHEMES)
            return node_error(entry, w->e, "sweep: more than %d schemes", CONFIG_MAX_SCHEMES);
        const struct config_given g = given(w, own, entry->n);
        enum status s = add_scheme(w, &g, entry);
        if (s)
            return s;
    }
    return STATUS_OK;
}

/* Which tensors the schemes from `first` on are for. */
static enum status set_select(struct sweep *w, const struct node *select, size_t first)
{
    if (w->c->op == OP_ANALYSIS)
        return node_error(select, w->e, "sweep.select: has no effect on op: analysis, which has no tensors");
    struct config_patterns globs = {.n = 0};
    enum status s = config_read_patterns(select, "sweep.select", CHOOSE_NAME, &globs, w->e);
    for (size_t i = first; i < w->c->n_schemes && !s; i++)
        s = config_patterns_add(&w->c->schemes[i].select, &globs, w->e);
    config_patterns_free(&globs);
    return s;
}

bool config_scheme_selects(const struct config_scheme *scheme, const char *tensor)
{
    bool any = !scheme->select.n;
    for (size_t i = 0; i < scheme->select.n && !any; i++)
        any = !fnmatch(scheme->select.item[i].glob, tensor, 0);
    return any;
}

static enum status expand_one(struct sweep *w, const struct node *sweep)
{
    static const char *const keys[] = {"grid", "zip", "include", "exclude", "select"};
    const size_t first = w->c->n_schemes;
    enum status s = config_check_keys(sweep, "sweep", keys, sizeof keys / sizeof *keys, w->e);
    if (s)
        return s;
    const struct node *grid = node_get(sweep, "grid"), *zip = node_get(sweep, "zip");
    const struct node *include = node_get(sweep, "include"), *exclude = node_get(sweep, "exclude");
    size_t room = (grid ? grid->n : 0) + (zip ? zip->n : 0) + 1, n = 0;
    struct dim *dims = calloc(room, sizeof *dims);
    if (!dims)
        return error_set(w->e, STATUS_INTERNAL, "out of memory");
    if (grid)
        s = add_grid(w->c->op, grid, dims, &n, w->e);
    if (!s && zip && zip->kind != NODE_LIST)
        s = add_zip(w->c->op, zip, dims, &n, w->e);
    for (size_t i = 0; !s && zip && zip->kind == NODE_LIST && i < zip->n; i++)
        s = add_zip(w->c->op, zip->items[i], dims, &n, w->e);
    if (!s)
        s = check_distinct(dims, n, w->e);
    if (!s && !n && !(include && include->n))
        s = node_error(sweep, w->e, "sweep: no axes; give grid, zip or include");
    if (!s && !n && exclude)
        s = node_error(exclude, w->e, "exclude: nothing to exclude from; it filters grid and zip");
    if (!s && n)
        s = expand_product(w, dims, n, exclude, sweep);
    if (!s && include)
        s = expand_include(w, include);
    if (!s && node_get(sweep, "select"))
        s = set_select(w, node_get(sweep, "select"), first);
    free(dims);
    return s;
}

struct entry {
    const char *text;
    size_t i;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->i > y->i) - (x->i < y->i);
}

/* A scheme that is dropped leaves its tensors to the one that stays. */
static enum status join_select(struct config_scheme *stays, const struct config_scheme *goes, struct error *e)
{
    if (stays->select.n && goes->select.n)
        return config_patterns_add(&stays->select, &goes->select, e);
    config_patterns_free(&stays->select);
    return STATUS_OK;
}

static enum status drop_duplicates(struct sweep *w)
{
    struct config *c = w->c;
    struct entry *sorted = calloc(c->n_schemes + 1, sizeof *sorted);
    bool *drop = calloc(c->n_schemes + 1, sizeof *drop);
    enum status s = STATUS_OK;
    if (!sorted || !drop) {
        s = error_set(w->e, STATUS_INTERNAL, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < c->n_schemes; i++)
        sorted[i] = (struct entry){c->schemes[i].canonical, i};
    qsort(sorted, c->n_schemes, sizeof *sorted, compare_entries);
    for (size_t i = 1, first = 0; i < c->n_schemes && !s; i++) {
        drop[sorted[i].i] = !strcmp(sorted[i].text, sorted[i - 1].text);
        first = drop[sorted[i].i] ? first : i;
        if (first != i)
            s = join_select(&c->schemes[sorted[first].i], &c->schemes[sorted[i].i], w->e);
    }
    size_t kept = 0;
    for (size_t i = 0; i < c->n_schemes; i++) {
        if (drop[i]) {
            config_scheme_free(&c->schemes[i]);
            continue;
        }
        c->schemes[kept++] = c->schemes[i];
    }
    c->n_schemes = kept;
out:
    free(sorted);
    free(drop);
    return s;
}

enum status config_expand(struct config *c, const struct node *root, struct error *e)
{
    struct sweep w = {.c = c, .e = e};
    enum status s = STATUS_OK;
    w.constants = calloc(root->n + 1, sizeof *w.constants);
    if (!w.constants)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < root->n && !s; i++) {
        const struct node *key = root->keys[i], *value = root->items[i];
        if (config_key_known(key->text) && strcmp(key->text, "format") != 0 && !config_beside(key->text))
            continue;
        if (value->kind != NODE_SCALAR)
            s = node_error(value, e, "%s: expected one value, found %s; lists belong in sweep.grid",
                           key->text, node_kind_names[value->kind]);
        w.constants[w.n_constants++] = (struct config_assign){key->text, value};
    }
    const struct node *sweep = node_get(root, "sweep");
    const struct config_given g = given(&w, NULL, 0);
    if (!s && !sweep)
        s = add_scheme(&w, &g, root);
    else if (!s && sweep->kind != NODE_LIST)
        s = expand_one(&w, sweep);
    else if (!s && !sweep->n)
        s = node_error(sweep, e, "sweep: an empty list");
    else if (!s)
        for (size_t i = 0; i < sweep->n && !s; i++)
            s = expand_one(&w, sweep->items[i]);
    if (!s)
        s = drop_duplicates(&w);
    if (!s && !c->n_schemes)
        s = node_error(sweep, e, "sweep: nothing is left after exclude");
    free(w.constants);
    return s;
}

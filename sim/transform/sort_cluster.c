/* Transform "sort_cluster": columns of the input are sorted within heads, heads gathered into clusters, and
 * places within a head into groups; each cluster and group has scales of its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/columns.h"
#include "sim/transform/decompose.h"

enum { ITERATIONS = 300 }; /* of k-means, as scikit-learn's default */

struct clusters {
    size_t n, dim;         /* heads, columns of each */
    struct sized *columns; /* [n][dim], sorted */
    double *size;          /* the same, each head of norm 1 */
    size_t *label;         /* n: the cluster of a head, numbered as they come */
    size_t *group;         /* dim: the group of a place */
    double *center;        /* [n or dim][dim or n], room for both kinds of clusters */
    size_t *count;         /* members of each */
    size_t *from;          /* n * dim */
};

static void clusters_close(struct clusters *h)
{
    free(h->columns);
    free(h->size);
    free(h->label);
    free(h->group);
    free(h->center);
    free(h->count);
    free(h->from);
}

static bool clusters_open(struct clusters *h, size_t n, size_t dim)
{
    const size_t most = n > dim ? n : dim;
    *h = (struct clusters){.n = n,
                           .dim = dim,
                           .columns = malloc(n * dim * sizeof *h->columns),
                           .size = malloc(n * dim * sizeof *h->size),
                           .label = calloc(n, sizeof *h->label),
                           .group = calloc(dim, sizeof *h->group),
                           .center = malloc(n * dim * sizeof *h->center),
                           .count = calloc(most, sizeof *h->count),
                           .from = malloc(n * dim * sizeof *h->from)};
    return h->columns && h->size && h->label && h->group && h->center && h->count && h->from;
}

static void sort_heads(const struct layer *l, struct clusters *h)
{
    columns_measure(l, COLUMN_SUM_ABS, h->columns);
    for (size_t i = 0; i < h->n; i++) {
        struct sized *head = h->columns + i * h->dim;
        double square = 0;
        sort_ascending(head, h->dim);
        for (size_t j = 0; j < h->dim; j++)
            square += head[j].size * head[j].size;
        for (size_t j = 0; j < h->dim; j++)
            h->size[i * h->dim + j] = square > 0 && isfinite(square) ? head[j].size / sqrt(square) : 0;
    }
}

static double distance(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* What the sum of squares grows by when two clusters join (Ward). */
static double growth(const struct clusters *h, size_t a, size_t b)
{
    const double na = (double)h->count[a], nb = (double)h->count[b];
    return na * nb / (na + nb) * distance(h->center + a * h->dim, h->center + b * h->dim, h->dim);
}

/* Joins the two clusters that grow least, the first of equals; a cluster bears the number of its first head.
 */
static void join(struct clusters *h)
{
    size_t a = 0, b = 0;
    for (size_t i = 0; i < h->n; i++)
        for (size_t j = i + 1; j < h->n; j++)
            if (h->count[i] && h->count[j] && (!b || growth(h, i, j) < growth(h, a, b)))
                a = i, b = j;
    const double na = (double)h->count[a], nb = (double)h->count[b];
    for (size_t k = 0; k < h->dim; k++)
        h->center[a * h->dim + k] =
            (na * h->center[a * h->dim + k] + nb * h->center[b * h->dim + k]) / (na + nb);
    h->count[a] += h->count[b];
    h->count[b] = 0;
    for (size_t i = 0; i < h->n; i++)
        h->label[i] = h->label[i] == b ? a : h->label[i];
}

static void cluster_heads(struct clusters *h, size_t clusters)
{
    memcpy(h->center, h->size, h->n * h->dim * sizeof *h->size);
    for (size_t i = 0; i < h->n; i++) {
        h->label[i] = i;
        h->count[i] = 1;
    }
    for (size_t left = h->n; left > clusters; left--)
        join(h);
}

/* Heads of one cluster stand together; from[] is the order of all columns. */
static void gather_heads(struct clusters *h)
{
    size_t *to = h->from;
    for (size_t c = 0; c < h->n; c++)
        for (size_t i = 0; i < h->n; i++)
            for (size_t j = 0; h->label[i] == c && j < h->dim; j++)
                *to++ = h->columns[i * h->dim + j].at;
}

/* The sizes at place j in the heads of a cluster. */
static size_t place(const struct clusters *h, size_t cluster, size_t j, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        if (h->label[i] == cluster)
            out[n++] = h->size[i * h->dim + j];
    return n;
}

/* One round of k-means; whether a place has changed its group. */
static bool assign(struct clusters *h, size_t cluster, size_t k, double *room)
{
    bool changed = false;
    for (size_t j = 0; j < h->dim; j++) {
        const size_t n = place(h, cluster, j, room);
        size_t best = 0;
        for (size_t g = 1; g < k; g++)
            if (distance(room, h->center + g * h->n, n) < distance(room, h->center + best * h->n, n))
                best = g;
        changed |= h->group[j] != best;
        h->group[j] = best;
    }
    return changed;
}

static void move_centers(struct clusters *h, size_t cluster, size_t k, double *room)
{
    for (size_t g = 0; g < k; g++) {
        double *center = h->center + g * h->n;
        size_t members = 0;
        for (size_t j = 0; j < h->dim; j++) {
            if (h->group[j] != g)
                continue;
            const size_t n = place(h, cluster, j, room);
            for (size_t i = 0; i < n; i++)
                center[i] = members ? center[i] + room[i] : room[i];
            members++;
        }
        for (size_t i = 0; members && i < h->n; i++)
            center[i] /= (double)members;
    }
}

/* Begun at k places that lie equally far apart. */
static void group_places(struct clusters *h, size_t cluster, size_t k, double *room)
{
    memset(h->center, 0, h->n * h->dim * sizeof *h->center);
    for (size_t g = 0; g < k; g++)
        place(h, cluster, g * (h->dim / k), h->center + g * h->n);
    for (size_t j = 0; j < h->dim; j++)
        h->group[j] = h->dim;
    for (int i = 0; i < ITERATIONS && assign(h, cluster, k, room); i++)
        move_centers(h, cluster, k, room);
}

/* Quantizes columns `moved` of the input by themselves. */
static enum status quantize_group(struct layer *l, const bool *moved, float *room, float *done,
                                  uint64_t *bits, struct error *e)
{
    struct layer_part *main = &l->part[0], p = {.n = 0};
    float *x = room, *values = room + l->tokens * main->n;
    uint64_t more = 0;
    for (size_t i = 0; i < l->tokens * main->n; i++)
        if (moved[i % main->n])
            *x++ = main->operand[LAYER_INPUT][i];
    for (size_t j = 0; j < main->n; j++)
        p.n += moved[j];
    const struct quant_spec *q = &main->scheme[LAYER_INPUT];
    enum status s = l->tools->quantize(l, &p, LAYER_INPUT, q, room, values, e);
    if (!s)
        s = l->tools->bits(l, &p, LAYER_INPUT, q, room, &more, e);
    for (size_t i = 0; !s && i < l->tokens * main->n; i++)
        if (moved[i % main->n])
            done[i] = *values++;
    *bits += more;
    return s;
}

/* Columns in their new order: those of the heads of a cluster begin at `first`. */
static enum status quantize_cluster(struct layer *l, const struct clusters *h, size_t first, size_t heads,
                                    size_t k, float *room, uint64_t *bits, struct error *e)
{
    struct layer_part *main = &l->part[0];
    bool *moved = malloc(main->n);
    enum status s = moved ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t g = 0; g < k && !s; g++) {
        size_t count = 0;
        memset(moved, 0, main->n);
        for (size_t j = 0; j < heads * h->dim; j++) {
            moved[first + j] = h->group[j % h->dim] == g;
            count += moved[first + j];
        }
        if (count)
            s = quantize_group(l, moved, room, main->done[LAYER_INPUT], bits, e);
    }
    free(moved);
    return s;
}

static enum status quantize_all(struct layer *l, struct clusters *h, size_t k, struct error *e)
{
    struct layer_part *main = &l->part[0];
    float *room = malloc(2 * (l->tokens * main->n + 1) * sizeof *room);
    double *sizes = malloc(h->n * sizeof *sizes);
    enum status s = room && sizes && decompose_done(l, main, LAYER_INPUT)
                        ? STATUS_OK
                        : error_set(e, STATUS_INTERNAL, "out of memory");
    uint64_t bits = 0;
    for (size_t c = 0, first = 0; c < h->n && !s; c++) {
        size_t heads = 0;
        for (size_t i = 0; i < h->n; i++)
            heads += h->label[i] == c;
        if (!heads)
            continue;
        group_places(h, c, k, sizes);
        s = quantize_cluster(l, h, first, heads, k, room, &bits, e);
        first += heads * h->dim;
    }
    decompose_count(main, LAYER_INPUT, bits);
    free(sizes);
    free(room);
    return s;
}

/* The largest divisor of n up to `most`. */
static size_t divisor(size_t n, size_t most)
{
    size_t d = most < n ? most : n;
    while (n % d)
        d--;
    return d;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    if (!n)
        return STATUS_OK;
    struct clusters h;
    const size_t dim = divisor(n, transform_count_of(step, "head")),
                 groups = transform_count_of(step, "groups");
    enum status s =
        clusters_open(&h, n / dim, dim) ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        sort_heads(l, &h);
        cluster_heads(&h, transform_count_of(step, "clusters"));
        gather_heads(&h);
        s = layer_permute(l, h.from, e);
    }
    if (!s)
        s = quantize_all(l, &h, groups < dim ? groups : dim, e);
    clusters_close(&h);
    return s;
}

static const struct arg_key keys[] = {
    {"head", ARG_INTEGER, 64, 1, 1 << 20, NULL,
     "columns of a head: the largest divisor of the row up to this"},
    {"clusters", ARG_INTEGER, 4, 1, 1 << 20, NULL, "of heads, at most"},
    {"groups", ARG_INTEGER, 4, 1, 1 << 20, NULL, "of places within a head, at most"},
};

const struct transform transform_sort_cluster = {
    .name = "sort_cluster",
    .doc = "columns sorted by the sum of their magnitudes within each head, heads clustered (Ward), places "
           "within them grouped (k-means); the input quantized cluster by cluster and group by group",
    .citation = "Chiang et al., Quamba2, arXiv 2503.22879; enyac-group/Quamba reorder_utils.py, "
                "group_wise_sort_indices (group_heads=True; its k-means starts at random)",
    .acts = "input, weight; quantizes the input",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};

#include "experiments/tradeoff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"

enum { COST_BITS = 40, DRAW_BITS = 30 };

/* --- opening --- */

static enum status check_parts(size_t n, size_t n_parts, const double *part, double *most, struct error *e)
{
    *most = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t p = 0; p < n_parts; p++) {
            const double x = part[i * n_parts + p];
            if (!(x >= 0) || !isfinite(x))
                return error_set(e, STATUS_INVALID, "a part of a cost is %g; parts are 0 or more", x);
            sum += x;
        }
        *most = fmax(*most, sum);
    }
    return isfinite(*most) ? STATUS_OK : error_set(e, STATUS_INVALID, "a cost is not finite");
}

/* Sums of at most n_parts roundings up stay below 2^40 as the largest is below 2^39. */
static void set_parts(struct tradeoff *t, const double *part, double most)
{
    int exponent = 0;
    frexp(fmax(most, 0x1p-900), &exponent); /* most < 2^exponent */
    t->unit = ldexp(1, exponent - (COST_BITS - 1));
    for (size_t i = 0; i < t->n * t->n_parts; i++)
        t->part[i] = (int64_t)nearbyint(part[i] / t->unit);
    for (size_t i = 0; i < t->n; i++)
        for (size_t p = 0; p < t->n_parts; p++)
            t->cost[i] += t->part[i * t->n_parts + p];
}

struct place {
    __int128 cost;
    double sqnr_db;
    size_t i;
};

static int by_sqnr(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->sqnr_db != y->sqnr_db)
        return x->sqnr_db > y->sqnr_db ? -1 : 1;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

static int by_cost(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->cost != y->cost ? (x->cost < y->cost ? -1 : 1) : by_sqnr(a, b);
}

static bool parts_within(const struct tradeoff *t, size_t i, size_t j)
{
    for (size_t p = 0; p < t->n_parts; p++)
        if (t->part[i * t->n_parts + p] > t->part[j * t->n_parts + p])
            return false;
    return true;
}

/* A scheme of which another has no part that is more, and its SQNR or more, is beaten under all factors: at
 * equal cost all parts are equal (factors are above 0), and the order of places, which is by_sqnr's, decides.
 */
static void find_possible(struct tradeoff *t, struct place *room)
{
    for (size_t i = 0; i < t->n; i++)
        room[i] = (struct place){t->cost[i], t->sqnr_db[i], i};
    qsort(room, t->n, sizeof *room, by_sqnr);
    for (size_t k = 0; k < t->n; k++) {
        size_t j = 0;
        while (j < t->n_possible && !parts_within(t, t->possible[j], room[k].i))
            j++;
        if (j == t->n_possible)
            t->possible[t->n_possible++] = room[k].i;
    }
}

enum status tradeoff_open(size_t n, size_t n_parts, const double *sqnr_db, const double *part,
                          struct tradeoff *out, struct error *e)
{
    double most;
    *out = (struct tradeoff){.n = n, .n_parts = n_parts};
    enum status s = check_parts(n, n_parts, part, &most, e);
    if (s)
        return s;
    struct place *room = calloc(n, sizeof *room);
    out->sqnr_db = calloc(n, sizeof *out->sqnr_db);
    out->part = calloc(n * n_parts, sizeof *out->part);
    out->cost = calloc(n, sizeof *out->cost);
    out->possible = calloc(n, sizeof *out->possible);
    if (!room || !out->sqnr_db || !out->part || !out->cost || !out->possible)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    else {
        memcpy(out->sqnr_db, sqnr_db, n * sizeof *sqnr_db);
        set_parts(out, part, most);
        find_possible(out, room);
    }
    free(room);
    if (s)
        tradeoff_close(out);
    return s;
}

void tradeoff_close(struct tradeoff *t)
{
    free(t->sqnr_db);
    free(t->part);
    free(t->cost);
    free(t->possible);
    *t = (struct tradeoff){.n = 0};
}

/* --- fronts --- */

/* Of the possible schemes, whose costs the caller has set in the order of possible[]. */
static void find_front(const struct tradeoff *t, struct place *places, bool *front)
{
    double best = -(double)INFINITY;
    memset(front, 0, t->n * sizeof *front);
    for (size_t k = 0; k < t->n_possible; k++) {
        places[k].i = t->possible[k];
        places[k].sqnr_db = t->sqnr_db[places[k].i];
    }
    qsort(places, t->n_possible, sizeof *places, by_cost);
    for (size_t k = 0; k < t->n_possible; k++)
        if (places[k].sqnr_db > best) {
            front[places[k].i] = true;
            best = places[k].sqnr_db;
        }
}

struct ratio {
    int64_t a, b; /* a / b, both above 0 and below 2^43 */
};

/* Costs times b, where the part has the factor a / b: below 2^84. */
static void front_at(const struct tradeoff *t, size_t part, struct ratio f, struct place *places, bool *front)
{
    for (size_t k = 0; k < t->n_possible; k++) {
        const size_t i = t->possible[k];
        const int64_t x = t->part[i * t->n_parts + part];
        places[k].cost = (__int128)f.b * (t->cost[i] - x) + (__int128)f.a * x;
    }
    find_front(t, places, front);
}

enum status tradeoff_front(const struct tradeoff *t, bool *front, struct error *e)
{
    struct place *places = calloc(t->n_possible, sizeof *places);
    if (!places)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    front_at(t, 0, (struct ratio){1, 1}, places, front);
    free(places);
    return STATUS_OK;
}

/* --- one part --- */

static int compare_ratios(const void *a, const void *b)
{
    const struct ratio *x = a, *y = b;
    const __int128 left = (__int128)x->a * y->b, right = (__int128)y->a * x->b;
    return (left > right) - (left < right);
}

static int compare_down(const void *a, const void *b)
{
    return compare_ratios(b, a);
}

/* Where two schemes cost the same: c_i + (f - 1) x_i = c_j + (f - 1) x_j. False if nowhere above 0. */
static bool crossing(const struct tradeoff *t, size_t part, size_t i, size_t j, struct ratio *f)
{
    const int64_t dx = t->part[i * t->n_parts + part] - t->part[j * t->n_parts + part];
    const int64_t a = dx + t->cost[j] - t->cost[i];
    *f = dx < 0 ? (struct ratio){-a, -dx} : (struct ratio){a, dx};
    return f->b > 0 && f->a > 0;
}

/* All crossings on one side of 1 or at it, from 1 away, each once; *n of them. NULL: out of memory. */
static struct ratio *list_crossings(const struct tradeoff *t, size_t part, bool up, size_t *n)
{
    struct ratio f, *all = calloc(t->n_possible * (t->n_possible - 1) / 2 + 1, sizeof *all);
    size_t m = 0;
    *n = 0;
    for (size_t k = 0; all && k < t->n_possible; k++)
        for (size_t l = 0; l < k; l++)
            if (crossing(t, part, t->possible[k], t->possible[l], &f) && (up ? f.a >= f.b : f.a <= f.b))
                all[m++] = f;
    if (all)
        qsort(all, m, sizeof *all, up ? compare_ratios : compare_down);
    for (size_t k = 0; k < m; k++)
        if (!*n || compare_ratios(&all[*n - 1], &all[k]) != 0)
            all[(*n)++] = all[k];
    return all;
}

/* A factor between a crossing and the next one, or beyond the last. */
static struct ratio beyond(const struct ratio *f, size_t k, size_t n, bool up)
{
    if (k + 1 < n)
        return (struct ratio){f[k].a + f[k + 1].a, f[k].b + f[k + 1].b};
    return up ? (struct ratio){2 * f[k].a, f[k].b} : (struct ratio){f[k].a, 2 * f[k].b};
}

/* Fronts change at crossings alone, so the first that has another front behind it is where it changes. */
enum status tradeoff_move(const struct tradeoff *t, size_t part, bool up, struct tradeoff_move *out,
                          bool *after, struct error *e)
{
    size_t n = 0;
    struct place *places = calloc(t->n_possible, sizeof *places);
    bool *front = calloc(t->n, sizeof *front);
    struct ratio *f = list_crossings(t, part, up, &n);
    *out = (struct tradeoff_move){false, (double)NAN};
    if (places && front && f) {
        front_at(t, part, (struct ratio){1, 1}, places, front);
        memcpy(after, front, t->n * sizeof *front);
        for (size_t k = 0; k < n && !out->changes; k++) {
            front_at(t, part, beyond(f, k, n, up), places, after);
            out->changes = memcmp(front, after, t->n * sizeof *front) != 0;
            out->factor = out->changes ? (double)f[k].a / (double)f[k].b : out->factor;
        }
    }
    enum status s = places && front && f ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    free(places);
    free(front);
    free(f);
    return s;
}

/* --- all parts at random --- */

/* Costs times 2^30: below 2^72. Of `within` the 30 bits that matter are left. */
static void front_of_draw(const struct tradeoff *t, double within, uint64_t draw, uint64_t seed,
                          struct place *places, bool *front)
{
    for (size_t k = 0; k < t->n_possible; k++)
        places[k].cost = 0;
    for (size_t p = 0; p < t->n_parts; p++) {
        const double u = ldexp(rng_u32(seed, p, draw), -31) - 1; /* in [-1, 1) */
        const int64_t factor = (int64_t)nearbyint(ldexp(1 + within * u, DRAW_BITS));
        for (size_t k = 0; k < t->n_possible; k++)
            places[k].cost += (__int128)(factor > 0 ? factor : 1) * t->part[t->possible[k] * t->n_parts + p];
    }
    find_front(t, places, front);
}

static void count(const struct tradeoff *t, const bool *base, const bool *front, struct tradeoff_share *sum)
{
    size_t members = 0, kept = 0, entered = 0;
    for (size_t i = 0; i < t->n; i++) {
        members += base[i];
        kept += base[i] && front[i];
        entered += front[i] && !base[i];
    }
    sum->unchanged += kept == members && !entered;
    sum->kept += (double)kept / (double)members;
    sum->entered += (double)entered;
}

enum status tradeoff_draw(const struct tradeoff *t, double within, uint64_t draws, uint64_t seed,
                          struct tradeoff_share *out, struct error *e)
{
    struct place *places = calloc(t->n_possible, sizeof *places);
    bool *base = calloc(2 * t->n, sizeof *base);
    *out = (struct tradeoff_share){0, 0, 0};
    enum status s =
        places && base ? tradeoff_front(t, base, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    for (uint64_t d = 0; !s && d < draws; d++) {
        front_of_draw(t, within, d, seed, places, base + t->n);
        count(t, base, base + t->n, out);
    }
    out->unchanged /= (double)draws;
    out->kept /= (double)draws;
    out->entered /= (double)draws;
    free(places);
    free(base);
    return s;
}

/* --- one scheme --- */

double tradeoff_margin(const struct tradeoff *t, size_t i, size_t *rival)
{
    *rival = t->n;
    for (size_t j = 0; j < t->n; j++) {
        const size_t r = *rival;
        if (j == i || t->sqnr_db[j] < t->sqnr_db[i])
            continue;
        if (r == t->n || t->cost[j] < t->cost[r] ||
            (t->cost[j] == t->cost[r] && t->sqnr_db[j] > t->sqnr_db[r]))
            *rival = j;
    }
    if (!t->cost[i])
        return (double)NAN;
    return *rival == t->n ? (double)INFINITY : (double)t->cost[*rival] / (double)t->cost[i];
}

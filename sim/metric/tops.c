#include "sim/metric/parts.h"

/* Keeps the largest; those that came before stand before equal ones. */
static void keep(struct metric_largest *l, float value, size_t place)
{
    const float v = isnan(value) ? -INFINITY : value;
    if (l->n == METRIC_TOP && !(v > l->value[METRIC_TOP - 1]))
        return;
    size_t i = l->n < METRIC_TOP ? l->n++ : METRIC_TOP - 1;
    for (; i && v > l->value[i - 1]; i--) {
        l->value[i] = l->value[i - 1];
        l->place[i] = l->place[i - 1];
    }
    l->value[i] = v;
    l->place[i] = place;
}

static void join(struct metric_largest *s, const struct metric_largest *t)
{
    for (size_t i = 0; i < t->n; i++)
        keep(s, t->value[i], t->place[i]);
}

static uint64_t common(const struct metric_top *t)
{
    uint64_t n = 0;
    for (size_t i = 0; i < t->x.n; i++)
        for (size_t j = 0; j < t->y.n; j++)
            n += t->x.place[i] == t->y.place[j];
    return n;
}

/* The row of `now` has ended. */
static void end_row(struct metric_tops *t)
{
    if (t->whole) {
        t->rows++;
        t->kept += common(&t->now);
    } else {
        t->head = t->now;
        t->has_head = true;
    }
    t->now = (struct metric_top){.x = {.n = 0}};
    t->whole = true;
}

void parts_tops_begin(struct metric_tops *t, size_t row)
{
    *t = (struct metric_tops){.row = row, .whole = true};
}

void parts_tops_add(struct metric_tops *t, const float *x, const float *y, size_t n)
{
    if (t->row <= METRIC_TOP)
        return;
    for (size_t i = 0; i < n; i++) {
        keep(&t->now.x, x[i], t->at);
        keep(&t->now.y, y[i], t->at);
        if (++t->at == t->row) {
            t->at = 0;
            end_row(t);
        }
    }
}

void parts_tops_join(struct metric_tops *s, const struct metric_tops *t)
{
    const struct metric_top *more = t->has_head ? &t->head : &t->now;
    join(&s->now.x, &more->x);
    join(&s->now.y, &more->y);
    if (t->has_head) {
        end_row(s);
        s->now = t->now;
    }
    s->rows += t->rows;
    s->kept += t->kept;
    s->at = t->at;
}

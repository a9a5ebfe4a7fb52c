/* Published numbers beside those of a database. */
#include <math.h>

#include "experiments/published.h"

const char *const published_verdicts[PUBLISHED_VERDICTS] = {
    "agrees", "differs", "DIFFERS", "STALE: it agrees, though it is said to differ", "no result"};

struct found {
    size_t rows;
    double value;
};

static enum status take(void *context, const struct table_value *v, struct error *e)
{
    struct found *f = context;
    const double value = table_as_number(&v[0]);
    (void)e;
    if (isnan(value))
        return STATUS_OK;
    if (f->rows && value != f->value)
        return STATUS_DIFFERENT; /* which one is ours? */
    f->value = value;
    f->rows++;
    return STATUS_OK;
}

static enum published_verdict judge(const struct published_number *n, const struct found *f)
{
    if (!f->rows)
        return PUBLISHED_NO_RESULT;
    /* A number as near as the tolerance says has room for its own rounding to binary64. */
    const double away = n->least ? n->value - f->value : fabs(f->value - n->value);
    const bool agrees = away <= n->tolerance + 1e-12 * fabs(n->value);
    return agrees ? (n->differs ? PUBLISHED_STALE : PUBLISHED_AGREES)
                  : (n->differs ? PUBLISHED_DIFFERS_AS_SAID : PUBLISHED_DIFFERS);
}

static enum status compare(const struct published_number *n, struct query *q, struct published_comparison *c,
                           struct error *e)
{
    const struct query_parameter parameters[] = {{":row", n->row_bind}, {":column", n->column_bind}};
    struct found f = {0, (double)NAN};
    struct error why = {{0}};
    enum status s = query_each_with(q, n->sql, parameters, 2, take, &f, &why);
    if (s == STATUS_DIFFERENT)
        return error_set(e, STATUS_INVALID, "%s: the database has several numbers for '%s', '%s'", n->place,
                         n->row_bind, n->column_bind);
    if (s)
        return error_set(e, s, "%s: %s", n->place, why.text);
    *c = (struct published_comparison){n, f.value, judge(n, &f)};
    return STATUS_OK;
}

enum status published_compare(const struct published *p, const struct published_paper *paper, struct query *q,
                              published_row *row, void *context, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < p->n && !s; i++) {
        struct published_comparison c;
        if (paper && p->numbers[i].paper != paper)
            continue;
        s = compare(&p->numbers[i], q, &c, e);
        if (!s)
            s = row(context, &c, e);
    }
    return s;
}

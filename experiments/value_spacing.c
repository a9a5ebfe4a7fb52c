#include "experiments/value_spacing.h"

#include <float.h>
#include <math.h>

#include "experiments/cli_list.h"
#include "experiments/positives.h"

enum { KIND_VALUES, KIND_GAP, KIND_END };
enum { COLUMNS = 11, RESOLUTION = 700 }; /* what the figure can show side by side */

struct writer {
    struct table *t;
    const struct studied *of;
    size_t index, rows;
    double least; /* values nearer in log2 fall together */
    enum status s;
    struct error *e;
};

static void put_row(struct writer *w, int kind, double x0, double y0, double x1, bool subnormal)
{
    const struct studied *s = w->of;
    const struct facts *facts = &s->facts;
    double octaves = number_log2(facts->max) - number_log2(facts->min_positive);
    int exponent_bits = s->format.family == &family_float ? s->format.exponent_bits : -1;
    struct table_value row[COLUMNS] = {table_text(s->label),
                                       table_integer((int64_t)w->index + 1),
                                       table_integer(exponent_bits),
                                       table_integer(s->format.bits),
                                       table_integer(facts->values),
                                       table_real(octaves),
                                       table_integer(kind),
                                       table_real(x0),
                                       table_real(y0),
                                       table_real(x1),
                                       table_integer(subnormal)};
    if (!w->s)
        w->s = table_row(w->t, row, w->e);
    w->rows++;
}

static bool is_subnormal(const struct writer *w, struct number x)
{
    struct number least = w->of->facts.min_normal;
    return least.class == NUMBER_FINITE && number_compare(x, least) < 0;
}

static void write_values(struct writer *w, struct positives p)
{
    for (size_t i = 0; i < p.n;) {
        bool subnormal = is_subnormal(w, p.values[i].value);
        double first = number_log2(p.values[i].value), last = first, x;
        for (i++; i < p.n && is_subnormal(w, p.values[i].value) == subnormal &&
                  (x = number_log2(p.values[i].value)) - last < w->least;
             i++)
            last = x;
        put_row(w, KIND_VALUES, first, (double)NAN, last, subnormal);
    }
}

/* Consecutive values with the same gap to the next: values[from] up to values[to], which ends the last gap.
 */
struct run {
    size_t from, to;
    double x0, x1, log_gap;
};

static struct run read_run(const struct positives *p, size_t from)
{
    struct number gap = {.class = NUMBER_ZERO};
    size_t to = from;
    for (size_t j; (j = positives_next(p, to)) < p->n; to = j) {
        struct number to_next = number_add(p->values[j].value, number_negate(p->values[to].value));
        if (gap.class != NUMBER_ZERO && number_compare(gap, to_next) != 0)
            break;
        gap = to_next;
    }
    return (struct run){from, to, number_log2(p->values[from].value), number_log2(p->values[to].value),
                        number_log2(gap)};
}

static void put_corner(struct writer *w, double x, double y)
{
    put_row(w, KIND_GAP, x, y, x, false);
}

/* Steps while they can be seen: gap / value holds from a value to the next. They shorten upward; the rest is
 * a straight line. Returns the last height. */
static double write_steps(struct writer *w, const struct positives *p, const struct run *run)
{
    double x = run->x0, y = run->log_gap - x;
    for (size_t i = run->from; i < run->to;) {
        size_t j = positives_next(p, i);
        double next = number_log2(p->values[j].value);
        put_corner(w, x, y);
        if (next - x < w->least) {
            y = run->log_gap - run->x1;
            put_corner(w, run->x1, y);
            return y;
        }
        put_corner(w, next, y);
        x = next;
        i = j;
        if (i < run->to)
            y = run->log_gap - x;
    }
    return y;
}

/* Runs too short to be seen become one flat piece at the height of the highest. */
static double write_piece(struct writer *w, const struct positives *p, size_t *from)
{
    struct run run = read_run(p, *from);
    *from = run.to;
    if (run.x1 - run.x0 >= w->least)
        return write_steps(w, p, &run);
    double start = run.x0, top = run.log_gap - run.x0;
    while (run.x1 - start < w->least && positives_next(p, *from) < p->n) {
        run = read_run(p, *from);
        *from = run.to;
        top = fmax(top, run.log_gap - run.x0);
    }
    put_corner(w, start, top);
    put_corner(w, run.x1, top);
    return top;
}

static void write_gaps(struct writer *w, struct positives p)
{
    if (!p.n || positives_next(&p, 0) == p.n)
        return;
    struct run first = read_run(&p, 0);
    double last = 0;
    for (size_t i = 0; positives_next(&p, i) < p.n;)
        last = write_piece(w, &p, &i);
    double end = number_log2(p.values[p.n - 1].value);
    put_row(w, KIND_END, first.x0, first.log_gap - first.x0, first.x0, false);
    put_row(w, KIND_END, end, last, end, false);
}

/* The span of all formats together. */
static double span(const struct spacing *what)
{
    double low = DBL_MAX, high = -DBL_MAX;
    for (size_t i = 0; i < what->n; i++) {
        low = fmin(low, number_log2(what->formats[i].facts.min_positive));
        high = fmax(high, number_log2(what->formats[i].facts.max));
    }
    return high - low;
}

enum status spacing_write(const void *what, FILE *tsv, size_t *rows, struct error *e)
{
    static const char *const columns[COLUMNS] = {"format", "index",   "exponent_bits", "bits",
                                                 "values", "octaves", "kind",          "x0",
                                                 "y0",     "x1",      "subnormal"};
    const struct spacing *from = what;
    struct writer w = {.e = e, .least = span(from) / RESOLUTION};
    w.s = table_open(TABLE_TSV, tsv, columns, COLUMNS, &w.t, e);
    for (size_t i = 0; !w.s && i < from->n; i++) {
        w.of = &from->formats[i];
        w.index = i;
        struct positives p = positives_of(w.of);
        write_values(&w, p);
        write_gaps(&w, p);
    }
    *rows = w.rows;
    return list_end(w.t, w.s, e);
}

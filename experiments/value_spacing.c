#include "experiments/value_spacing.h"

#include <float.h>
#include <math.h>

#include "experiments/cli_list.h"

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

/* The positive values of a format, upward and each once. */
struct positives {
    const struct coded *values;
    size_t n;
};

static struct positives positives_of(const struct studied *s)
{
    size_t i = 0;
    while (i < s->finite && (s->codes[i].value.negative || s->codes[i].value.class == NUMBER_ZERO))
        i++;
    return (struct positives){s->codes + i, s->finite - i};
}

static size_t next_value(const struct positives *p, size_t i)
{
    size_t j = i + 1;
    while (j < p->n && number_compare(p->values[i].value, p->values[j].value) == 0)
        j++;
    return j;
}

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

/* Values of the same gap: the curve between is straight in logarithms. */
struct run {
    double x0, y0, x1, y1;
};

static size_t read_run(const struct positives *p, size_t i, struct run *out)
{
    struct number first = p->values[i].value, gap = {.class = NUMBER_ZERO}, last = first;
    for (size_t j; (j = next_value(p, i)) < p->n; i = j) {
        struct number to_next = number_add(p->values[j].value, number_negate(p->values[i].value));
        if (gap.class != NUMBER_ZERO && number_compare(gap, to_next) != 0)
            break;
        gap = to_next;
        last = p->values[j].value;
    }
    *out = (struct run){number_log2(first), number_log2(gap) - number_log2(first), number_log2(last),
                        number_log2(gap) - number_log2(last)};
    return i;
}

/* Runs that are too short to be seen become a flat piece at their largest. */
static size_t read_piece(const struct writer *w, const struct positives *p, size_t i, struct run *out)
{
    i = read_run(p, i, out);
    while (out->x1 - out->x0 < w->least && next_value(p, i) < p->n) {
        struct run more;
        i = read_run(p, i, &more);
        double top = fmax(fmax(out->y0, out->y1), fmax(more.y0, more.y1));
        *out = (struct run){out->x0, top, more.x1, top};
    }
    return i;
}

static void write_gaps(struct writer *w, struct positives p)
{
    struct run piece = {0}, first = {0};
    bool any = false;
    for (size_t i = 0; p.n && next_value(&p, i) < p.n; any = true) {
        i = read_piece(w, &p, i, &piece);
        first = any ? first : piece;
        put_row(w, KIND_GAP, piece.x0, piece.y0, piece.x0, false);
        put_row(w, KIND_GAP, piece.x1, piece.y1, piece.x1, false);
    }
    if (any) {
        put_row(w, KIND_END, first.x0, first.y0, first.x0, false);
        put_row(w, KIND_END, piece.x1, piece.y1, piece.x1, false);
    }
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

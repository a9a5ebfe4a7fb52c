#include "experiments/error_magnitude.h"

#include <math.h>

#include "experiments/cli_list.h"
#include "experiments/positives.h"
#include "sim/base/elementary.h"

enum { COLUMNS = 7 };
static const double log2_e = 0x1.71547652b82fep+0;

/* A binade, scaled to [1, 2). */
struct binade {
    double mean, max;
};

/* x from p to q, both in [1, 2], goes to v >= 0, which is not between them: the integral of |1 - v / x| dx /
 * (x ln 2). */
static void add_side(struct binade *b, double p, double q, double v)
{
    if (!(q > p))
        return;
    const double area = elementary_log2(q) - elementary_log2(p) + v * log2_e * (1 / q - 1 / p);
    b->mean += v <= p ? area : -area;
    b->max = fmax(b->max, fmax(fabs(p - v) / p, fabs(q - v) / q));
}

/* x from p to q goes to v. */
static void add_piece(struct binade *b, double p, double q, double v)
{
    p = fmax(p, 1);
    q = fmin(q, 2);
    const double between = fmin(fmax(v, p), q);
    add_side(b, p, between, v);
    add_side(b, between, q, v);
}

/* A value divided by 2^k; 0 and 4 stand for what is far below and above the binade. */
static double scaled(struct number x, int32_t k)
{
    if (number_exponent(x) < k - 64 || number_exponent(x) > k + 2)
        return number_exponent(x) < k ? 0 : 4;
    x.exponent -= k;
    return number_to_f64(x);
}

/* From the value at *i, the last below the binade or the first of all, onward. */
static struct binade measure(const struct positives *p, size_t *i, int32_t k)
{
    struct binade b = {0, 0};
    double v = *i == 0 ? 0 : scaled(p->values[*i - 1].value, k), from = 0;
    size_t last = *i;
    for (size_t j = *i; from < 2; j = positives_next(p, j)) {
        const double above = j < p->n ? scaled(p->values[j].value, k) : (double)INFINITY;
        const double middle = (v + above) / 2; /* ties: of no measure, and of equal error on both sides */
        add_piece(&b, from, middle, v);
        if (j < p->n && number_exponent(p->values[j].value) < k + 1)
            last = positives_next(p, j);
        v = above;
        from = middle;
        if (j >= p->n)
            break;
    }
    *i = last;
    return b;
}

static enum status write_format(struct table *t, const struct studied *s, size_t index, size_t *rows,
                                struct error *e)
{
    const struct positives p = positives_of(s);
    enum status status = STATUS_OK;
    if (!p.n)
        return STATUS_OK;
    const int32_t first = number_exponent(p.values[0].value) - 2,
                  last = number_exponent(p.values[p.n - 1].value) + 1;
    size_t i = 0;
    for (int32_t k = first; !status && k <= last; k++, ++*rows) {
        const struct binade b = measure(&p, &i, k);
        const struct table_value row[COLUMNS] = {
            table_text(s->label),
            table_integer((int64_t)index + 1),
            table_integer(s->format.family == &family_float ? s->format.exponent_bits : -1),
            table_integer(s->format.bits),
            table_integer(k),
            table_real(b.mean),
            table_real(b.max)};
        status = table_row(t, row, e);
    }
    return status;
}

enum status error_magnitude_write(const void *what, FILE *tsv, size_t *rows, struct error *e)
{
    static const char *const columns[COLUMNS] = {"format", "index", "exponent_bits", "bits", "binade",
                                                 "mean",   "max"};
    const struct spacing *from = what;
    struct table *t;
    *rows = 0;
    enum status s = table_open(TABLE_TSV, tsv, columns, COLUMNS, &t, e);
    for (size_t i = 0; !s && i < from->n; i++)
        s = write_format(t, &from->formats[i], i, rows, e);
    return list_end(t, s, e);
}

#include <math.h>
#include <stdlib.h>

#include "experiments/cli_list.h"
#include "experiments/diff.h"

struct matrix {
    const struct diff_scheme *schemes;
    size_t n;
    uint64_t seed, elements;
    uint64_t *differ;       /* n x n */
    double *error, *signal; /* sums of e^2 and x^2 */
};

static uint64_t count(const float *a, const float *b, size_t n)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < n; i++)
        differ += !compare_is_equal(a[i], b[i]);
    return differ;
}

static enum status quantize_one(const struct matrix *m, size_t i, const struct subject *s, float *values,
                                struct error *e)
{
    const struct metric *metrics[] = {metric_find("mse"), metric_find("rms")};
    double value[2], n = (double)s->facts.signal.n;
    struct cell_request r = {
        .subject = s, .spec = &m->schemes[i].spec, .seed = m->seed, .metrics = metrics, .n_metrics = 2};
    struct cell_result out = {.metrics = value, .values = values};
    enum status status = pipeline_cell(&r, &out, e);
    if (status)
        return error_prefix(e, status, "%s, %s", s->view.name, m->schemes[i].name);
    if (n > 0) {
        m->error[i] += value[0] * n;
        m->signal[i] += value[1] * value[1] * n;
    }
    return status;
}

static enum status add_tensor(void *context, const struct subject *s, struct error *e)
{
    struct matrix *m = context;
    float *values = malloc((m->n * s->n + 1) * sizeof *values);
    enum status status =
        values ? STATUS_OK
               : error_set(e, STATUS_INTERNAL, "%s: out of memory for the values of %zu schemes",
                           s->view.name, m->n);
    for (size_t i = 0; i < m->n && !status; i++)
        status = quantize_one(m, i, s, values + i * s->n, e);
    for (size_t i = 0; i < m->n && !status; i++)
        for (size_t j = 0; j < i; j++) {
            uint64_t differ = count(values + i * s->n, values + j * s->n, s->n);
            m->differ[i * m->n + j] += differ;
            m->differ[j * m->n + i] += differ;
        }
    m->elements += s->n;
    free(values);
    return status;
}

/* Columns are schemes: by number in tables for people, else by name. */
static enum status print(const struct matrix *m, enum table_format format, struct error *e)
{
    enum { FIXED = 3 };
    struct table *t = NULL;
    const char **columns = calloc(m->n + FIXED, sizeof *columns);
    char(*numbers)[16] = calloc(m->n, sizeof *numbers);
    struct table_value *row = calloc(m->n + FIXED, sizeof *row);
    bool people = table_for_people(format);
    enum status s = columns && numbers && row ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        columns[0] = "n";
        columns[1] = "scheme";
        columns[2] = "sqnr_db";
        for (size_t i = 0; i < m->n; i++) {
            snprintf(numbers[i], sizeof numbers[i], "%zu", i + 1);
            columns[i + FIXED] = people ? numbers[i] : m->schemes[i].name;
        }
        s = table_open(format, stdout, columns, m->n + FIXED, &t, e);
    }
    for (size_t i = 0; i < m->n && !s; i++) {
        row[0] = table_integer((int64_t)i + 1);
        row[1] = table_text(m->schemes[i].name);
        row[2] = table_real(10 * log10(m->signal[i] / m->error[i]));
        for (size_t j = 0; j < m->n; j++) {
            double percent = 100 * (double)m->differ[i * m->n + j] / (double)m->elements;
            row[j + FIXED] = i == j   ? table_text(NULL)
                             : people ? table_real(round(percent * 1000) / 1000)
                                      : table_real(percent);
        }
        s = table_row(t, row, e);
    }
    free(columns);
    free(numbers);
    free(row);
    return list_end(t, s, e);
}

enum status diff_matrix(const struct diff_options *o, const struct diff_scheme *schemes, size_t n,
                        struct error *e)
{
    struct matrix m = {.schemes = schemes,
                       .n = n,
                       .seed = o->seed,
                       .differ = calloc(n * n, sizeof *m.differ),
                       .error = calloc(n, sizeof *m.error),
                       .signal = calloc(n, sizeof *m.signal)};
    enum status s = m.differ && m.error && m.signal
                        ? STATUS_OK
                        : error_set(e, STATUS_INTERNAL, "out of memory for %zu schemes", n);
    if (!s)
        s = diff_each_tensor(o, add_tensor, &m, e);
    if (!s)
        s = print(&m, o->format, e);
    free(m.differ);
    free(m.error);
    free(m.signal);
    return s;
}

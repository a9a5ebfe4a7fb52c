#include "tests/sample.h"

#include <stdlib.h>

#include "sim/scheme.h"
#include "tests/check.h"

struct sample sample_of(const float *x, size_t rows, size_t columns)
{
    struct sample s = {.n = rows * columns};
    struct tensor_view view = {
        .name = "sample", .data = x, .dtype = DTYPE_F32, .rank = 2, .shape = {rows, columns}};
    struct error e = {{0}};
    tensor_set_c_order(&view);
    if (subject_load(&view, NULL, &s.subject, &e))
        fail_msg("%s", e.text);
    s.values = malloc(s.n * sizeof *s.values);
    s.scales = malloc(s.n * sizeof *s.scales);
    s.codes = malloc(s.n * sizeof *s.codes);
    return s;
}

struct sample sample_draw(const char *distribution, double parameter, size_t rows, size_t columns)
{
    float *x = malloc(rows * columns * sizeof *x);
    struct synth_spec spec = {.distribution = distribution,
                              .parameter = parameter,
                              .scale = 1,
                              .rows = rows,
                              .columns = columns,
                              .seed = 20};
    struct error e = {{0}};
    if (synth_fill(&spec, x, &e))
        fail_msg("%s", e.text);
    struct sample s = sample_of(x, rows, columns);
    free(x);
    return s;
}

double sample_sqnr(struct sample *s, const char *scheme)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(scheme, &q, &e))
        fail_msg("%s", e.text);
    const struct metric *metric = metric_find("sqnr_db");
    double value = 0;
    struct cell_request r = {.subject = &s->subject, .spec = &q, .metrics = &metric, .n_metrics = 1};
    struct cell_result out = {.metrics = &value, .values = s->values, .codes = s->codes, .scales = s->scales};
    if (pipeline_cell(&r, &out, &e))
        fail_msg("%s", e.text);
    s->stats = out.stats;
    return value;
}

void sample_free(struct sample *s)
{
    subject_free(&s->subject);
    free(s->values);
    free(s->scales);
    free(s->codes);
}

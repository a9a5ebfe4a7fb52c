#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_dump.h"
#include "experiments/cli_list.h"
#include "sim/metric/metric.h"
#include "sim/pipeline.h"

struct args {
    struct dump_args dump;
    enum table_format format;
    bool sha256;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->dump;
        state->child_inputs[1] = &a->format;
        break;
    case 's':
        a->sha256 = true;
        break;
    case ARGP_KEY_ARG:
        if (a->dump.path)
            argp_error(state, "one dump at a time");
        a->dump.path = arg;
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a dump is missing");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {{"sha256", 's', NULL, 0, "show the hash of each tensor", 0},
                                             {0}};
static const struct argp_child children[] = {{&dump_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "DUMP",
    .doc =
        "Show the tensors of a dump: type, shape, axes, and every metric of the input (bitsweep metrics).\v"
        "  bitsweep inspect experiments/dumps/tinylm.safetensors\n"
        "  bitsweep inspect x.bin --dtype f32 --shape 768,128 --format json\n"};

enum { FIXED = 4 };

static bool is_of_input(const struct metric *m)
{
    return !strcmp(m->of, "input");
}

static enum status inspect_tensor(const struct args *a, struct dump *d, size_t i, struct table *t,
                                  size_t columns, struct error *e)
{
    const struct tensor_view *view;
    struct subject subject = {0};
    char shape[TENSOR_SHAPE_TEXT];
    struct table_value *row = calloc(columns, sizeof *row), *at = row;
    enum status s = row ? dump_load(d, i, &view, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = subject_load(view, &subject, e);
    if (s)
        goto out;
    struct metric_input in = {.x = subject.x, .y = subject.x, .n = subject.n, .row = 1};
    if (view->rank)
        in.row = view->shape[view->rank - 1];
    metric_moments(&in);
    tensor_shape_text(view, shape);
    *at++ = table_text(view->name);
    *at++ = table_text(dtype_names[view->dtype]);
    *at++ = table_text(shape);
    *at++ = table_text(view->axes);
    for (size_t m = 0; m < metric_count(); m++)
        if (is_of_input(metric_at(m)))
            *at++ = table_real(metric_at(m)->value(&in));
    if (a->sha256)
        *at++ = table_text(subject.hash);
    s = table_row(t, row, e);
out:
    subject_free(&subject);
    dump_unload(d, i);
    free(row);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    size_t n = 0;
    struct dump *d = NULL;
    struct table *t = NULL;
    const char **columns = calloc(FIXED + metric_count() + 1, sizeof *columns);
    enum status s = columns ? dump_open(a.dump.path, &a.dump.hint, &d, e)
                            : error_set(e, STATUS_INTERNAL, "out of memory");
    if (s)
        goto out;
    columns[n++] = "tensor";
    columns[n++] = "dtype";
    columns[n++] = "shape";
    columns[n++] = "axes";
    for (size_t i = 0; i < metric_count(); i++)
        if (is_of_input(metric_at(i)))
            columns[n++] = metric_at(i)->name;
    if (a.sha256)
        columns[n++] = "sha256";
    s = table_open(a.format, stdout, columns, n, &t, e);
    for (size_t i = 0; i < dump_count(d) && !s; i++)
        s = inspect_tensor(&a, d, i, t, n, e);
    s = list_end(t, s, e);
out:
    dump_close(d);
    free(columns);
    return s;
}

const struct command command_inspect = {"inspect", "show the tensors of a dump", run};

#include <math.h>
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
    .doc = "Show the tensors of a dump: type, shape, axes, layer, role, every metric of the input (bitsweep "
           "metrics), how "
           "many elements binary32 does not hold exactly (changed), and why a tensor cannot be read.\v"
           "  bitsweep inspect experiments/dumps/tinylm.safetensors\n"
           "  bitsweep inspect x.bin --dtype f32 --shape 768,128 --format json\n"};

enum { FIXED = 8 };

/* An element of F64, I32 or U32 from its little-endian bytes. */
static double stored_value(enum dtype dtype, const unsigned char *bytes)
{
    uint64_t code = 0;
    double value;
    for (size_t b = dtype_size(dtype); b-- > 0;)
        code = code << 8 | bytes[b];
    if (dtype == DTYPE_U32)
        return (double)code;
    if (dtype == DTYPE_I32)
        return (double)(int32_t)(uint32_t)code;
    memcpy(&value, &code, sizeof value);
    return value;
}

/* Elements that binary32 does not hold exactly; a NaN stays one. Other types are read exactly. */
static size_t count_changed(const struct tensor_view *t)
{
    enum { CHUNK = 512 };
    unsigned char bytes[CHUNK * sizeof(double)];
    float x[CHUNK];
    size_t changed = 0, size = dtype_size(t->dtype), n = tensor_count(t);
    if (t->dtype != DTYPE_F64 && t->dtype != DTYPE_I32 && t->dtype != DTYPE_U32)
        return 0;
    for (size_t first = 0; first < n; first += CHUNK) {
        size_t now = n - first < CHUNK ? n - first : CHUNK;
        tensor_read_raw(t, first, now, bytes);
        tensor_read_f32(t, first, now, x);
        for (size_t i = 0; i < now; i++) {
            double stored = stored_value(t->dtype, bytes + i * size);
            changed += stored != (double)x[i] && !isnan(stored);
        }
    }
    return changed;
}

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
    size_t layer;
    struct table_value *row = calloc(columns, sizeof *row), *at = row;
    enum status s = row ? dump_load(d, i, &view, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = subject_load(view, NULL, &subject, e);
    if (s)
        goto out;
    const struct metric_input in = {.facts = &subject.facts};
    tensor_shape_text(view, shape);
    *at++ = table_text(view->name);
    *at++ = table_text(tensor_type_name(view));
    *at++ = table_text(shape);
    *at++ = table_text(view->axes);
    *at++ = dump_layer(d, i, &layer) ? table_integer((int64_t)layer) : table_text(NULL);
    *at++ = table_text(*dump_role(d, i) ? dump_role(d, i) : NULL);
    for (size_t m = 0; m < metric_tensor_count(); m++)
        if (is_of_input(metric_at(m)))
            *at++ = table_real(metric_at(m)->value(&in));
    *at++ = table_integer((int64_t)count_changed(view));
    if ((s = dump_check(d, e)))
        goto out;
    if (a->sha256)
        *at++ = table_text(subject.hash);
    *at = table_text(NULL);
    s = table_row(t, row, e);
out:
    subject_free(&subject);
    dump_unload(d, i);
    free(row);
    return s;
}

/* The rows of what is in the file and cannot be read: name and reason. */
static enum status list_unreadable(const struct dump *d, struct table *t, size_t columns, struct error *e)
{
    enum status s = STATUS_OK;
    struct table_value *row = calloc(columns, sizeof *row);
    if (!row)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < dump_unreadable_count(d) && !s; i++) {
        for (size_t c = 0; c < columns; c++)
            row[c] = table_text(NULL);
        row[0] = table_text(dump_unreadable_at(d, i)->name);
        row[columns - 1] = table_text(dump_unreadable_at(d, i)->why);
        s = table_row(t, row, e);
    }
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
    const char **columns = calloc(FIXED + metric_tensor_count() + 1, sizeof *columns); /* 1: sha256 */
    enum status s = columns ? dump_open(a.dump.path, &a.dump.hint, &d, e)
                            : error_set(e, STATUS_INTERNAL, "out of memory");
    if (s)
        goto out;
    columns[n++] = "tensor";
    columns[n++] = "dtype";
    columns[n++] = "shape";
    columns[n++] = "axes";
    columns[n++] = "layer";
    columns[n++] = "role";
    for (size_t i = 0; i < metric_tensor_count(); i++)
        if (is_of_input(metric_at(i)))
            columns[n++] = metric_at(i)->name;
    columns[n++] = "changed";
    if (a.sha256)
        columns[n++] = "sha256";
    columns[n++] = "unreadable";
    s = table_open(a.format, stdout, columns, n, &t, e);
    for (size_t i = 0; i < dump_count(d) && !s; i++)
        s = inspect_tensor(&a, d, i, t, n, e);
    if (!s)
        s = list_unreadable(d, t, n, e);
    s = list_end(t, s, e);
    if (!s && !dump_count(d) && !dump_unreadable_count(d))
        fprintf(stderr, "bitsweep: %s: holds no tensor\n", dump_path(d));
out:
    dump_close(d);
    free(columns);
    return s;
}

const struct command command_inspect = {"inspect", "show the tensors of a dump", run, &argp};

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_dump.h"
#include "experiments/cli_list.h"
#include "experiments/subject_read.h"
#include "experiments/wire.h"
#include "sim/scheme.h"

struct args {
    struct dump_args dump;
    const char *scheme, *name, *values, *codes, *scales, *seconds;
    enum table_format format;
    uint64_t seed;
    bool packs;
    enum pack_order pack;
    enum scale_layout layout;
};

enum { OPT_CODES = 256, OPT_SCALES, OPT_SECOND, OPT_SEED, OPT_PACK, OPT_LAYOUT };

static bool files_differ(const struct args *a)
{
    const char *const files[] = {a->values, a->codes, a->scales, a->seconds};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        for (size_t k = 0; k < i; k++)
            if (cli_same_file(files[i], files[k]))
                return false;
    return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->dump;
        state->child_inputs[1] = &a->format;
        break;
    case 'n':
        a->name = arg;
        break;
    case 'o':
        a->values = arg;
        break;
    case OPT_CODES:
        a->codes = arg;
        break;
    case OPT_SCALES:
        a->scales = arg;
        break;
    case OPT_SECOND:
        a->seconds = arg;
        break;
    case OPT_SEED:
        a->seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case OPT_PACK:
        a->pack = (enum pack_order)cli_choice(state, "--pack", arg, pack_order_names, PACK_ORDERS);
        a->packs = true;
        break;
    case OPT_LAYOUT:
        a->layout =
            (enum scale_layout)cli_choice(state, "--scale-layout", arg, scale_layout_names, SCALE_LAYOUTS);
        break;
    case ARGP_KEY_ARG:
        if (!a->scheme)
            a->scheme = arg;
        else if (!a->dump.path)
            a->dump.path = arg;
        else
            argp_error(state, "unexpected '%s'", arg);
        break;
    case ARGP_KEY_END:
        if (!a->dump.path)
            argp_error(state, "a scheme and a dump are expected");
        if (!files_differ(a))
            argp_error(state, "--output, --codes, --scales and --second: one file for two of them");
        if (a->packs && !a->codes)
            argp_error(state, "--pack says how --codes are written: --codes FILE is missing");
        if (a->layout && !a->scales)
            argp_error(state, "--scale-layout says how --scales are written: --scales FILE is missing");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"name", 'n', "TENSOR", 0, "which tensor of the dump (default: the only one)", 0},
    {"output", 'o', "FILE", 0, "write the dequantized values as .npy", 0},
    {"codes", OPT_CODES, "FILE", 0,
     "write the element codes as .npy, the smallest unsigned type that holds one", 0},
    {"scales", OPT_SCALES, "FILE", 0, "write the scale codes as .npy, likewise", 0},
    {"second", OPT_SECOND, "FILE", 0,
     "write the second level as .npy, binary32: what scales are multiplied by (second_stores=divisor: "
     "divided)",
     0},
    {"pack", OPT_PACK, "ORDER", 0,
     "write --codes as packed bytes: low-first, high-first, halves (4 bits, block by block) or split (6 "
     "bits)",
     0},
    {"scale-layout", OPT_LAYOUT, "LAYOUT", 0,
     "write --scales in this layout: linear (default) or 128x4, the tiles of block-scaled matrix units", 0},
    {"seed", OPT_SEED, "N", 0, "seed of stochastic rounding (default 0)", 0},
    {0}};
static const struct argp_child children[] = {{&dump_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "SCHEME DUMP",
    .doc = "Quantize one tensor and print all metrics and the standard costs (others: bitsweep cost).\v"
           "  bitsweep quantize mxfp4 x.npy -o y.npy --codes codes.npy --scales scales.npy\n"
           "  bitsweep quantize int8,per=channel tinylm.safetensors \\\n"
           "      --name layers.0.mlp.down.input\n"
           "  bitsweep quantize nvfp4 x.npy --codes codes.npy --pack low-first \\\n"
           "      --scales scales.npy --scale-layout 128x4 --second second.npy\n"};

/* --- reading --- */

static enum status load(const struct args *a, struct dump *d, struct subject *subject, struct error *e)
{
    size_t i;
    enum status s = dump_choose(d, a->name, &i, e);
    return s ? s : subject_read(d, i, subject, e);
}

/* --- writing --- */

static enum status write_values(const char *path, const float *values, const struct tensor_view *like,
                                struct error *e)
{
    const struct tensor_view t = tensor_like(like, DTYPE_F32, values);
    return npy_write(path, &t, e);
}

/* The scales of one level: their shape, and how many they are. */
struct level {
    struct tensor_view like;
    size_t n;
};

static enum status find_levels(const struct cell_request *r, struct level *scales, struct level *seconds,
                               struct error *e)
{
    struct quant_input in;
    enum status s = pipeline_quant_input(r, &in, e);
    scales->like = seconds->like = tensor_like(&r->subject->view, DTYPE_F32, NULL);
    if (s)
        return s;
    scales->n = quant_scale_shape(r->spec, &in, &scales->like.rank, scales->like.shape);
    seconds->n = quant_second_shape(r->spec, &in, &seconds->like.rank, seconds->like.shape);
    return STATUS_OK;
}

/* The axis of blocks, in the tensor. */
static enum status blocks_are_last(const struct cell_request *r, const char *option, struct error *e)
{
    struct quant_input in;
    enum status s = pipeline_quant_input(r, &in, e);
    if (!s && (r->spec->scaling.per != PER_BLOCK || in.axis != in.rank - 1))
        s = error_set(e, STATUS_INVALID, "%s takes schemes with blocks along the last axis", option);
    return s;
}

/* Codes that are packed in one run. */
static size_t run_length(const struct args *a, const struct quant_spec *q)
{
    return a->pack == PACK_HALVES ? q->scaling.block : 0;
}

/* Whether all arrays that are asked for can be written as they are asked for. */
static enum status check_arrays(const struct args *a, const struct cell_request *r,
                                const struct level *scales, const struct level *seconds, struct error *e)
{
    const struct quant_spec *q = r->spec;
    enum status s = STATUS_OK;
    if (a->packs && a->pack == PACK_HALVES)
        s = blocks_are_last(r, "--pack halves", e);
    if (!s && a->packs)
        s = wire_check_packed(q->element.bits, &r->subject->view, a->pack, run_length(a, q), e);
    if (!s && a->scales && !scales->n)
        s = error_set(e, STATUS_USAGE, "--scales: the scheme has no scales");
    if (!s && a->seconds && !seconds->n)
        s = error_set(e, STATUS_USAGE, "--second: the scheme has no second level (second=)");
    if (!s && a->layout)
        s = blocks_are_last(r, "--scale-layout 128x4", e);
    return !s && a->layout ? wire_check_tiles(q->scaling.scale.bits, &scales->like, e) : s;
}

static enum status write_codes(const struct args *a, const struct cell_request *r, const uint32_t *codes,
                               struct error *e)
{
    const struct tensor_view *like = &r->subject->view;
    const int bits = r->spec->element.bits;
    return a->packs ? wire_write_packed(a->codes, codes, bits, like, a->pack, run_length(a, r->spec), e)
                    : wire_write(a->codes, codes, bits, like, e);
}

static enum status write_scales(const struct args *a, const struct cell_request *r, const uint32_t *codes,
                                const struct tensor_view *scales, struct error *e)
{
    return a->layout == SCALES_LINEAR ? wire_write(a->scales, codes, r->spec->scaling.scale.bits, scales, e)
                                      : wire_write_tiles(a->scales, codes, scales, e);
}

static enum status write_arrays(const struct args *a, const struct cell_request *r,
                                const struct cell_result *cell, const struct level *scales,
                                const struct level *seconds, struct error *e)
{
    enum status s = STATUS_OK;
    if (a->values)
        s = write_values(a->values, cell->values, &r->subject->view, e);
    if (!s && a->codes)
        s = write_codes(a, r, cell->codes, e);
    if (!s && a->scales)
        s = write_scales(a, r, cell->scales, &scales->like, e);
    if (!s && a->seconds)
        s = write_values(a->seconds, cell->seconds, &seconds->like, e);
    return s;
}

/* --- measuring --- */

/* What a cell can tell: all metrics, the standard costs, and arrays. */
struct measured {
    const struct metric **metrics;
    struct cost_request *costs; /* n_costs of them */
    size_t n_costs;
    struct cell_result cell; /* values, codes and both levels of scales only where asked for */
};

static void measured_free(struct measured *m)
{
    free(m->metrics);
    free(m->costs);
    free(m->cell.values);
    free(m->cell.metrics);
    free(m->cell.costs);
    free(m->cell.n_cost_values);
    free(m->cell.codes);
    free(m->cell.scales);
    free(m->cell.seconds);
}

static enum status measured_alloc(struct measured *m, const struct args *a, size_t n, size_t n_scales,
                                  size_t n_seconds, struct error *e)
{
    size_t n_metrics = metric_tensor_count(), n_costs = cost_model_count();
    *m = (struct measured){.metrics = calloc(n_metrics + 1, sizeof *m->metrics),
                           .costs = calloc(n_costs + 1, sizeof *m->costs)};
    m->cell.values = calloc(n + 1, sizeof *m->cell.values);
    m->cell.metrics = calloc(n_metrics + 1, sizeof *m->cell.metrics);
    m->cell.costs = calloc(n_costs * COST_MAX_VALUES + 1, sizeof *m->cell.costs);
    m->cell.n_cost_values = calloc(n_costs + 1, sizeof *m->cell.n_cost_values);
    if (a->codes)
        m->cell.codes = calloc(n + 1, sizeof *m->cell.codes);
    if (a->scales)
        m->cell.scales = calloc(n_scales + 1, sizeof *m->cell.scales);
    if (a->seconds)
        m->cell.seconds = calloc(n_seconds + 1, sizeof *m->cell.seconds);
    if (!m->metrics || !m->costs || !m->cell.values || !m->cell.metrics || !m->cell.costs ||
        !m->cell.n_cost_values || (a->codes && !m->cell.codes) || (a->scales && !m->cell.scales) ||
        (a->seconds && !m->cell.seconds))
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n_metrics; i++)
        m->metrics[i] = metric_at(i);
    for (size_t i = 0; i < n_costs; i++)
        if (cost_model_at(i)->standard)
            m->costs[m->n_costs++] = cost_standard(cost_model_at(i));
    return STATUS_OK;
}

static enum status print(const struct args *a, const struct cell_request *r, const struct cell_result *cell,
                         struct error *e)
{
    static const char *const columns[] = {"quantity", "value", "unit"};
    char scheme[SCHEME_TEXT_SIZE];
    struct table *t = NULL;
    if (a->format == TABLE_TEXT) /* people read the short text */
        scheme_short(r->spec, scheme);
    else
        scheme_canonical(r->spec, scheme);
    enum status s = table_open(a->format, stdout, columns, 3, &t, e);
    const struct table_value head[][3] = {
        {table_text("scheme"), table_text(scheme), table_text(NULL)},
        {table_text("tensor"), table_text(r->subject->view.name), table_text(NULL)},
        {table_text("tensor_sha256"), table_text(r->subject->hash), table_text(NULL)},
        {table_text("result_hash"), table_text(cell->result_hash), table_text(NULL)}};
    for (size_t i = 0; i < sizeof head / sizeof *head && !s; i++)
        s = table_row(t, head[i], e);
    for (size_t i = 0; i < r->n_metrics && !s; i++) {
        struct table_value row[] = {table_text(r->metrics[i]->name), table_real(cell->metrics[i]),
                                    table_text(r->metrics[i]->unit)};
        s = table_row(t, row, e);
    }
    for (size_t i = 0; i < r->n_costs; i++)
        for (int j = 0; j < cell->n_cost_values[i] && !s; j++) {
            const struct cost_value *v = &cell->costs[i * COST_MAX_VALUES + (size_t)j];
            struct table_value row[] = {table_text(v->quantity), table_real(v->value), table_text(v->unit)};
            s = table_row(t, row, e);
        }
    return list_end(t, s, e);
}

static enum status measure(const struct args *a, const struct dump *d, const struct quant_spec *spec,
                           const struct subject *subject, struct error *e)
{
    struct cell_request r = {.subject = subject, .spec = spec, .seed = a->seed};
    struct level scales = {.n = 0}, seconds = {.n = 0};
    struct measured m = {0};
    enum status s = find_levels(&r, &scales, &seconds, e);
    if (!s)
        s = check_arrays(a, &r, &scales, &seconds, e);
    if (!s)
        s = measured_alloc(&m, a, subject->n, scales.n, seconds.n, e);
    r.n_costs = m.n_costs;
    r.metrics = m.metrics;
    r.n_metrics = metric_tensor_count();
    r.costs = m.costs;
    if (!s)
        s = pipeline_cell(&r, &m.cell, e);
    if (!s)
        s = dump_check(d, e);
    if (!s)
        s = write_arrays(a, &r, &m.cell, &scales, &seconds, e);
    if (!s)
        s = print(a, &r, &m.cell, e);
    measured_free(&m);
    return s;
}

static enum status keep_dump(const struct args *a, struct error *e)
{
    const char *const out[][2] = {
        {"--output", a->values}, {"--codes", a->codes}, {"--scales", a->scales}, {"--second", a->seconds}};
    enum status s = STATUS_OK;
    for (size_t i = 0; !s && i < sizeof out / sizeof *out; i++)
        s = cli_keep_input(out[i][0], out[i][1], a->dump.path, e);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    struct quant_spec spec;
    struct dump *d = NULL;
    struct subject subject = {0};
    enum status s = keep_dump(&a, e);
    if (!s)
        s = scheme_parse(a.scheme, &spec, e);
    if (s)
        return s;
    s = dump_open(a.dump.path, &a.dump.hint, &d, e);
    if (!s)
        s = load(&a, d, &subject, e);
    if (!s)
        s = measure(&a, d, &spec, &subject, e);
    subject_free(&subject);
    dump_close(d);
    return s;
}

const struct command command_quantize = {"quantize", "quantize one tensor, print its metrics, write codes",
                                         run, &argp};

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "sim/base/strbuf.h"
#include "sim/dump/dump.h"
#include "sim/dump/synth.h"

struct args {
    struct synth_spec spec;
    const char *out;
};

enum { OPT_PARAM = 256, OPT_SCALE, OPT_SEED, OPT_SHARE, OPT_FACTOR, OPT_ELEMENT };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    struct error why = {{0}};
    switch (key) {
    case 'r':
        a->spec.rows = cli_count(state, "--rows", arg, SYNTH_MAX_VALUES);
        break;
    case 'c':
        a->spec.columns = cli_count(state, "--columns", arg, SYNTH_MAX_VALUES);
        break;
    case OPT_PARAM:
        a->spec.parameter = cli_number(state, "--param", arg);
        break;
    case OPT_SCALE:
        a->spec.scale = cli_number(state, "--scale", arg);
        break;
    case OPT_SEED:
        a->spec.seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case OPT_SHARE:
        a->spec.outlier_share = cli_number(state, "--outlier-share", arg);
        break;
    case OPT_FACTOR:
        a->spec.outlier_factor = cli_number(state, "--outlier-factor", arg);
        break;
    case OPT_ELEMENT:
        if (synth_set(&a->spec, SYNTH_ELEMENT, arg, &why))
            argp_error(state, "--%s", why.text);
        break;
    case 'o':
        a->out = arg;
        break;
    case ARGP_KEY_ARG:
        if (a->spec.distribution)
            argp_error(state, "one distribution at a time");
        a->spec.distribution = arg;
        break;
    case ARGP_KEY_END:
        if (!a->spec.distribution)
            argp_error(state, "a distribution is missing");
        if (!a->out)
            argp_error(state, "-o FILE is missing");
        if (!a->spec.rows || !a->spec.columns || a->spec.rows > SYNTH_MAX_VALUES / a->spec.columns)
            argp_error(state, "--rows times --columns must be 1..%llu", (unsigned long long)SYNTH_MAX_VALUES);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static char *filter_help(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    struct strbuf b = {0};
    strbuf_add(&b, "Distributions:\n");
    for (size_t i = 0; i < distribution_count(); i++) {
        const struct distribution *d = distribution_at(i);
        struct strbuf doc = {0};
        strbuf_add(&doc, d->doc);
        if (d->parameter)
            strbuf_printf(&doc, " (--param: %s, default %g)", d->parameter, d->parameter_default);
        strbuf_printf(&b, "  %-12s ", d->name);
        cli_wrap(&b, 15, doc.text ? doc.text : "");
        strbuf_free(&doc);
    }
    strbuf_add(&b, "\n"
                   "  bitsweep synth gaussian --rows 768 --columns 128 -o gaussian.npy\n"
                   "  bitsweep synth student-t --param 4 --outlier-share 0.01 \\\n"
                   "      --outlier-factor 20 -o t.safetensors\n");
    return strbuf_take(&b);
}

static const struct argp_option options[] = {
    {"rows", 'r', "N", 0, "rows (default 256)", 0},
    {"columns", 'c', "N", 0, "columns (default 256)", 0},
    {"param", OPT_PARAM, "X", 0, "parameter of the distribution", 0},
    {"scale", OPT_SCALE, "X", 0, "multiplies every value (default 1)", 0},
    {"seed", OPT_SEED, "N", 0, "seed (default 0)", 0},
    {"outlier-share", OPT_SHARE, "X", 0, "share of columns that are outliers (default 0)", 0},
    {"outlier-factor", OPT_FACTOR, "X", 0, "multiplies outlier columns (default 1)", 0},
    {"element", OPT_ELEMENT, "FORMAT", 0, "format whose nearest values they are (default fp32)", 0},
    {"output", 'o', "FILE", 0, "FILE.npy or FILE.safetensors", 0},
    {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "DISTRIBUTION",
    .doc = "Write a synthetic dump of binary32 values. The same seed gives the same "
           "bytes.\v ",
    .help_filter = filter_help};

static const char *name_at(size_t i)
{
    return distribution_at(i)->name;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static enum status write_dump(const struct args *a, const float *x, struct error *e)
{
    struct tensor_view t = {.name = a->spec.distribution,
                            .data = x,
                            .dtype = DTYPE_F32,
                            .rank = 2,
                            .shape = {a->spec.rows, a->spec.columns},
                            .axes = "token,channel"};
    tensor_set_c_order(&t);
    if (ends_with(a->out, ".npy"))
        return npy_write(a->out, &t, e);
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)a->spec.seed);
    const char *metadata[] = {"distribution", a->spec.distribution, "seed", seed, NULL};
    return safetensors_write(a->out, &t, 1, metadata, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {.spec = synth_standard()};
    cli_parse(&argp, argc, argv, &a);
    if (!distribution_find(a.spec.distribution))
        return list_unknown("distribution", a.spec.distribution, distribution_count(), name_at, e);
    if (!ends_with(a.out, ".npy") && !ends_with(a.out, ".safetensors"))
        return error_set(e, STATUS_USAGE, "synth: -o %s: allowed: FILE.npy, FILE.safetensors", a.out);
    float *x = calloc(a.spec.rows * a.spec.columns, sizeof *x);
    if (!x)
        return error_set(e, STATUS_INTERNAL, "out of memory for %zu x %zu values", a.spec.rows,
                         a.spec.columns);
    enum status s = synth_fill(&a.spec, x, e);
    if (!s)
        s = write_dump(&a, x, e);
    free(x);
    return s;
}

const struct command command_synth = {"synth", "write a synthetic dump", run, &argp};

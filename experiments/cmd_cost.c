#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/cost_page.h"

enum { OPT_SHAPE = 256, OPT_ACCELERGY, ELEMENTS = 4096, SCHEMES_MAX = 256 };
#define ELEMENTS_MAX ((uint64_t)1 << 28)

struct args {
    struct cost_question q;
    const char *schemes[SCHEMES_MAX], *accelergy;
    struct strbuf models; /* of all --model */
    enum table_format format;
    bool elements_given;
};

/* "MxKxN". */
static struct cost_shape read_shape(struct argp_state *state, const char *text)
{
    uint64_t side[3];
    char *end = NULL;
    const char *at = text;
    for (int i = 0; i < 3; i++, at = end + 1) {
        side[i] = *at >= '0' && *at <= '9' ? strtoull(at, &end, 10) : 0;
        if (!side[i] || side[i] > ELEMENTS_MAX || *end != (i < 2 ? 'x' : '\0'))
            argp_error(state,
                       "--shape: '%s' is not MxKxN, rows of the input, inner dimension, rows of the weight",
                       text);
    }
    if (side[0] > ELEMENTS_MAX / side[1] || side[2] > ELEMENTS_MAX / side[1])
        argp_error(state, "--shape: operands of more than 2^28 elements");
    return (struct cost_shape){side[0], side[1], side[2]};
}

static void check(struct argp_state *state, const struct args *a)
{
    if (!a->q.n_schemes)
        argp_error(state, "a scheme is missing");
    if (a->elements_given && a->q.shape.inner)
        argp_error(state, "--elements and --shape: one of them");
    if (!a->q.elements)
        argp_error(state, "--elements: expected at least 1");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->format;
        break;
    case 'w':
        a->q.weight = arg;
        break;
    case 'm':
        a->q.mac = arg;
        break;
    case 'c':
        strbuf_printf(&a->models, "%s%s", a->models.length ? "," : "", arg);
        break;
    case 'n':
        a->q.elements = cli_count(state, "--elements", arg, ELEMENTS_MAX);
        a->elements_given = true;
        break;
    case OPT_SHAPE:
        a->q.shape = read_shape(state, arg);
        break;
    case OPT_ACCELERGY:
        a->accelergy = arg;
        break;
    case ARGP_KEY_ARG:
        if (a->q.n_schemes == SCHEMES_MAX)
            argp_error(state, "more than %d schemes", SCHEMES_MAX);
        a->schemes[a->q.n_schemes++] = arg;
        break;
    case ARGP_KEY_END:
        check(state, a);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"weight", 'w', "SCHEME", 0, "scheme of the weight: costs of the pair", 0},
    {"mac", 'm', "MAC", 0, "how a unit adds up (bitsweep units); default: exact products, exactly added", 0},
    {"model", 'c', "TEXT,...", 0, "models with their keys (bitsweep costs), or all (default)", 0},
    {"elements", 'n', "N", 0, "elements of a row that is stored (default 4096)", 0},
    {"shape", OPT_SHAPE, "MxKxN", 0, "instead: a linear layer, input M x K, weight N x K", 0},
    {"accelergy", OPT_ACCELERGY, "DIR", 0, "write tables for Accelergy's table plug-in into DIR instead", 0},
    {0}};
static const struct argp_child children[] = {{&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "SCHEME...",
    .doc = "What schemes cost by every model: bits, gates, area, energy, delay, each with its source.\v"
           "Values have unit, technology in nm, the largest relative error where one was measured, and the "
           "source of "
           "their constants. A model that does not cover a scheme says why; no constant is ever guessed.\n\n"
           "  bitsweep cost mxfp4\n"
           "  bitsweep cost e4m3 e2m1 \\\n"
           "      --model components,node=sky130,activity=0.1\n"
           "  bitsweep cost int8 --weight int4 --shape 128x768x3072 \\\n"
           "      --model memory,level=hbm2,systolic\n"
           "  bitsweep cost e4m3 --mac fused,group=16,fraction=25,acc=fp32 \\\n"
           "      --model components\n"
           "  bitsweep cost int8 fp16 --model horowitz45 --accelergy tables\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {.q.elements = ELEMENTS};
    struct cost_request *models = NULL;
    cli_parse(&argp, argc, argv, &a);
    a.q.schemes = a.schemes;
    a.q.named = a.models.text != NULL;
    enum status s = cost_models_read(a.models.text ? a.models.text : "all", &models, &a.q.n_models, e);
    a.q.models = models;
    if (!s && a.models.failed)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = a.accelergy ? cost_accelergy(&a.q, a.accelergy, a.format, e) : cost_page(&a.q, a.format, e);
    free(models);
    strbuf_free(&a.models);
    return s;
}

const struct command command_cost = {"cost", "what schemes cost by every model, with sources", run, &argp};

#include <stdlib.h>
#include <string.h>

#include "experiments/diff.h"
#include "experiments/diff_runs.h"
#include "experiments/names.h"
#include "sim/profile.h"

enum { MAX_SCHEMES = 256 };

struct args {
    struct diff_options o;
    const char *names[MAX_SCHEMES + 1]; /* of schemes, and at the end the dump */
    size_t n;
    const char *family;
    bool matrix, all_float32;
    struct diff_runs_options runs; /* where the words name runs */
};

/* Two words that name runs. */
static bool of_runs(const struct args *a)
{
    return a->n == 2 && diff_is_run(a->names[0]) && diff_is_run(a->names[1]);
}

enum { OPT_MATRIX = 256, OPT_ALL, OPT_FAMILY, OPT_PART, OPT_SEED, OPT_TOLERANCE, OPT_METRIC };

static void check(const struct argp_state *state, struct args *a)
{
    if (of_runs(a)) {
        if (a->matrix || a->family || a->all_float32 || a->o.glob || a->o.one_part ||
            dump_args_given(&a->o.dump))
            argp_error(state, "runs are compared by --db, --tolerance, --metric and --format alone");
        return;
    }
    if (a->runs.tolerance > 0 || a->runs.metric)
        argp_error(state, "--tolerance and --metric go with two runs");
    size_t schemes = a->n - (a->n && !a->all_float32);
    if (!a->o.jobs)
        a->o.jobs = cli_default_jobs(state);
    if (a->all_float32 && (a->matrix || a->family || a->o.glob || dump_args_given(&a->o.dump)))
        argp_error(state, "--all-float32 takes two schemes and no dump");
    if (a->family && !a->matrix)
        argp_error(state, "--family goes with --matrix");
    if (a->matrix && a->o.one_part)
        argp_error(state, "--part does not go with --matrix");
    if (!a->matrix && schemes != 2)
        argp_error(state,
                   a->all_float32 ? "two schemes are expected" : "two schemes and a dump are expected");
    if (a->matrix && a->n < (a->family ? 1 : 3))
        argp_error(state, "--matrix: at least two schemes, or --family, and a dump are expected");
    if (!a->all_float32)
        a->o.dump.path = a->names[--a->n];
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->o.dump;
        state->child_inputs[1] = &a->o.format;
        state->child_inputs[2] = &a->runs.db;
        state->child_inputs[3] = &a->o.quiet;
        break;
    case OPT_TOLERANCE:
        a->runs.tolerance = cli_number(state, "--tolerance", arg);
        if (a->runs.tolerance < 0)
            argp_error(state, "--tolerance: %s is negative", arg);
        break;
    case OPT_METRIC:
        a->runs.metric = arg;
        break;
    case OPT_MATRIX:
        a->matrix = true;
        break;
    case OPT_ALL:
        a->all_float32 = true;
        break;
    case OPT_FAMILY:
        a->family = arg;
        break;
    case OPT_PART:
        a->o.part = (enum diff_part)cli_choice(state, "--part", arg, diff_part_names, DIFF_PARTS);
        a->o.one_part = true;
        break;
    case OPT_SEED:
        a->o.seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case 'n':
        a->o.glob = arg;
        break;
    case 'j':
        a->o.jobs = cli_jobs(state, arg);
        break;
    case ARGP_KEY_ARG:
        if (a->n > MAX_SCHEMES)
            argp_error(state, "at most %d schemes", MAX_SCHEMES);
        a->names[a->n++] = arg;
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
    {"all-float32", OPT_ALL, NULL, 0,
     "compare all 2^32 binary32 numbers instead of a dump, each as a block and a row of its own", 0},
    {"matrix", OPT_MATRIX, NULL, 0, "compare each scheme with each other: percentages that differ", 0},
    {"family", OPT_FAMILY, "NAME", 0,
     "with --matrix: also all profiles of a family (bitsweep schemes --profiles)", 0},
    {"name", 'n', "GLOB", 0, "only the tensors of the dump that GLOB matches", 0},
    {"part", OPT_PART, "PART", 0,
     "counts, metrics or first alone (default: all in tables for people, else counts)", 0},
    {"seed", OPT_SEED, "N", 0, "seed of stochastic rounding (default 0)", 0},
    {"jobs", 'j', "N", 0, "threads of --all-float32 (default: $BITSWEEP_JOBS, else the processors available)",
     0},
    {"tolerance", OPT_TOLERANCE, "X", 0,
     "of two runs: relative changes of metrics beyond X count (default 0: every bit)", 0},
    {"metric", OPT_METRIC, "GLOB", 0, "of two runs: only metrics that GLOB matches", 0},
    {0}};
static const struct argp_child children[] = {{&dump_argp, 0, NULL, 0},
                                             {&cli_format_argp, 0, NULL, 0},
                                             {&cli_db_argp, 0, NULL, 0},
                                             {&cli_quiet_argp, 0, NULL, 0},
                                             {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "SCHEME... [DUMP]\nRUN RUN",
    .doc =
        "Do two schemes give the same values for a dump, bit for bit? Where they do not: how many elements "
        "and regions "
        "(what shares a scale), why, the first element with both derivations, and every metric. Exit status "
        "1 "
        "if they differ.\v"
        "A difference counts once, as the first of: nan (one is NaN), zero_sign (both are zero), scale (the "
        "scales differ), saturated (the same scale; one saturates or overflows), tie (within 2^-24 of a "
        "midpoint), other (other values, rounding or steps). NaN equals NaN. --matrix ends with status 0.\n\n"
        "Two runs, N or FILE:N (bitsweep query v_run), are compared by their settings, cells and metrics; "
        "exit status 1 if cells or metrics differ, one run alone has some, or a later run replaced a "
        "result.\n\n"
        "  bitsweep diff ocp:mxfp4 microxcaling:mxfp4 tinylm.safetensors\n"
        "  bitsweep diff ocp:e4m3 ml_dtypes:float8_e4m3fn --all-float32\n"
        "  bitsweep diff 1 2 --tolerance 1e-6\n"
        "  bitsweep diff old.db:3 new.db:1 --metric 'sqnr*'\n"
        "  bitsweep diff --matrix --family nvfp4 tinylm.safetensors --format md\n"};

/* --- names --- */

static enum status add_scheme(struct diff_scheme *out, const char *name, struct error *e)
{
    out->name = name;
    return scheme_parse(name, &out->spec, e);
}

static enum status unknown_family(const char *family, struct error *e)
{
    struct names names = {0};
    char hint[STR_HINT_SIZE];
    bool room = true;
    for (size_t i = 0; room && i < profile_count(); i++)
        room = names_add(&names, profile_at(i)->family);
    error_set(e, STATUS_USAGE,
              "--family: no profile is of family '%s'%s; bitsweep schemes --profiles lists families", family,
              names_hint(&names, family, hint));
    names_free(&names);
    return STATUS_USAGE;
}

static enum status add_family(const char *family, struct diff_scheme *out, size_t *n, struct error *e)
{
    enum status s = STATUS_OK;
    size_t found = 0;
    for (size_t i = 0; i < profile_count() && !s; i++) {
        const struct profile *p = profile_at(i);
        if (strcmp(p->family, family))
            continue;
        found++;
        s = *n < MAX_SCHEMES ? add_scheme(&out[(*n)++], p->scheme.name, e)
                             : error_set(e, STATUS_USAGE, "diff: at most %d schemes", MAX_SCHEMES);
    }
    if (!s && !found)
        s = unknown_family(family, e);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct args a = {.o = {.stop = cli->stop}};
    cli_parse(&argp, argc, argv, &a);
    if (of_runs(&a)) {
        a.runs.run[0] = a.names[0];
        a.runs.run[1] = a.names[1];
        a.runs.format = a.o.format;
        a.runs.quiet = a.o.quiet;
        return diff_runs(&a.runs, e);
    }
    struct diff_scheme *schemes = calloc(MAX_SCHEMES, sizeof *schemes);
    enum status s = schemes ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    size_t n = 0;
    for (size_t i = 0; i < a.n && !s; i++)
        s = add_scheme(&schemes[n++], a.names[i], e);
    if (!s && a.family)
        s = add_family(a.family, schemes, &n, e);
    if (!s && a.all_float32)
        cli_catch_signals();
    if (!s)
        s = a.matrix ? diff_matrix(&a.o, schemes, n, e) : diff_pair(&a.o, schemes, e);
    free(schemes);
    return s;
}

const struct command command_diff = {"diff", "compare what two schemes do, bit for bit, or two runs", run,
                                     &argp};

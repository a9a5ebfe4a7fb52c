#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/cli_list.h"
#include "experiments/diff.h"
#include "experiments/explain.h"
#include "experiments/progress.h"
#include "sim/profile.h"

enum { MAX_SCHEMES = 256 };

enum part { PART_COUNTS, PART_METRICS, PART_FIRST, PARTS };
static const char *const part_names[PARTS] = {"counts", "metrics", "first"};

struct args {
    struct dump_args dump;
    enum table_format format;
    const char *names[MAX_SCHEMES + 1]; /* of schemes, and at the end the dump */
    size_t n;
    const char *family, *glob;
    bool matrix, all_float32, some;
    enum part part; /* if `some` */
    uint64_t seed;
    int jobs;
};

enum { OPT_MATRIX = 256, OPT_ALL, OPT_FAMILY, OPT_PART, OPT_SEED };

static void check(const struct argp_state *state, struct args *a)
{
    size_t schemes = a->n - (a->n && !a->all_float32);
    if (!a->jobs)
        a->jobs = cli_default_jobs(state);
    if (a->all_float32 && (a->matrix || a->family || a->glob || dump_args_given(&a->dump)))
        argp_error(state, "--all-float32 takes two schemes and no dump");
    if (a->family && !a->matrix)
        argp_error(state, "--family goes with --matrix");
    if (a->matrix && a->some)
        argp_error(state, "--part does not go with --matrix");
    if (!a->matrix && schemes != 2)
        argp_error(state,
                   a->all_float32 ? "two schemes are expected" : "two schemes and a dump are expected");
    if (a->matrix && a->n < (a->family ? 1 : 3))
        argp_error(state, "--matrix: at least two schemes, or --family, and a dump are expected");
    if (!a->all_float32)
        a->dump.path = a->names[--a->n];
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->dump;
        state->child_inputs[1] = &a->format;
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
        a->part = (enum part)cli_choice(state, "--part", arg, part_names, PARTS);
        a->some = true;
        break;
    case OPT_SEED:
        a->seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case 'n':
        a->glob = arg;
        break;
    case 'j':
        a->jobs = cli_jobs(state, arg);
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
    {0}};
static const struct argp_child children[] = {{&dump_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "SCHEME... [DUMP]",
    .doc =
        "Do two schemes give the same values for a dump, bit for bit? Where they do not: how many elements "
        "and regions "
        "(what shares a scale), why, the first element with both derivations, and every metric. Exit status "
        "1 "
        "if they differ.\v"
        "A difference counts once, as the first of: nan (one is NaN), zero_sign (both are zero), scale (the "
        "scales differ), saturated (the same scale; one saturates or overflows), tie (within 2^-24 of a "
        "midpoint), other (other values, rounding or steps). NaN equals NaN. --matrix ends with status 0.\n\n"
        "  bitsweep diff ocp:mxfp4 microxcaling:mxfp4 tinylm.safetensors\n"
        "  bitsweep diff ocp:e4m3 ml_dtypes:float8_e4m3fn --all-float32\n"
        "  bitsweep diff --matrix --family nvfp4 tinylm.safetensors --format md\n"};

/* --- two schemes --- */

struct pair {
    const struct args *a;
    struct diff_scheme schemes[2];
    struct table *counts;
    struct comparison all;
    char first[256];              /* the element that differs first */
    struct derivation derived[2]; /* of it */
    size_t tensors;
    double *sums[2]; /* of each metric over the tensors, by each scheme */
};

static bool shows(const struct args *a, enum part p)
{
    bool people = a->format == TABLE_TEXT || a->format == TABLE_MD;
    return a->some ? a->part == p : people || p == PART_COUNTS;
}

enum { FIXED = 6 };

static enum status open_counts(struct pair *p, struct error *e)
{
    const char *columns[FIXED + CAUSES] = {"tensor",  "elements", "differ",
                                           "percent", "regions",  "regions_differ"};
    for (size_t i = 0; i < CAUSES; i++)
        columns[FIXED + i] = cause_names[i];
    return table_open(p->a->format, stdout, columns, FIXED + CAUSES, &p->counts, e);
}

static enum status count_row(struct pair *p, const char *name, const struct comparison *c, struct error *e)
{
    struct table_value row[FIXED + CAUSES] = {table_text(name), table_integer((int64_t)c->elements),
                                              table_integer((int64_t)c->differ),
                                              table_real(100 * (double)c->differ / (double)c->elements)};
    row[4] = c->regions ? table_integer((int64_t)c->regions) : table_text(NULL);
    row[5] = c->regions ? table_integer((int64_t)c->regions_differ) : table_text(NULL);
    for (size_t i = 0; i < CAUSES; i++)
        row[FIXED + i] = table_integer((int64_t)c->cause[i]);
    return p->counts ? table_row(p->counts, row, e) : STATUS_OK;
}

static enum status add_metrics(struct pair *p, const struct subject *s, struct error *e)
{
    size_t n = metric_count();
    const struct metric **metrics = calloc(n, sizeof *metrics);
    double *values = calloc(n, sizeof *values);
    enum status status = metrics && values ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n && metrics; i++)
        metrics[i] = metric_at(i);
    for (int side = 0; side < 2 && !status; side++) {
        struct cell_request r = {.subject = s,
                                 .spec = &p->schemes[side].spec,
                                 .seed = p->a->seed,
                                 .metrics = metrics,
                                 .n_metrics = n};
        status = pipeline_cell(&r, &(struct cell_result){.metrics = values}, e);
        for (size_t i = 0; i < n && !status; i++)
            p->sums[side][i] += values[i];
    }
    free(metrics);
    free(values);
    return status;
}

/* --- the first difference --- */

static enum status derive(struct pair *p, const struct quant_input in[2], size_t index, const char *name,
                          struct error *e)
{
    size_t n = 1;
    struct quant_range range = {.finite = false};
    for (int d = 0; d < in->rank; d++)
        n *= in->shape[d];
    quant_range_add(&range, in->x, n);
    snprintf(p->first, sizeof p->first, "%s", name);
    enum status s = STATUS_OK;
    for (int side = 0; side < 2 && !s; side++)
        s = derivation_of(&p->schemes[side].spec, &in[side], &range, index, &p->derived[side], e);
    return s;
}

static enum status derive_in(struct pair *p, const struct subject *s, size_t index, struct error *e)
{
    struct quant_input in[2];
    char name[256 + EXPLAIN_INDEX], at[EXPLAIN_INDEX];
    float *own = NULL;
    enum status status = STATUS_OK;
    explain_index(&s->view, index, at);
    snprintf(name, sizeof name, "%s[%s]", s->view.name, at);
    for (int side = 0; side < 2 && !status; side++) {
        struct cell_request r = {.subject = s, .spec = &p->schemes[side].spec, .seed = p->a->seed};
        status = pipeline_quant_input(&r, &in[side], e);
    }
    if (!status && !s->x) {
        own = malloc((s->n + 1) * sizeof *own);
        status = own ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory for %zu elements", s->n);
        if (own)
            tensor_read_f32(&s->view, 0, s->n, own);
        in[0].x = in[1].x = own;
    }
    if (!status)
        status = derive(p, in, index, name, e);
    free(own);
    return status;
}

static void cell_of(const struct derivation_row *row, char value[NUMBER_TEXT_SIZE], struct table_value out[2])
{
    out[0] = out[1] = table_text(NULL);
    if (!row)
        return;
    derivation_decimal(row, value);
    out[0] = table_text(row->has_value ? value : row->note);
    out[1] = table_text(*row->bits ? row->bits : NULL);
}

static enum status first_row(struct table *t, const struct derivation_row *a, const struct derivation_row *b,
                             struct error *e)
{
    char values[2][NUMBER_TEXT_SIZE];
    const struct derivation_row *any = a ? a : b;
    struct table_value row[7] = {table_text(any->section), table_text(any->step)};
    cell_of(a, values[0], &row[2]);
    cell_of(b, values[1], &row[4]);
    bool same = a && b && !strcmp(row[2].text, row[4].text) && !strcmp(a->bits, b->bits);
    row[6] = table_text(same ? NULL : "<>");
    return table_row(t, row, e);
}

/* The steps of a, and between them those that b alone has. */
static enum status print_first(const struct pair *p, struct error *e)
{
    static const char *const columns[] = {"part", "step", "a", "a_bits", "b", "b_bits", "differs"};
    const struct derivation *a = &p->derived[0], *b = &p->derived[1];
    struct table *t = NULL;
    enum status s = table_open(p->a->format, stdout, columns, 7, &t, e);
    for (size_t i = 0, j = 0; (i < a->rows || j < b->rows) && !s;) {
        const struct derivation_row *x = i < a->rows ? &a->row[i] : NULL,
                                    *y = j < b->rows ? &b->row[j] : NULL;
        if (y && !derivation_find(a, y->step)) { /* b's alone */
            x = NULL;
            j++;
        } else if (x) {
            y = derivation_find(b, x->step);
            j += y == &b->row[j];
            i++;
        } else { /* told already */
            j++;
            continue;
        }
        s = first_row(t, x, y, e);
    }
    return list_end(t, s, e);
}

static enum status show_first(const struct pair *p, struct error *e)
{
    const struct args *a = p->a;
    if (!p->all.differ || !shows(a, PART_FIRST))
        return STATUS_OK;
    if (!a->some)
        printf("\nFirst difference: %s\n\n", p->first);
    return print_first(p, e);
}

/* --- of a dump --- */

static enum status add_tensor(void *context, const struct subject *s, struct error *e)
{
    struct pair *p = context;
    struct comparison c;
    enum status status = compare_subject(s, &p->schemes[0].spec, &p->schemes[1].spec, p->a->seed, &c, e);
    if (!status)
        status = count_row(p, s->view.name, &c, e);
    if (!status && shows(p->a, PART_METRICS))
        status = add_metrics(p, s, e);
    if (!status && c.differ && !p->all.differ)
        status = derive_in(p, s, c.first, e);
    if (status)
        return error_prefix(e, status, "%s", s->view.name);
    if (p->all.differ)
        c.first = UINT64_MAX; /* the first of an earlier tensor stays */
    comparison_add(&p->all, &c);
    p->tensors++;
    return status;
}

static enum status print_metrics(const struct pair *p, struct error *e)
{
    static const char *const columns[] = {"metric", "a", "b", "change", "unit"};
    struct table *t = NULL;
    enum status s = table_open(p->a->format, stdout, columns, 5, &t, e);
    for (size_t i = 0; i < metric_count() && !s; i++) {
        const struct metric *m = metric_at(i);
        double a = p->sums[0][i] / (double)p->tensors, b = p->sums[1][i] / (double)p->tensors;
        struct table_value row[] = {table_text(m->name), table_real(a), table_real(b), table_real(b - a),
                                    table_text(m->unit)};
        if (strcmp(m->of, "input") != 0)
            s = table_row(t, row, e);
    }
    return list_end(t, s, e);
}

static void heading(const struct args *a, const char *text)
{
    if (!a->some && (a->format == TABLE_TEXT || a->format == TABLE_MD))
        printf("\n%s\n\n", text);
}

static void name_schemes(const struct pair *p)
{
    char text[SCHEME_TEXT_SIZE];
    for (int i = 0; i < 2; i++) {
        scheme_short(&p->schemes[i].spec, text);
        printf("%c  %s%s%s\n", "ab"[i], p -> schemes[i].name, strcmp(text, p->schemes[i].name) ? "  =  " : "",
               strcmp(text, p->schemes[i].name) ? text : "");
    }
    putchar('\n');
}

static enum status verdict(const struct pair *p, struct error *e)
{
    if (!p->all.differ)
        return STATUS_OK;
    return error_set(e, STATUS_DIFFERENT, "%s and %s differ: %llu of %llu elements", p->schemes[0].name,
                     p->schemes[1].name, (unsigned long long)p->all.differ,
                     (unsigned long long)p->all.elements);
}

static enum status diff_dump(struct pair *p, struct error *e)
{
    const struct args *a = p->a;
    enum status s = shows(a, PART_COUNTS) ? open_counts(p, e) : STATUS_OK;
    if (!s)
        s = diff_each_tensor(&a->dump, a->glob, add_tensor, p, e);
    if (!s && p->tensors > 1)
        s = count_row(p, "all", &p->all, e);
    s = list_end(p->counts, s, e);
    p->counts = NULL;
    if (!s)
        s = show_first(p, e);
    if (!s && shows(a, PART_METRICS)) {
        heading(a, p->tensors > 1 ? "Metrics, means over the tensors" : "Metrics");
        s = print_metrics(p, e);
    }
    return s;
}

/* --- all numbers --- */

static void all_step(void *context, uint64_t n)
{
    progress_elements(context, n);
}

static void all_idle(void *context)
{
    progress_show(context);
}

static enum status diff_all(struct pair *p, const struct cli *cli, struct error *e)
{
    struct progress progress = {
        .out = stderr, .live = isatty(STDERR_FILENO), .total_elements = UINT64_C(1) << 32};
    struct compare_all c = {.a = &p->schemes[0].spec,
                            .b = &p->schemes[1].spec,
                            .to = UINT64_C(1) << 32,
                            .jobs = p->a->jobs,
                            .stop = cli->stop,
                            .step = all_step,
                            .idle = all_idle,
                            .context = &progress};
    cli_catch_signals();
    progress.out = progress.live ? stderr : NULL;
    progress_start(&progress);
    enum status s = compare_all_float32(&c, &p->all, e);
    progress_end(&progress);
    if (!s && shows(p->a, PART_COUNTS)) {
        s = open_counts(p, e);
        if (!s)
            s = count_row(p, "all binary32", &p->all, e);
        s = list_end(p->counts, s, e);
        p->counts = NULL;
    }
    if (!s && p->all.differ) {
        float x = f32_from_bits((uint32_t)p->all.first);
        char name[64];
        snprintf(name, sizeof name, "0x%08llx, %.9g", (unsigned long long)p->all.first, (double)x);
        const struct quant_input in[2] = {compare_input(c.a, &x, 1), compare_input(c.b, &x, 1)};
        s = derive(p, in, 0, name, e);
    }
    return s ? s : show_first(p, e);
}

static enum status diff_pair(struct pair *p, const struct cli *cli, struct error *e)
{
    const struct args *a = p->a;
    bool people = a->format == TABLE_TEXT || a->format == TABLE_MD;
    for (int i = 0; i < 2; i++)
        p->sums[i] = calloc(metric_count(), sizeof *p->sums[i]);
    enum status s = p->sums[0] && p->sums[1] ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && people && !a->some)
        name_schemes(p);
    if (!s)
        s = a->all_float32 ? diff_all(p, cli, e) : diff_dump(p, e);
    for (int i = 0; i < 2; i++)
        free(p->sums[i]);
    return s ? s : verdict(p, e);
}

/* --- names --- */

static enum status add_scheme(struct diff_scheme *out, const char *name, struct error *e)
{
    out->name = name;
    return scheme_parse(name, &out->spec, e);
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
        s = error_set(e, STATUS_USAGE,
                      "--family: no profile is of family '%s'; bitsweep schemes --profiles lists families",
                      family);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct args a = {.n = 0};
    cli_parse(&argp, argc, argv, &a);
    struct diff_scheme *schemes = calloc(MAX_SCHEMES, sizeof *schemes);
    enum status s = schemes ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    size_t n = 0;
    for (size_t i = 0; i < a.n && !s; i++)
        s = add_scheme(&schemes[n++], a.names[i], e);
    if (!s && a.family)
        s = add_family(a.family, schemes, &n, e);
    if (!s && a.matrix) {
        s = diff_matrix(schemes, n, &a.dump, a.glob, a.seed, a.format, e);
    } else if (!s) {
        struct pair p = {.a = &a, .schemes = {schemes[0], schemes[1]}};
        s = diff_pair(&p, cli, e);
    }
    free(schemes);
    return s;
}

const struct command command_diff = {"diff", "compare what two schemes do, bit for bit", run};

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/allocate.h"
#include "experiments/cli.h"
#include "experiments/config.h"
#include "sim/base/strbuf.h"

enum { OPT_BYTES = 512, OPT_FRONT, OPT_WHERE, OPT_TOTAL, OPT_TOGETHER, OPT_YAML };

struct args {
    const char *db, *yaml;
    enum table_format format;
    struct allocate_request request;
    struct cli_list labels, tensors, together;
    double *budgets;
    size_t n_budgets;
    bool front, bytes, budget, cost; /* said */
};

/* Numbers with commas between them, each times `unit`. */
static void add_budgets(const struct argp_state *state, struct args *a, const char *option, char *text,
                        double unit)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        a->budgets = cli_grow(state, a->budgets, (a->n_budgets + 1) * sizeof *a->budgets);
        a->budgets[a->n_budgets++] = unit * cli_number(state, option, word);
    }
}

static void check(const struct argp_state *state, const struct args *a)
{
    if (!a->front && a->n_budgets != 1)
        argp_error(state, "one budget is needed (--budget or --bytes), or --front");
    if (a->bytes && (a->budget || a->cost))
        argp_error(state, "--bytes counts what is stored: without --budget and --cost");
    if (a->front && a->yaml)
        argp_error(state, "--yaml writes one choice: without --front");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    struct allocate_request *r = &a->request;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        state->child_inputs[1] = &a->format;
        break;
    case 'b':
        a->budget = true;
        add_budgets(state, a, "--budget", arg, 1);
        break;
    case OPT_BYTES:
        r->total = a->bytes = true;
        add_budgets(state, a, "--bytes", arg, 8);
        break;
    case OPT_TOTAL:
        r->total = true;
        break;
    case OPT_FRONT:
        a->front = true;
        break;
    case 'm':
        r->metric = arg;
        break;
    case 'w':
        r->weight = arg;
        break;
    case 'c':
        a->cost = true;
        r->cost = arg;
        break;
    case 'o':
        cli_append(state, &a->labels, arg);
        break;
    case 'n':
        cli_append(state, &a->tensors, arg);
        break;
    case OPT_TOGETHER:
        cli_append(state, &a->together, arg);
        break;
    case 'p':
        r->op = config_op_names[cli_choice(state, "--op", arg, config_op_names, OPS)];
        break;
    case OPT_WHERE:
        r->where = arg;
        break;
    case OPT_YAML:
        a->yaml = arg;
        break;
    case 't':
        r->seconds = cli_number(state, "--timeout", arg);
        if (r->seconds < 0)
            argp_error(state, "--timeout: expected 0 or more seconds");
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
    {"budget", 'b', "X[,X...]", 0, "the cost allowed: on average over elements, or with --total in all", 0},
    {"bytes", OPT_BYTES, "N[,N...]", 0, "the bytes allowed in all", 0},
    {"front", OPT_FRONT, NULL, 0,
     "a row a budget instead of a row a tensor: budgets as given, or 17 from the least possible to that of "
     "the least error; budgets that change nothing are left out",
     0},
    {"metric", 'm', "NAME", 0, "the error that is summed (default: mse)", 0},
    {"weight", 'w', "WORD|FILE", 0,
     "what each tensor's error is multiplied by: elements (default), equal (1), or numbers from a file of "
     "lines NAME WEIGHT, times elements",
     0},
    {"cost", 'c', "MODEL.QUANTITY", 0,
     "a quantity of a cost model (default: storage.bits_per_element); QUANTITY alone where one model has it",
     0},
    {"total", OPT_TOTAL, NULL, 0, "the budget is on the sum over tensors, not on the mean over elements", 0},
    {"only", 'o', "GLOB", 0, "only cells with such a label; repeatable: any of them", 0},
    {"name", 'n', "GLOB", 0, "only such tensors or sites; repeatable: any of them", 0},
    {"op", 'p', "OP", 0, "cells of quantize, matmul or attention (default: the only one there)", 0},
    {"where", OPT_WHERE, "SQL", 0, "only cells that meet a condition on the columns of v_cell", 0},
    {"together", OPT_TOGETHER, "GLOB", 0, "tensors that match get one scheme; repeatable", 0},
    {"yaml", OPT_YAML, "FILE", 0, "write the choice as an experiment file too", 0},
    {"timeout", 't', "SECONDS", 0, "give up after this time; 0, the default, is no limit", 0},
    {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc =
        "Choose a finished cell for each tensor or site so that the sum of errors is least within a budget. "
        "The result database is read and nothing else; the choice is exact (integer programming, by GLPK).\v"
        "  bitsweep allocate --budget 4.5\n"
        "  bitsweep allocate --bytes 200000 --metric nmse --weight equal --only 'mx*'\n"
        "  bitsweep allocate --op matmul --cost bit_operations --total --budget 1e9\n"
        "  bitsweep allocate --front --format csv\n"
        "  bitsweep allocate --budget 4.5 --yaml chosen.yaml\n\n"
        "Exit status 1: nothing keeps the budget; the message says the least possible.\n"};

/* --- a row a tensor --- */

static enum status print_row(struct table *t, const struct choices *c, size_t i, const struct choice_cell *x,
                             struct error *e)
{
    const struct choice_tensor *tensor = &c->tensors[i];
    return table_row(t,
                     (struct table_value[]){table_text(x->tensor), table_text(x->label),
                                            table_real(tensor->elements), table_real(x->bits / x->elements),
                                            table_real(x->quantity), table_real(x->value),
                                            table_real(allocate_error(c, tensor, x))},
                     e);
}

/* The last row: all tensors. */
static enum status print_totals(struct table *t, const struct choices *c, const size_t *chosen,
                                struct error *e)
{
    double bits = 0, elements = 0;
    char words[64];
    for (size_t i = 0; i < c->n_tensors; i++) {
        bits += c->cells[chosen[i]].bits;
        elements += c->cells[chosen[i]].elements;
    }
    snprintf(words, sizeof words, "%zu tensors", c->n_tensors);
    return table_row(t,
                     (struct table_value[]){
                         table_text("(all)"), table_text(words), table_real(c->elements),
                         table_real(bits / elements), table_real(allocate_spent(c, chosen)),
                         (struct table_value){.kind = TABLE_MISSING}, table_real(allocate_sum(c, chosen))},
                     e);
}

static enum status print_choice(const struct args *a, const struct choices *c, const size_t *chosen,
                                struct error *e)
{
    const char *columns[] = {"tensor", "label",           "elements", "bits_per_element",
                             "cost",   a->request.metric, "error"};
    struct table *t = NULL;
    enum status s = table_open(a->format, stdout, columns, sizeof columns / sizeof *columns, &t, e);
    for (size_t i = 0; !s && i < c->n_tensors; i++)
        s = print_row(t, c, i, &c->cells[chosen[i]], e);
    if (!s)
        s = print_totals(t, c, chosen, e);
    if (s)
        table_abandon(t);
    return s ? s : table_close(t, e);
}

/* --- a row a budget --- */

static enum status default_budgets(struct args *a, const struct choices *c, struct error *e)
{
    enum { STEPS = 16 };
    double least, most;
    enum status s = allocate_range(c, &least, &most, e);
    if (s || a->n_budgets)
        return s;
    a->budgets = calloc(STEPS + 1, sizeof *a->budgets);
    if (!a->budgets)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (int i = 0; i <= STEPS; i++)
        a->budgets[a->n_budgets++] = i < STEPS ? least + (most - least) * i / STEPS : most;
    return STATUS_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* "mxfp4 x 12; nvfp4 x 3", by label in the order of the tensors. */
static char *in_words(const struct choices *c, const size_t *chosen)
{
    struct strbuf b = {0};
    for (size_t i = 0; i < c->n_tensors; i++) {
        const char *label = c->cells[chosen[i]].label;
        size_t before = 0, n = 0;
        for (size_t j = 0; j < c->n_tensors; j++) {
            const bool same = !strcmp(c->cells[chosen[j]].label, label);
            before += same && j < i;
            n += same;
        }
        if (!before)
            strbuf_printf(&b, "%s%s x %zu", b.length ? "; " : "", label, n);
    }
    return strbuf_take(&b);
}

static enum status front_row(struct table *t, const struct choices *c, double budget, const size_t *chosen,
                             struct error *e)
{
    char *words = in_words(c, chosen);
    enum status s =
        words ? table_row(t,
                          (struct table_value[]){table_real(budget), table_real(allocate_spent(c, chosen)),
                                                 table_real(allocate_sum(c, chosen)), table_text(words)},
                          e)
              : error_set(e, STATUS_INTERNAL, "out of memory");
    free(words);
    return s;
}

static enum status print_front(struct args *a, const struct choices *c, size_t *chosen, struct error *e)
{
    static const char *const columns[] = {"budget", "cost", "error", "schemes"};
    struct table *t = NULL;
    size_t *last = calloc(c->n_tensors, sizeof *last);
    enum status s = last ? default_budgets(a, c, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = table_open(a->format, stdout, columns, sizeof columns / sizeof *columns, &t, e);
    if (a->budgets)
        qsort(a->budgets, a->n_budgets, sizeof *a->budgets, compare_numbers);
    for (size_t i = 0; !s && i < a->n_budgets; i++) {
        s = allocate_solve(c, a->budgets[i], chosen, e);
        if (!s && (!i || memcmp(last, chosen, c->n_tensors * sizeof *last) != 0))
            s = front_row(t, c, a->budgets[i], chosen, e);
        memcpy(last, chosen, c->n_tensors * sizeof *last);
    }
    free(last);
    if (s)
        table_abandon(t);
    return s ? s : table_close(t, e);
}

static enum status answer(struct args *a, const struct choices *c, struct error *e)
{
    size_t *chosen = calloc(c->n_tensors, sizeof *chosen);
    enum status s = chosen ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (c->left_out)
        fprintf(stderr, "left out: %zu cells without the metric, the cost or with an infinite error\n",
                c->left_out);
    if (!s && a->front)
        s = print_front(a, c, chosen, e);
    else if (!s) {
        s = allocate_solve(c, a->budgets[0], chosen, e);
        if (!s && a->yaml)
            s = allocate_write_study(c, chosen, a->yaml, e);
        if (!s)
            s = print_choice(a, c, chosen, e);
    }
    free(chosen);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {.request = {.metric = "mse", .weight = "elements", .cost = "storage.bits_per_element"}};
    cli_parse(&argp, argc, argv, &a);
    struct allocate_request *r = &a.request;
    struct choices c = {.cells = NULL};
    struct query *q = NULL;
    r->labels = a.labels.items, r->n_labels = a.labels.n;
    r->tensors = a.tensors.items, r->n_tensors = a.tensors.n;
    r->together = a.together.items, r->n_together = a.together.n;
    enum status s = cli_keep_input("--yaml", a.yaml, a.db, e);
    if (!s)
        s = query_open_current(a.db, &q, e);
    if (!s)
        s = allocate_open(r, q, &c, e);
    if (!s)
        s = answer(&a, &c, e);
    query_close(q);
    allocate_close(&c);
    free(a.labels.items);
    free(a.tensors.items);
    free(a.together.items);
    free(a.budgets);
    return s;
}

const struct command command_allocate = {"allocate", "choose a scheme for each tensor within a budget", run,
                                         &argp};

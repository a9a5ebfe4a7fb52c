#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli.h"
#include "experiments/config.h"
#include "experiments/sensitivity.h"
#include "sim/base/strbuf.h"

enum { OPT_PART = 512, OPT_WITHIN, OPT_DRAWS, OPT_SEED, OPT_MARGINS };

struct args {
    const char *db;
    enum table_format format;
    struct sensitivity_request request;
    struct cli_list labels, parts;
    double *within; /* shares, not percent */
    size_t n_within;
    uint64_t draws, seed;
    bool margins, drawing; /* drawing: what draws need was said */
};

static void add_within(const struct argp_state *state, struct args *a, char *text)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        const double percent = cli_number(state, "--within", word);
        if (!(percent > 0 && percent < 100))
            argp_error(state, "--within: expected percentages above 0 and below 100");
        a->within = cli_grow(state, a->within, (a->n_within + 1) * sizeof *a->within);
        a->within[a->n_within++] = percent / 100;
    }
}

static void check(const struct argp_state *state, const struct args *a)
{
    if (a->margins && (a->n_within || a->parts.n))
        argp_error(state, "--margins moves whole costs: without --within and --part");
    if (a->drawing && !a->n_within)
        argp_error(state, "--draws and --seed are of --within");
    if (!a->draws)
        argp_error(state, "--draws: expected at least 1");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    struct sensitivity_request *r = &a->request;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        state->child_inputs[1] = &a->format;
        break;
    case 'c':
        r->cost = arg;
        break;
    case 'D':
        r->dump = arg;
        break;
    case 'p':
        r->op = config_op_names[cli_choice(state, "--op", arg, config_op_names, OPS)];
        break;
    case 'o':
        cli_append(state, &a->labels, arg);
        break;
    case OPT_PART:
        cli_append(state, &a->parts, arg);
        break;
    case OPT_WITHIN:
        add_within(state, a, arg);
        break;
    case OPT_DRAWS:
        a->drawing = true;
        a->draws = cli_count(state, "--draws", arg, 1000000000);
        break;
    case OPT_SEED:
        a->drawing = true;
        a->seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case OPT_MARGINS:
        a->margins = true;
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
    {"cost", 'c', "MODEL.QUANTITY", 0,
     "the cost of the front (default: mac_gates of the only model that has it)", 0},
    {"dump", 'D', "DUMP", 0, "path of the dump, or its name (default: that with the most schemes)", 0},
    {"op", 'p', "OP", 0, "schemes of quantize, matmul or attention (default: the only one there)", 0},
    {"only", 'o', "GLOB", 0, "only schemes with such a label; repeatable: any of them", 0},
    {"part", OPT_PART, "QUANTITY", 0,
     "what is moved; repeatable; the rest of the cost is a part too (default: the quantities that add up to "
     "it)",
     0},
    {"within", OPT_WITHIN, "X[,X...]", 0, "all parts at random instead, each by up to X percent", 0},
    {"draws", OPT_DRAWS, "N", 0, "of --within (default: 10000)", 0},
    {"seed", OPT_SEED, "N", 0, "of --within (default: 0)", 0},
    {"margins", OPT_MARGINS, NULL, 0,
     "a row a scheme instead: the factor on its own cost that changes the front", 0},
    {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc = "How far constants of a cost model must move before the front of schemes (v_pareto: mean SQNR "
           "against "
           "the cost) changes. A row is a part of the cost and a direction: the nearest factor on the part "
           "at which "
           "a scheme enters or leaves; missing where no factor does. The result database is read and nothing "
           "else.\v"
           "  bitsweep sensitivity --cost fp8_vs_int8.mac_gates\n"
           "  bitsweep sensitivity --cost fp8_vs_int8.mac_gates --within 5,10,20\n"
           "  bitsweep sensitivity --cost storage.bits_per_element --margins --only 'mx*'\n"
           "  bitsweep sensitivity --part multiply_gates --format md\n"};

/* Labels of the schemes that are on the second front and not on the first; NULL: out of memory. */
static char *in_words(const struct sensitivity *s, const bool *without, const bool *with)
{
    struct strbuf b = {0};
    for (size_t i = 0; i < s->n; i++)
        if (with[i] && !without[i])
            strbuf_printf(&b, "%s%s", b.length ? "; " : "", s->labels[i]);
    if (!b.length)
        strbuf_add(&b, "-");
    return strbuf_take(&b);
}

/* Mean over the front of what a part is of the whole cost. */
static double share_of(const struct sensitivity *s, size_t part, const bool *front)
{
    const struct tradeoff *t = &s->tradeoff;
    double sum = 0, n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (front[i] && t->cost[i]) {
            sum += (double)t->part[i * t->n_parts + part] / (double)t->cost[i];
            n++;
        }
    return n > 0 ? sum / n : (double)NAN;
}

/* --- a row a part and direction --- */

static enum status part_row(struct table *out, const struct sensitivity *s, size_t part, bool up,
                            const bool *front, bool *after, struct error *e)
{
    struct tradeoff_move m;
    enum status status = tradeoff_move(&s->tradeoff, part, up, &m, after, e);
    if (status)
        return status;
    char *enters = in_words(s, front, after), *leaves = in_words(s, after, front);
    status = enters && leaves
                 ? table_row(out,
                             (struct table_value[]){table_text(s->parts[part]),
                                                    table_real(share_of(s, part, front)),
                                                    table_text(up ? "up" : "down"), table_real(m.factor),
                                                    table_text(enters), table_text(leaves)},
                             e)
                 : error_set(e, STATUS_INTERNAL, "out of memory");
    free(enters);
    free(leaves);
    return status;
}

static enum status print_parts(struct table *out, const struct sensitivity *s, const bool *front,
                               struct error *e)
{
    bool *after = calloc(s->n, sizeof *after);
    enum status status = after ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t p = 0; p < s->n_parts; p++)
        for (int up = 0; !status && up < 2; up++)
            status = part_row(out, s, p, up, front, after, e);
    free(after);
    return status;
}

/* --- a row a percentage --- */

static enum status print_draws(struct table *out, const struct args *a, const struct sensitivity *s,
                               struct error *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < a->n_within; i++) {
        struct tradeoff_share share;
        status = tradeoff_draw(&s->tradeoff, a->within[i], a->draws, a->seed, &share, e);
        if (!status)
            status = table_row(out,
                               (struct table_value[]){table_real(100 * a->within[i]),
                                                      table_integer((int64_t)a->draws),
                                                      table_real(share.unchanged), table_real(share.kept),
                                                      table_real(share.entered)},
                               e);
    }
    return status;
}

/* --- a row a scheme --- */

static enum status print_margins(struct table *out, const struct sensitivity *s, const bool *front,
                                 struct error *e)
{
    const struct tradeoff *t = &s->tradeoff;
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < s->n; i++) {
        size_t rival;
        const double factor = tradeoff_margin(t, i, &rival);
        status =
            table_row(out,
                      (struct table_value[]){
                          table_text(s->labels[i]), table_real(t->sqnr_db[i]),
                          table_real((double)t->cost[i] * t->unit), table_integer(front[i]),
                          isfinite(factor) ? table_real(factor) : (struct table_value){.kind = TABLE_MISSING},
                          table_text(rival < s->n ? s->labels[rival] : "-")},
                      e);
    }
    return status;
}

/* --- all --- */

static const char *const part_columns[] = {"part", "share", "direction", "factor", "enters", "leaves"};
static const char *const draw_columns[] = {"percent", "draws", "unchanged", "kept", "entered"};
static const char *const margin_columns[] = {"label", "sqnr_db", "cost", "front", "factor", "rival"};

static enum status print(const struct args *a, const struct sensitivity *s, const bool *front,
                         struct error *e)
{
    const char *const *columns = a->margins ? margin_columns : a->n_within ? draw_columns : part_columns;
    struct table *out = NULL;
    enum status status = table_open(a->format, stdout, columns, !a->margins && a->n_within ? 5 : 6, &out, e);
    if (!status)
        status = a->margins    ? print_margins(out, s, front, e)
                 : a->n_within ? print_draws(out, a, s, e)
                               : print_parts(out, s, front, e);
    if (status)
        table_abandon(out);
    return status ? status : table_close(out, e);
}

static void tell(const struct sensitivity *s, const bool *front)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += front[i];
    fprintf(stderr, "%s%s, op %s: %zu of %zu schemes are on the front of SQNR against %s.%s (%s)\n", s->dump,
            s->dumps > 1 ? " (the first of several dumps)" : "", s->op, n, s->n, s->cost.model,
            s->cost.quantity, s->unit);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {.request = {.cost = "mac_gates"}, .draws = 10000};
    cli_parse(&argp, argc, argv, &a);
    struct sensitivity s = {.n = 0};
    struct query *q = NULL;
    a.request.labels = a.labels.items, a.request.n_labels = a.labels.n;
    a.request.parts = a.parts.items, a.request.n_parts = a.parts.n;
    a.request.whole = a.margins;
    enum status status = query_open_current(a.db, &q, e);
    if (!status)
        status = sensitivity_open(&a.request, q, &s, e);
    bool *front = status ? NULL : calloc(s.n, sizeof *front);
    if (!status)
        status =
            front ? tradeoff_front(&s.tradeoff, front, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!status) {
        tell(&s, front);
        status = print(&a, &s, front, e);
    }
    query_close(q);
    sensitivity_close(&s);
    free(front);
    free(a.labels.items);
    free(a.parts.items);
    free(a.within);
    return status;
}

const struct command command_sensitivity = {"sensitivity", "how far costs may move before the front changes",
                                            run, &argp};

#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/published.h"
#include "experiments/yaml_tree.h"

enum { OPT_ALL = 256, OPT_PRESENT, OPT_NUMBERS, PAPERS_MAX = 64, COLUMNS = 9 };

struct args {
    const char *db, *numbers;
    const char *papers[PAPERS_MAX];
    size_t n;
    bool all, present;
    enum table_format format;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        state->child_inputs[1] = &a->format;
        break;
    case 'a':
        a->all = true;
        break;
    case 'p':
        a->present = true;
        break;
    case OPT_NUMBERS:
        a->numbers = arg;
        break;
    case ARGP_KEY_ARG:
        if (a->n == PAPERS_MAX)
            argp_error(state, "more than %d papers", PAPERS_MAX);
        a->papers[a->n++] = arg;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"all", 'a', NULL, 0, "those that agree too", 0},
    {"present", 'p', NULL, 0, "leave out numbers of which the database has no result", 0},
    {"numbers", OPT_NUMBERS, "FILE", 0,
     "another file of numbers (default: experiments/published.yaml, as built in)", 0},
    {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "[PAPER...]",
    .doc =
        "Published numbers beside those of the database: which do not agree, by how much, and why; then how "
        "many "
        "do. Exit status 1 for a difference without a reason, a reason that has become wrong, or a missing "
        "result.\v"
        "`make paper` runs the studies that give all results.\n\n"
        "  bitsweep published --db results/paper.db\n"
        "  bitsweep published int_vs_fp --all --db results/paper.db\n"
        "  bitsweep published --present --format md\n"};

/* Counts of the papers that are compared, by verdict. */
struct shown {
    const struct args *a;
    struct table *t;
    size_t counts[PUBLISHED_VERDICTS];
};

static enum status put(void *context, const struct published_comparison *c, struct error *e)
{
    struct shown *s = context;
    const struct published_number *n = c->number;
    char verdict[1024];
    if (c->verdict == PUBLISHED_NO_RESULT && s->a->present)
        return STATUS_OK;
    s->counts[c->verdict]++;
    if (c->verdict == PUBLISHED_AGREES && !s->a->all)
        return STATUS_OK;
    const bool because = c->verdict == PUBLISHED_DIFFERS_AS_SAID;
    snprintf(verdict, sizeof verdict, "%s%s%s", published_verdicts[c->verdict], because ? ": " : "",
             because ? n->differs : "");
    struct strbuf quantity = {0};
    strbuf_printf(&quantity, "%s, %s", n->row, n->column);
    const struct table_value row[COLUMNS] = {
        table_text(n->paper->key), table_text(n->where), table_text(quantity.text),
        table_real(n->value),      table_real(c->ours),  table_real(c->ours - n->value),
        table_real(n->tolerance),  table_text(n->unit),  table_text(verdict)};
    const enum status status =
        quantity.text ? table_row(s->t, row, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    strbuf_free(&quantity);
    return status;
}

static void print_counts(const char *what, const size_t *counts)
{
    static const char *const words[PUBLISHED_VERDICTS] = {"agree", "differ for a reason", "DIFFER",
                                                          "have a stale reason", "have no result"};
    size_t all = 0;
    for (int v = 0; v < PUBLISHED_VERDICTS; v++)
        all += counts[v];
    printf("%-22s %4zu numbers:", what, all);
    const char *joint = " ";
    for (int v = 0; v < PUBLISHED_VERDICTS; v++) {
        if (!counts[v] && v != PUBLISHED_AGREES)
            continue;
        printf("%s%zu %s", joint, counts[v], words[v]);
        joint = ", ";
    }
    putchar('\n');
}

static bool is_asked(const struct args *a, const char *key)
{
    bool asked = !a->n;
    for (size_t i = 0; i < a->n; i++)
        asked |= !strcmp(a->papers[i], key);
    return asked;
}

/* The table, then the counts. */
static enum status show(const struct args *a, const struct published *p, struct query *q, size_t *failures,
                        struct error *e)
{
    static const char *const columns[COLUMNS] = {"paper",      "where",     "quantity", "published", "ours",
                                                 "difference", "tolerance", "unit",     "verdict"};
    struct shown *shown = calloc(p->n_papers + 1, sizeof *shown);
    struct shown total = {.a = a};
    struct table *t = NULL;
    if (!shown)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = table_open(a->format, stdout, columns, COLUMNS, &t, e);
    for (size_t i = 0; t && i < p->n_papers && !s; i++) {
        shown[i] = (struct shown){.a = a, .t = t};
        if (is_asked(a, p->papers[i].key))
            s = published_compare(p, &p->papers[i], q, put, &shown[i], e);
        for (int v = 0; v < PUBLISHED_VERDICTS; v++)
            total.counts[v] += shown[i].counts[v];
    }
    if (t)
        s = list_end(t, s, e);
    if (!s && table_for_people(a->format)) {
        putchar('\n');
        for (size_t i = 0; i < p->n_papers; i++)
            if (is_asked(a, p->papers[i].key))
                print_counts(p->papers[i].key, shown[i].counts);
        print_counts("all", total.counts);
    }
    *failures =
        total.counts[PUBLISHED_DIFFERS] + total.counts[PUBLISHED_STALE] + total.counts[PUBLISHED_NO_RESULT];
    free(shown);
    return s;
}

static enum status check_papers(const struct args *a, const struct published *p, struct error *e)
{
    const char **names = calloc(p->n_papers + 1, sizeof *names);
    enum status s = names ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < p->n_papers && !s; i++)
        names[i] = p->papers[i].key;
    for (size_t i = 0; i < a->n && !s; i++)
        if (!published_find(p, a->papers[i]))
            s = text_unknown("paper", a->papers[i], names, p->n_papers, "papers", e);
    free(names);
    return s;
}

static enum status load(const struct args *a, struct published **out, struct error *e)
{
    char *text = NULL;
    size_t bytes = 0;
    if (!a->numbers)
        return published_own(out, e);
    enum status s = yaml_read(a->numbers, &text, &bytes, e);
    if (!s)
        s = published_read(a->numbers, text, bytes, out, e);
    free(text);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {.n = 0};
    struct published *p = NULL;
    struct query *q = NULL;
    size_t failures = 0;
    cli_parse(&argp, argc, argv, &a);
    enum status s = load(&a, &p, e);
    if (!s)
        s = check_papers(&a, p, e);
    if (!s)
        s = query_open_current(a.db, &q, e);
    if (!s)
        s = show(&a, p, q, &failures, e);
    if (!s && failures)
        s = error_set(e, STATUS_DIFFERENT, "%zu published numbers are not as they should be", failures);
    query_close(q);
    published_free(p);
    return s;
}

const struct command command_published = {"published", "published numbers beside ours", run, &argp};

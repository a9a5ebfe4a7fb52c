#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/published_table.h"
#include "experiments/yaml_tree.h"

enum { OPT_ALL = 256, OPT_PRESENT, OPT_NUMBERS, PAPERS_MAX = 64 };

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
    struct published_table table = {.p = p, .q = q, .all = a->all, .present = a->present};
    size_t(*counts)[PUBLISHED_VERDICTS] = calloc(p->n_papers + 1, sizeof *counts);
    if (!counts)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = published_table_open(&table, a->format, stdout, e);
    for (size_t i = 0; i < p->n_papers && !s; i++) {
        size_t before[PUBLISHED_VERDICTS];
        memcpy(before, table.counts, sizeof before);
        if (is_asked(a, p->papers[i].key))
            s = published_table_add(&table, &p->papers[i], e);
        for (int v = 0; v < PUBLISHED_VERDICTS; v++)
            counts[i][v] = table.counts[v] - before[v];
    }
    if (table.t)
        s = list_end(table.t, s, e);
    if (!s && table_for_people(a->format)) {
        putchar('\n');
        for (size_t i = 0; i < p->n_papers; i++)
            if (is_asked(a, p->papers[i].key))
                print_counts(p->papers[i].key, counts[i]);
        print_counts("all", table.counts);
    }
    *failures =
        table.counts[PUBLISHED_DIFFERS] + table.counts[PUBLISHED_STALE] + table.counts[PUBLISHED_NO_RESULT];
    free(counts);
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

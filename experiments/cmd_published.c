#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/published_table.h"
#include "experiments/yaml_tree.h"
#include "plots/plot.h"

enum { OPT_ALL = 256, OPT_PRESENT, OPT_NUMBERS, PAPERS_MAX = 64 };

struct args {
    const char *db, *numbers, *dir;
    const char *papers[PAPERS_MAX];
    size_t n;
    bool all, present;
    enum table_format format;
    enum figure_width width;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        state->child_inputs[1] = &a->format;
        state->child_inputs[2] = &a->width;
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
    case 'o':
        a->dir = arg;
        break;
    case ARGP_KEY_ARG:
        if (a->n == PAPERS_MAX)
            argp_error(state, "more than %d papers", PAPERS_MAX);
        a->papers[a->n++] = arg;
        break;
    case ARGP_KEY_END:
        if (a->width && !a->dir)
            argp_error(state, "--width is for --output");
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
    {"output", 'o', "DIR", 0,
     "draw the figure published (.svg, .pdf, .png) of all numbers into DIR instead of the table", 0},
    {0}};
static const struct argp_child children[] = {
    {&cli_db_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {&cli_width_argp, 0, NULL, 0}, {0}};
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
        "  bitsweep published --present --format md\n"
        "  bitsweep published --db results/paper.db -o figures\n"};

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

/* Numbers that are asked for, as rows, and how many of each paper have which verdict. */
struct listing {
    const struct args *args;
    struct published_table table;
    size_t (*counts)[PUBLISHED_VERDICTS];
};

static enum status list_numbers(struct listing *l, enum table_format format, FILE *out, struct error *e)
{
    struct published_table *table = &l->table;
    enum status s = published_table_open(table, format, out, e);
    for (size_t i = 0; i < table->p->n_papers && !s; i++) {
        size_t before[PUBLISHED_VERDICTS];
        memcpy(before, table->counts, sizeof before);
        if (is_asked(l->args, table->p->papers[i].key))
            s = published_table_add(table, &table->p->papers[i], e);
        for (int v = 0; v < PUBLISHED_VERDICTS; v++)
            l->counts[i][v] = table->counts[v] - before[v];
    }
    return table->t ? list_end(table->t, s, e) : s;
}

/* Rows of the figure published: those of the table with all numbers. */
static enum status write_rows(const void *what, FILE *tsv, size_t *rows, struct error *e)
{
    struct listing *l = *(struct listing *const *)what;
    const enum status s = list_numbers(l, TABLE_TSV, tsv, e);
    *rows = l->table.rows;
    return s;
}

static enum status draw(struct listing *l, struct error *e)
{
    static const char name[] = "published";
    const struct args *a = l->args;
    l->table.all = true;
    const enum status s =
        figure_draw_rows(figure_given_find(name), &(struct figure_rows){write_rows, &l}, a->dir, a->width, e);
    if (!s)
        printf("%s/%s.svg\n", a->dir, name);
    return s;
}

/* The table or the figure, then the counts. */
static enum status show(const struct args *a, const struct published *p, struct query *q, size_t *failures,
                        struct error *e)
{
    struct listing l = {.args = a,
                        .table = {.p = p, .q = q, .all = a->all, .present = a->present},
                        .counts = calloc(p->n_papers + 1, sizeof *l.counts)};
    const size_t *all = l.table.counts;
    if (!l.counts)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    const enum status s = a->dir ? draw(&l, e) : list_numbers(&l, a->format, stdout, e);
    if (!s && table_for_people(a->format)) {
        putchar('\n');
        for (size_t i = 0; i < p->n_papers; i++)
            if (is_asked(a, p->papers[i].key))
                print_counts(p->papers[i].key, l.counts[i]);
        print_counts("all", all);
    }
    *failures = all[PUBLISHED_DIFFERS] + all[PUBLISHED_STALE] + all[PUBLISHED_NO_RESULT];
    free(l.counts);
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

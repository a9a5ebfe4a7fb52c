#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "plots/plot.h"

struct figures {
    const struct figure **list;
    size_t n;
};

struct args {
    const char *db, *dir, *study;
    struct figures figures;
    enum figure_width width;
};

static const char *name_at(size_t i)
{
    return figure_at(i)->name;
}

static void add(struct argp_state *state, struct args *a, const char *name)
{
    bool all = !strcmp(name, "all");
    const struct figure *one = figure_find(name);
    size_t more = all ? figure_count() : 1;
    struct error e = {{0}};
    if (!all && !one && figure_given_find(name))
        argp_error(state, "%s draws given rows, not the database: %s", name, figure_given_find(name)->doc);
    if (!all && !one) {
        list_unknown("figure", name, figure_count(), name_at, &e);
        argp_error(state, "%s", e.text);
    }
    struct figures *f = &a->figures;
    f->list = cli_grow(state, f->list, (f->n + more) * sizeof(const struct figure *));
    for (size_t i = 0; i < more; i++)
        f->list[f->n++] = all ? figure_at(i) : one;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        state->child_inputs[1] = &a->study;
        state->child_inputs[2] = &a->width;
        a->dir = cli_in_results("results/figures");
        break;
    case 'o':
        a->dir = arg;
        break;
    case ARGP_KEY_ARG:
        add(state, a, arg);
        break;
    case ARGP_KEY_END:
        if (!a->figures.n && !a->study)
            add(state, a, "all");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0,
     "folder of the figures (default: results/figures where there is a folder results, "
     "else figures)",
     0},
    {0}};
static const struct argp_child children[] = {
    {&cli_db_argp, 0, NULL, 0}, {&cli_study_argp, 0, NULL, 0}, {&cli_width_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "[FIGURE...|all]",
    .doc =
        "Draw figures from the database alone: NAME.svg, NAME.pdf and NAME.png, with NAME.tsv and NAME.gp to "
        "redraw them by gnuplot. With --study those of each study go to DIR/STUDY: the figures that are "
        "named, "
        "or those that its file names.\v"
        "  bitsweep plot\n"
        "  bitsweep plot profiles\n"
        "  bitsweep plot block_size --width single\n"
        "  bitsweep plot --study 'paper-*' -o gallery\n"
        "  bitsweep figures\n"
        "  bitsweep plot all --db study.db -o figures\n"};

/* A figure that fails does not keep the others back; the first failure is told. */
static enum status draw(const struct args *a, const struct figures *f, const char *study, const char *dir,
                        enum status worst, struct error *e)
{
    for (size_t i = 0; i < f->n; i++) {
        enum status s =
            figure_draw(f->list[i], &(struct figure_from){a->db, study}, dir, a->width, worst ? NULL : e);
        if (!s)
            printf("%s/%s.svg\n", dir, f->list[i]->name);
        worst = worst ? worst : s;
    }
    return worst;
}

/* --- of studies --- */

struct wanted {
    char *study;
    struct figures figures;
};
struct wanted_list {
    const struct figures *asked;
    struct wanted *item;
    size_t n;
};

/* A row of v_study_figure: study, figure. */
static enum status take(void *context, const struct table_value *values, struct error *e)
{
    struct wanted_list *l = context;
    if (!l->n || strcmp(l->item[l->n - 1].study, values[0].text) != 0) {
        struct wanted *more = realloc(l->item, (l->n + 1) * sizeof *more);
        if (!more)
            return error_set(e, STATUS_INTERNAL, "out of memory");
        l->item = more;
        struct wanted *w = &more[l->n];
        *w = (struct wanted){.study = strdup(values[0].text)};
        w->figures.list = calloc(figure_count() + l->asked->n, sizeof(const struct figure *));
        l->n++;
        if (!w->study || !w->figures.list)
            return error_set(e, STATUS_INTERNAL, "out of memory");
        for (size_t i = 0; i < l->asked->n; i++)
            w->figures.list[w->figures.n++] = l->asked->list[i];
    }
    struct figures *f = &l->item[l->n - 1].figures;
    const struct figure *one =
        !l->asked->n && values[1].kind == TABLE_STRING ? figure_find(values[1].text) : NULL;
    if (one && f->n < figure_count()) /* an earlier program may have had others */
        f->list[f->n++] = one;
    return STATUS_OK;
}

static enum status read_wanted(const struct args *a, struct wanted_list *l, struct error *e)
{
    struct query *q = NULL;
    enum status s = cli_open_results(a->db, a->study, 0, &q, e);
    if (!s)
        s = query_each(q, "SELECT study, figure FROM v_study_figure", take, l, e);
    query_close(q);
    return s;
}

static enum status draw_studies(const struct args *a, struct error *e)
{
    struct wanted_list l = {.asked = &a->figures};
    enum status s = read_wanted(a, &l, e), worst = s;
    size_t drawn = 0;
    for (size_t i = 0; !s && i < l.n; i++) {
        const struct wanted *w = &l.item[i];
        struct strbuf dir = {0};
        strbuf_printf(&dir, "%s/%s", a->dir, w->study);
        char *path = strbuf_take(&dir);
        if (!path)
            s = worst = error_set(e, STATUS_INTERNAL, "out of memory");
        else if (*w->study == '.' || strchr(w->study, '/'))
            s = worst = error_set(e, STATUS_INVALID, "%s: study '%s': no name for a folder of figures", a->db,
                                  w->study);
        else if (w->figures.n)
            worst = draw(a, &w->figures, w->study, path, worst, e);
        drawn += w->figures.n;
        free(path);
    }
    if (!s && !drawn)
        worst = error_set(e, STATUS_INVALID,
                          "%s: no study that is named %s names a figure; say which (bitsweep figures)", a->db,
                          a->study);
    for (size_t i = 0; i < l.n; i++) {
        free(l.item[i].study);
        free(l.item[i].figures.list);
    }
    free(l.item);
    return worst;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    enum status s = a.study ? draw_studies(&a, e) : draw(&a, &a.figures, NULL, a.dir, STATUS_OK, e);
    free(a.figures.list);
    return s;
}

const struct command command_plot = {"plot", "draw figures from the result database", run, &argp};

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "plots/plot.h"
#include "plots/studies.h"

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

static enum status draw_study(const struct args *a, const struct study *t, enum status worst, struct error *e)
{
    const struct figures f = a->figures.n ? a->figures : (struct figures){t->figures, t->n_figures};
    if (!f.n)
        return worst;
    if (*t->name == '.' || strchr(t->name, '/'))
        return error_set(e, STATUS_INVALID, "%s: study '%s': no name for a folder of figures", a->db,
                         t->name);
    struct strbuf dir = {0};
    strbuf_printf(&dir, "%s/%s", a->dir, t->name);
    char *path = strbuf_take(&dir);
    worst = path ? draw(a, &f, t->name, path, worst, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    free(path);
    return worst;
}

static enum status draw_studies(const struct args *a, struct error *e)
{
    struct query *q = NULL;
    struct studies studies = {0};
    size_t figures = a->figures.n;
    enum status s = cli_open_results(a->db, a->study, 0, &q, e);
    if (!s)
        s = studies_read(q, &studies, e);
    query_close(q);
    for (size_t i = 0; i < studies.n; i++)
        figures += studies.list[i].n_figures;
    if (!s && !figures)
        s = error_set(e, STATUS_INVALID,
                      "%s: no study that is named %s names a figure; say which (bitsweep figures)", a->db,
                      a->study);
    enum status worst = s;
    for (size_t i = 0; !s && i < studies.n; i++)
        worst = draw_study(a, &studies.list[i], worst, e);
    studies_free(&studies);
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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "plots/plot.h"

struct args {
    const char *db, *dir;
    const struct figure **figures;
    size_t n;
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
    const struct figure **list = realloc(a->figures, (a->n + more) * sizeof(const struct figure *));
    if (!list)
        argp_failure(state, status_exit_code(STATUS_INTERNAL), 0, "out of memory");
    a->figures = list;
    for (size_t i = 0; i < more; i++)
        list[a->n++] = all ? figure_at(i) : one;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        a->dir = cli_in_results("results/figures");
        break;
    case 'o':
        a->dir = arg;
        break;
    case 'w':
        a->width = FIGURE_SINGLE +
                   (enum figure_width)cli_choice(state, "--width", arg, figure_width_names, FIGURE_WIDTHS);
        break;
    case ARGP_KEY_ARG:
        add(state, a, arg);
        break;
    case ARGP_KEY_NO_ARGS:
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
    {"width", 'w', "single|double", 0, "3.3 or 7 inches wide (default: as each figure is made)", 0},
    {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "[FIGURE...|all]",
    .doc =
        "Draw figures from the database alone: NAME.svg, NAME.pdf and NAME.png, with NAME.tsv and NAME.gp to "
        "redraw them by gnuplot.\v"
        "  bitsweep plot\n"
        "  bitsweep plot profiles\n"
        "  bitsweep plot block_size --width single\n"
        "  bitsweep figures\n"
        "  bitsweep plot all --db study.db -o figures\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    /* A figure that fails does not keep the others back; the first failure is told. */
    enum status worst = STATUS_OK;
    for (size_t i = 0; i < a.n; i++) {
        enum status s = figure_draw(a.figures[i], a.db, a.dir, a.width, worst ? NULL : e);
        if (!s)
            printf("%s/%s.svg\n", a.dir, a.figures[i]->name);
        worst = worst ? worst : s;
    }
    free(a.figures);
    return worst;
}

const struct command command_plot = {"plot", "draw figures from the result database", run, &argp};

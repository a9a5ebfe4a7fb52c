#include "experiments/cli_study.h"

#include <stdlib.h>
#include <unistd.h>

static void append(const struct argp_state *state, const char ***list, size_t *n, const char *item)
{
    const char **more = realloc(*list, (*n + 1) * sizeof *more);
    if (!more)
        argp_failure(state, status_exit_code(STATUS_INTERNAL), 0, "out of memory");
    *list = more;
    more[(*n)++] = item;
}

static error_t parse_study(int key, char *arg, struct argp_state *state)
{
    struct study_args *a = state->input;
    if (key == 's')
        append(state, &a->sets, &a->n_sets, arg);
    else if (key == ARGP_KEY_ARG)
        append(state, &a->files, &a->n_files, arg);
    else if (key == ARGP_KEY_NO_ARGS)
        argp_error(state, "an experiment file is missing");
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_option study_options[] = {
    {"set", 's', "KEY=VALUE", 0, "override a key of the file, as sweep.grid.block=[16,32]; repeatable", 0},
    {0}};
const struct argp study_argp = {.options = study_options, .parser = parse_study};

void study_free(struct study_args *a)
{
    free(a->files);
    free(a->sets);
}

enum status study_load(const struct study_args *a, size_t i, struct config **out, struct error *e)
{
    return config_load(a->files[i], a->sets, a->n_sets, out, e);
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
    struct run_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->db;
        break;
    case 'j':
        o->jobs = cli_jobs(state, arg);
        break;
    case 'o':
        o->only = arg;
        break;
    case 'F':
        o->force = true;
        break;
    case ARGP_KEY_END:
        if (!o->jobs)
            o->jobs = cli_default_jobs(state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option run_options[] = {
    {"jobs", 'j', "N", 0, "threads (default: $BITSWEEP_JOBS, else the processors available)", 0},
    {"only", 'o', "PATTERN", 0,
     "only cells that match: KEY=GLOB (a scheme key, format or tensor) or a GLOB over scheme texts", 0},
    {"force", 'F', NULL, 0, "compute cells that are already there", 0},
    {0}};
static const struct argp_child db_child[] = {{&cli_db_argp, 0, NULL, 0}, {0}};
static const struct argp run_argp = {.options = run_options, .parser = parse_run, .children = db_child};
const struct argp_child run_args_children[] = {{&study_argp, 0, NULL, 0}, {&run_argp, 0, NULL, 0}, {0}};

error_t run_args_parse(int key, char *arg, struct argp_state *state)
{
    struct run_args *a = state->input;
    (void)arg;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &a->study;
        state->child_inputs[1] = &a->run;
    } else if (key == 'q') {
        a->run.quiet = true;
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

struct run_args run_args_get(const struct argp *argp, const struct cli *cli, int argc, char **argv)
{
    struct run_args a = {.run = {.argv = cli->argv,
                                 .progress = stderr,
                                 .progress_live = isatty(STDERR_FILENO) != 0,
                                 .stop = cli->stop}};
    cli_parse(argp, argc, argv, &a);
    cli_catch_signals();
    return a;
}

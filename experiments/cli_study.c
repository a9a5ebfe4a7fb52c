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

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct study_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        a->jobs = cli_default_jobs(state);
        break;
    case 'j':
        a->jobs = cli_jobs(state, arg);
        break;
    case 's':
        append(state, &a->sets, &a->n_sets, arg);
        break;
    case 'o':
        a->only = arg;
        break;
    case 'F':
        a->force = true;
        break;
    case 'q':
        a->quiet = true;
        break;
    case ARGP_KEY_ARG:
        append(state, &a->files, &a->n_files, arg);
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "an experiment file is missing");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"jobs", 'j', "N", 0, "threads (default: $BITSWEEP_JOBS, else the processors available)", 0},
    {"set", 's', "KEY=VALUE", 0, "override a key of the file, as sweep.grid.block=[16,32]; repeatable", 0},
    {"only", 'o', "PATTERN", 0,
     "only cells that match: KEY=GLOB (a scheme key, format or tensor) or a GLOB over scheme texts", 0},
    {"force", 'F', NULL, 0, "compute cells that are already there", 0},
    {"quiet", 'q', NULL, 0, "no progress", 0},
    {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {0}};
const struct argp study_argp = {.options = options, .parser = parse, .children = children};

void study_free(struct study_args *a)
{
    free(a->files);
    free(a->sets);
}

struct run_options study_options(const struct study_args *a, const struct cli *cli)
{
    return (struct run_options){.db = a->db,
                                .jobs = a->jobs,
                                .only = a->only,
                                .force = a->force,
                                .quiet = a->quiet,
                                .argv = cli->argv,
                                .progress = stderr,
                                .progress_live = isatty(STDERR_FILENO) != 0,
                                .stop = cli->stop};
}

enum status study_load(const struct study_args *a, size_t i, struct config **out, struct error *e)
{
    return config_load(a->files[i], a->sets, a->n_sets, out, e);
}

#include "experiments/cli_study.h"

#include <stdlib.h>
#include <string.h>

#include "experiments/terminal.h"
#include "sim/base/strbuf.h"

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

enum status study_args_load(const struct study_args *a, size_t i, struct config **out, struct error *e)
{
    return config_load(a->files[i], a->sets, a->n_sets, out, e);
}

/* KEY or KEY=VALUE. */
static void add_tag(struct argp_state *state, struct run_args *a, char *text)
{
    char *equals = strchr(text, '=');
    if (equals)
        *equals = '\0';
    if (!*text || !strcmp(text, "shard") || !strcmp(text, "partial") || !strcmp(text, "tensors"))
        argp_error(
            state,
            "--tag: '%s' is no name for a label (shard, partial and tensors are said by the run itself)",
            text);
    if (!str_is_utf8(text) || (equals && !str_is_utf8(equals + 1)))
        argp_error(state, "--tag %s: the label is not UTF-8", text);
    struct store_tag *more = realloc(a->tags, (a->run.n_tags + 1) * sizeof *more);
    if (!more)
        argp_failure(state, status_exit_code(STATUS_INTERNAL), 0, "out of memory");
    a->run.tags = a->tags = more;
    more[a->run.n_tags++] = (struct store_tag){text, equals ? equals + 1 : ""};
}

/* The part that was said, or that a launcher gave; its database. */
static void take_shard(struct argp_state *state, struct run_args *a)
{
    struct error e = {{0}};
    struct shard *s = &a->run.shard;
    if (a->shard ? shard_parse(a->shard, s, &e) : shard_from_environment(s, &e))
        argp_error(state, "%s%s", a->shard ? "--shard: " : "", e.text);
    if (s->n > 1 && store_check_name(a->run.db, &e))
        argp_error(state, "--db: %s", e.text);
    if (s->n > 1 && !(a->shard_db = shard_database(s, a->run.db)))
        argp_failure(state, status_exit_code(STATUS_INTERNAL), 0, "out of memory");
    if (a->shard_db)
        a->run.db = a->shard_db;
}

enum { OPT_SHARD = 256, OPT_LIMIT, OPT_RETRY };

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
    struct run_args *a = state->input;
    struct run_options *o = &a->run;
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
    case 't':
        add_tag(state, a, arg);
        break;
    case OPT_SHARD:
        a->shard = arg;
        break;
    case OPT_LIMIT:
        o->limit = cli_count(state, "--limit", arg, RUN_MAX_CELLS);
        if (!o->limit)
            argp_error(state, "--limit: 0 cells");
        break;
    case OPT_RETRY:
        o->retry = true;
        break;
    case ARGP_KEY_END:
        if (!o->jobs)
            o->jobs = cli_default_jobs(state);
        break;
    case ARGP_KEY_SUCCESS:
        take_shard(state, a);
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
    {"retry-failed", OPT_RETRY, NULL, 0, "compute again what failed or was skipped before", 0},
    {"limit", OPT_LIMIT, "N", 0, "compute at most N cells of each file; the run is labelled partial", 0},
    {"shard", OPT_SHARD, "I/N", 0,
     "compute part I of N, 0 <= I < N, into a database of its own, NAME.I-of-N.db; /N takes I from the "
     "launcher "
     "(Slurm array, MPI, GNU parallel). Default: what a Slurm array or an MPI launcher says, else all",
     0},
    {"tag", 't', "KEY[=VALUE]", 0, "a label for the run, in the table run_tag; repeatable", 0},
    {0}};
static const struct argp_child db_child[] = {{&cli_db_argp, 0, NULL, 0}, {0}};
const struct argp run_argp = {.options = run_options, .parser = parse_run, .children = db_child};
const struct argp_child run_args_children[] = {{&study_argp, 0, NULL, 0}, {&run_argp, 0, NULL, 0}, {0}};

error_t run_args_parse(int key, char *arg, struct argp_state *state)
{
    struct run_args *a = state->input;
    (void)arg;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &a->study;
        state->child_inputs[1] = a;
    } else if (key == 'q') {
        a->run.quiet = true;
    } else if (key == 'v') {
        a->run.verbose = true;
    } else if (key == ARGP_KEY_END) {
        if (a->run.quiet && a->run.verbose)
            argp_error(state, "--quiet and --verbose: one of them");
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void run_args_free(struct run_args *a)
{
    study_free(&a->study);
    free(a->tags);
    free(a->shard_db);
}

struct run_args run_args_get(const struct argp *argp, const struct cli *cli, int argc, char **argv)
{
    struct run_args a = {.run = {.argv = cli->argv,
                                 .progress = stderr,
                                 .progress_live = terminal_rewrites(stderr),
                                 .stop = cli->stop}};
    cli_parse(argp, argc, argv, &a);
    cli_catch_signals();
    return a;
}

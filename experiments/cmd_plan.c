#include <stdio.h>

#include "experiments/cli_study.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp_child children[] = {{&study_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = parse,
    .children = children,
    .args_doc = "FILE...",
    .doc = "Show what a run would do: cells, how many are in the database already, memory, time.\v"
           "The time is measured on a few of the cells.\n\n"
           "  bitsweep plan experiments/quickstart.yaml\n"
           "  bitsweep plan study.yaml --set 'sweep.grid.block=[32]' --only format=e2m1\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct study_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    cli_catch_signals();
    struct run_options o = study_options(&a, cli);
    enum status s = STATUS_OK;
    for (size_t i = 0; i < a.n_files && !s; i++) {
        struct config *c = NULL;
        struct run_summary summary;
        s = study_load(&a, i, &c, e);
        if (!s)
            s = plan_show(c, &o, stdout, &summary, e);
        config_free(c);
    }
    study_free(&a);
    return s;
}

const struct command command_plan = {"plan", "show what a run would do", run};

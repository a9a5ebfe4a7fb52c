#include <stdio.h>

#include "experiments/cli_study.h"

static const struct argp argp = {
    .parser = run_args_parse,
    .children = run_args_children,
    .args_doc = "FILE...",
    .doc = "Show what a run would do: cells, how many are in the database already, memory, time.\v"
           "The time is measured on some cells, in a few seconds, or known from the database.\n\n"
           "  bitsweep plan experiments/quickstart.yaml\n"
           "  bitsweep plan study.yaml --set 'sweep.grid.block=[32]' --only format=e2m1\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct run_args a = run_args_get(&argp, cli, argc, argv);
    enum status s = STATUS_OK;
    for (size_t i = 0; i < a.study.n_files && !s; i++) {
        struct config *c = NULL;
        struct run_summary summary;
        s = study_args_load(&a.study, i, &c, e);
        if (!s)
            s = plan_show(c, &a.run, stdout, &summary, e);
        config_free(c);
    }
    run_args_free(&a);
    return s;
}

const struct command command_plan = {"plan", "show what a run would do", run, &argp};

/* The arguments that run, plan and validate share. */
#ifndef EXPERIMENTS_CLI_STUDY_H
#define EXPERIMENTS_CLI_STUDY_H

#include "experiments/cli.h"
#include "experiments/run.h"

struct study_args {
    const char **files, **sets; /* n_files, n_sets of them, in argv's strings; freed by study_free */
    size_t n_files, n_sets;
    const char *db, *only;
    int jobs;
    bool force, quiet;
};

/* For .children of a sub-command's argp; the input is a struct study_args. */
extern const struct argp study_argp;
void study_free(struct study_args *a);
struct run_options study_options(const struct study_args *a, const struct cli *cli);
/* Loads file i with the --set overrides. */
enum status study_load(const struct study_args *a, size_t i, struct config **out, struct error *e) MUST_CHECK;

#endif

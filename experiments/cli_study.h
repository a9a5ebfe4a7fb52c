/* The arguments that run, plan and validate share. */
#ifndef EXPERIMENTS_CLI_STUDY_H
#define EXPERIMENTS_CLI_STUDY_H

#include "experiments/cli.h"
#include "experiments/run.h"

struct study_args {
    const char **files, **sets; /* n_files, n_sets of them, in argv's strings; freed by study_free */
    size_t n_files, n_sets;
};

/* FILE... and --set, for .children of a sub-command's argp; the input is a struct study_args. */
extern const struct argp study_argp;
void study_free(struct study_args *a);
/* Loads file i with the --set overrides. */
enum status study_args_load(const struct study_args *a, size_t i, struct config **out,
                            struct error *e) MUST_CHECK;

/* The same with --db, --jobs, --only, --force and what divides a study, for sub-commands that look at cells.
 */
struct run_args {
    struct study_args study;
    struct run_options run;
    enum table_format format; /* of the results of a run */
    const char *shard;        /* as said */
    char *shard_db;
    struct store_tag *tags; /* values in argv's strings */
};
void run_args_free(struct run_args *a);

/* Parser (of --quiet and --verbose too) and children of a sub-command's argp, which run_args_get parses. */
error_t run_args_parse(int key, char *arg, struct argp_state *state);
extern const struct argp run_argp; /* the input is a struct run_args */
extern const struct argp_child run_args_children[];
struct run_args run_args_get(const struct argp *argp, const struct cli *cli, int argc, char **argv);

#endif

/* The command line: sub-commands over library calls. A sub-command is a descriptor in its own file and a line
 * in experiments/commands.def; it parses its arguments with argp (which answers --help, --usage, --version
 * and wrong usage itself) and returns a status. */
#ifndef EXPERIMENTS_CLI_H
#define EXPERIMENTS_CLI_H

#include <argp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "plots/plot.h"
#include "results/query.h"
#include "sim/base/status.h"
#include "sim/base/strbuf.h"

struct cli {
    const char *argv;       /* the whole command line, for the record */
    const atomic_int *stop; /* becomes nonzero on Ctrl-C, after cli_catch_signals */
};

struct command {
    const char *name, *doc;
    enum status (*run)(const struct cli *cli, int argc, char **argv, struct error *e);
    const struct argp *argp; /* of which --help, manual and completion are made */
};

/* Those that people are told of; command_find knows those for other programs too. */
size_t command_count(void);
const struct command *command_at(size_t i);
const struct command *command_find(const char *name);
/* A line for each of those people are told of: its name and what it does. */
void command_list(struct strbuf *out);

/* For sub-commands about another one: the parser of [COMMAND], and what it found, NULL where nothing is said.
 * STATUS_USAGE where it is no command. */
error_t command_parse(int key, char *arg, struct argp_state *state);
enum status command_argument(const struct argp *argp, int argc, char **argv, const struct command **out,
                             struct error *e) MUST_CHECK;

/* The options and words before a sub-command. */
extern const struct argp cli_argp;
/* Runs the program; returns the exit code. main.c calls it and nothing else. */
int cli_main(int argc, char **argv);

/* From now on the first SIGINT or SIGTERM sets cli->stop, the second ends the program at once. */
void cli_catch_signals(void);

/* Parses the arguments of a sub-command; argv[0] is its name. */
void cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/* Prints a text and frees it; output that does not arrive is seen at the end of the program. */
enum status cli_print(struct strbuf *text, struct error *e) MUST_CHECK;
/* A whole number 0..max, or wrong usage. */
uint64_t cli_count(const struct argp_state *state, const char *option, const char *text, uint64_t max);
/* A finite number, or wrong usage. */
double cli_number(const struct argp_state *state, const char *option, const char *text);
/* Wrong usage: `text` is none of n names. */
void cli_unknown(const struct argp_state *state, const char *option, const char *text,
                 const char *const *names, size_t n);
/* The place of `text` among n names, or wrong usage. */
size_t cli_choice(const struct argp_state *state, const char *option, const char *text,
                  const char *const *names, size_t n);
/* What a repeatable option was given; items are freed by the caller. */
struct cli_list {
    const char **items;
    size_t n;
};
void cli_append(const struct argp_state *state, struct cli_list *list, const char *item);
/* realloc that ends the program when there is no memory. */
void *cli_grow(const struct argp_state *state, void *old, size_t bytes);
/* Adds text to a help that argp would wrap at column 0: lines of less than 79 columns, those after the first
 * indented; the first starts at column `indent` too. Ends the line. */
void cli_wrap(struct strbuf *b, size_t indent, const char *text);
/* The value of an environment variable; NULL if unset or empty. */
const char *cli_environment(const char *name);

/* Children for the options that many sub-commands share, with what their input points to. */
extern const struct argp cli_db_argp;     /* --db: const char * */
extern const struct argp cli_format_argp; /* --format: enum table_format */
extern const struct argp cli_quiet_argp;  /* --quiet: bool */
extern const struct argp cli_study_argp;  /* --study: const char *, a glob; NULL: not said */
extern const struct argp cli_width_argp;  /* --width, of figures: enum figure_width */
/* Takes the one query of a command line. */
void cli_take_query(const struct argp_state *state, const char **sql, const char *arg);
/* Opens a database for queries about the studies that a glob takes, or all (NULL). */
enum status cli_open_results(const char *db, const char *study, double seconds, struct query **out,
                             struct error *e) MUST_CHECK;
/* Whether two paths, of which either may be NULL, lead to one file, which need not be there yet. */
bool cli_same_file(const char *a, const char *b);
/* STATUS_USAGE where the file that `option` writes is the file `in`, which is read; either may be NULL or not
 * be there. */
enum status cli_keep_input(const char *option, const char *out, const char *in, struct error *e) MUST_CHECK;
/* Of "results/NAME" the whole where there is a folder results, else NAME. */
const char *cli_in_results(const char *path);
/* BITSWEEP_DB, else results/bitsweep.db where there is a folder results, else bitsweep.db. */
const char *cli_default_db(void);
/* BITSWEEP_JOBS (wrong usage if it is no number of 1..CLI_MAX_JOBS), else the processors available. Not for
 * ARGP_KEY_INIT, when argp does not know the name of the program yet. */
#define CLI_MAX_JOBS 4096
int cli_default_jobs(const struct argp_state *state);
/* --jobs. */
int cli_jobs(const struct argp_state *state, const char *text);

#endif

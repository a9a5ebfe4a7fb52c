/* Sub-commands that list a registry: LIST [NAME] [--format F]. */
#ifndef EXPERIMENTS_CLI_LIST_H
#define EXPERIMENTS_CLI_LIST_H

#include "experiments/cli.h"
#include "results/table.h"
#include "sim/arg.h"

struct list_args {
    const char *name;
    enum table_format format;
};

/* For a sub-command's argp; the input is a struct list_args. */
error_t list_parse(int key, char *arg, struct argp_state *state);
extern const struct argp_child list_children[];

#define LIST_MAX_COLUMNS 16
#define LIST_SCRATCH     1024

struct list {
    const char *what; /* "metric", for messages */
    const char *const *columns;
    size_t n_columns;
    size_t (*count)(void);
    const char *(*name_at)(size_t i);
    void (*row)(size_t i, struct table_value *out,
                char *scratch); /* n_columns values; scratch: LIST_SCRATCH bytes for texts */
};

/* Prints all rows, or the one of a->name as property and value. An unknown name is STATUS_USAGE. */
enum status list_show(const struct list *l, const struct list_args *a, struct error *e) MUST_CHECK;
/* Messages for an unknown name. */
enum status list_unknown(const char *what, const char *name, size_t count, const char *(*name_at)(size_t i),
                         struct error *e);

/* One row of two texts: a property and its value. */
enum status list_pair(struct table *t, const char *name, const char *value, struct error *e) MUST_CHECK;

/* The names of keys, or "-", into a list's scratch; one row of a key and what it takes. */
void list_keys(const struct arg_key *keys, size_t n, char *scratch);
enum status list_key(struct table *t, const struct arg_key *k, struct error *e) MUST_CHECK;

/* Closes the table, or gives it up if s is a failure; returns the first failure. */
enum status list_end(struct table *t, enum status s, struct error *e) MUST_CHECK;

#endif

/* The cells of a configuration: which are there already, which are to do. */
#ifndef EXPERIMENTS_PLAN_H
#define EXPERIMENTS_PLAN_H

#include "experiments/config.h"
#include "experiments/run.h"
#include "results/store.h"
#include "sim/base/hash.h"
#include "sim/pipeline.h"

struct plan_subject {
    struct dump *dump; /* of the plan */
    size_t tensor;     /* its place in the dump */
    const char *path;
    struct subject facts; /* view, n and hash; x stays NULL until a run loads it elsewhere */
    size_t todo;          /* cells to do */
};

struct plan_cell {
    size_t subject, scheme;
    char key[HASH_HEX_SIZE];
};

struct plan {
    const struct config *config;
    struct dump **dumps; /* one for each input */
    struct plan_subject *subjects;
    size_t n_subjects;
    struct plan_cell *todo, *cached; /* subject-major, schemes in order of the configuration */
    size_t n_todo, n_cached;
    struct plan_cell *twins; /* same key as a cell of todo: equal tensors under two names */
    size_t n_twins;
    size_t n_schemes;  /* that `only` leaves to at least one subject */
    uint64_t elements; /* of todo */
};

/* First step: opens the dumps and hashes the selected tensors. A plan that failed may be freed too. */
enum status plan_subjects(const struct config *c, const struct run_options *o, struct plan *p,
                          struct error *e) MUST_CHECK;
/* Second step: asks the store (NULL: nothing is there) for each cell. */
enum status plan_cells(struct plan *p, const struct run_options *o, struct store *store,
                       struct error *e) MUST_CHECK;
void plan_free(struct plan *p);
/* What pipeline_cell gets, with the given subject. */
struct cell_request plan_request(const struct plan *p, const struct plan_cell *cell,
                                 const struct subject *subject);
/* Bytes that a run of the plan holds at most for subjects and scratch. */
size_t plan_peak_bytes(const struct plan *p, int jobs);

/* run_options.only. */
struct only {
    const char *glob; /* NULL: everything */
    char key[32];     /* "" : a glob over labels; else "tensor", "format" or a scheme key */
};
enum status only_parse(const char *text, struct only *out, struct error *e) MUST_CHECK;
bool only_matches(const struct only *o, const char *tensor, const struct config_scheme *scheme);

#endif

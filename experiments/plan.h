/* The cells of a configuration: which are there already, which are to do. */
#ifndef EXPERIMENTS_PLAN_H
#define EXPERIMENTS_PLAN_H

#include "experiments/config.h"
#include "experiments/run.h"
#include "experiments/sites.h"
#include "results/store.h"
#include "sim/base/hash.h"
#include "sim/base/strbuf.h"
#include "sim/pipeline.h"

/* run_options.only. */
struct only {
    const char *glob; /* NULL: everything */
    char key[32];     /* "" : a glob over labels; else "tensor", "format" or a scheme key */
};
enum status only_parse(const char *text, struct only *out, struct error *e) MUST_CHECK;
/* "; did you mean 'X?'" where nothing of the plan matches, or "". */
struct plan;
const char *only_hint(const struct only *o, const struct plan *p, char out[static STR_HINT_SIZE]);
bool only_matches(const struct only *o, const char *tensor, const struct config_scheme *scheme);

struct plan_subject {
    struct dump *dump; /* of the plan; NULL of analyses, whose only subject is empty */
    struct site_place place;
    const char *path;     /* of the plan, or "" */
    struct subject facts; /* view, n and hash; x stays NULL until a run loads it elsewhere */
    size_t todo;          /* cells to do */
    bool used;            /* `only` leaves cells to it */
};

struct plan_cell {
    size_t subject, scheme;
    char key[HASH_HEX_SIZE];
    size_t twins; /* further cells with this key: equal tensors under other names */
};

struct plan {
    const struct config *config;
    struct only only;
    struct dump **dumps; /* one for each input */
    char **paths;        /* their real paths: the same dump is the same, from wherever it is named */
    struct plan_subject *subjects;
    size_t n_subjects;
    struct plan_cell *todo, *cached; /* subject-major, schemes in order of the configuration */
    size_t n_todo, n_cached;
    size_t n_failed, n_skipped; /* of those that are cached, which are recorded so */
    size_t n_beyond;            /* cells to do beyond the limit, twins too */
    size_t n_twins;             /* of the cells to do */
    size_t n_used, n_schemes;   /* subjects and schemes that `only` leaves cells to */
    uint64_t elements;          /* of todo */
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
/* What the plan knows of a run with so many jobs. */
struct run_summary plan_summary(const struct plan *p, int jobs);

#endif

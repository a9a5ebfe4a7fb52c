/* The studies of a database and the figures that their files name. */
#ifndef PLOTS_STUDIES_H
#define PLOTS_STUDIES_H

#include <stdbool.h>

#include "plots/plot.h"
#include "results/query.h"

struct study {
    char *name, *doc;              /* doc: NULL if it has none */
    const struct figure **figures; /* that its file names, as far as this program knows them */
    size_t n_figures;
    bool said; /* whether the file names any, or says none */
};

struct studies {
    struct study *list; /* by name */
    size_t n;
};

/* Those that q is about (results/query.h), each as its last run had it. studies_free in any case. */
enum status studies_read(struct query *q, struct studies *out, struct error *e) MUST_CHECK;
void studies_free(struct studies *s);

#endif

/* The sites of a dump: linear layers of which it holds the input and the weight. */
#ifndef EXPERIMENTS_SITES_H
#define EXPERIMENTS_SITES_H

#include "sim/dump/dump.h"

/* A weight NAME.weight of two axes, and the input that the metadata name for it ("site.NAME"), or else
 * NAME.input. */
struct site_place {
    char *name;
    size_t input, weight; /* tensors of the dump */
};

/* All of them, in order of their weights. sites_free in any case. */
enum status sites_find(const struct dump *d, struct site_place **out, size_t *n, struct error *e) MUST_CHECK;
void sites_free(struct site_place *sites, size_t n);

#endif

/* Who computes: build and host, for the record and for --version. */
#ifndef EXPERIMENTS_PROVENANCE_H
#define EXPERIMENTS_PROVENANCE_H

#include <stdbool.h>

#include "results/store.h"

/* Made by the Makefile when the program was built. */
struct build_info {
    const char *version, *git_commit, *compiler;
    const char *libs; /* JSON object: library -> version that was built against */
    bool dirty;
};
extern const struct build_info build_info;

/* Texts that the host tells; provenance_get points into it. */
struct host_info {
    char hostname[256], cpu[256], os[256];
};
struct store_provenance provenance_get(struct host_info *host);

#endif

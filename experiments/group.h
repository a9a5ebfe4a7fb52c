/* Cells of one subject that workers compute together, part by part of the subject. */
#ifndef EXPERIMENTS_GROUP_H
#define EXPERIMENTS_GROUP_H

#include <pthread.h>

#include "experiments/rows.h"
#include "experiments/subjects.h"

/* Shared by the groups of a run. Zero-initialise, set what is the caller's, then groups_open. */
struct groups {
    const struct plan *plan;
    struct subjects *subjects;
    const atomic_int *stop;
    size_t ahead; /* parts that may have ended while an earlier one of their group is under way */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t waiting; /* cells of groups that are over and not taken */
};

struct group_work;

struct group {
    const size_t *cells; /* n places in plan->todo, all of one subject */
    size_t n, parts;
    enum { GROUP_NEW, GROUP_OPENING, GROUP_OPEN, GROUP_OVER } state;
    /* when it is over: STATUS_OK, and n outcomes; or why nothing came of it (no text without memory) */
    enum status status;
    char *why;
    struct outcome **outcomes;
    struct group_work *work;
};

void groups_open(struct groups *all);
void groups_close(struct groups *all);

/* Computes a part, on any thread; called once for each part, begun in order of the parts. True for the call
 * with which the group is over: the group is the writer's then, who takes it with group_take. No group
 * is begun while many cells wait for the writer. */
bool group_part(struct groups *all, struct group *g, size_t part);
/* The writer has taken what the group came to: others may go on. */
void group_take(struct groups *all, struct group *g);
/* When no part is under way. */
void group_free(struct group *g);

#endif

/* The subjects of a plan in memory: loaded when their first cell starts, freed when their last one ends. */
#ifndef EXPERIMENTS_SUBJECTS_H
#define EXPERIMENTS_SUBJECTS_H

#include "experiments/plan.h"

struct subjects;

struct subjects *subjects_open(const struct plan *p); /* NULL when out of memory */
void subjects_close(struct subjects *s);
/* Subject i, loaded by the first who asks; the others wait. Called once for each group of cells to do, from
 * any thread; each call is followed by subjects_release, failed ones too, which says how many cells are done
 * with it. */
enum status subjects_acquire(struct subjects *s, size_t i, const struct subject **out,
                             struct error *e) MUST_CHECK;
void subjects_release(struct subjects *s, size_t i, size_t cells);
/* The largest number of subjects that were in memory at a time. */
size_t subjects_peak(const struct subjects *s);

#endif

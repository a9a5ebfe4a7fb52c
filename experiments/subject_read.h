/* Subjects from dumps. STATUS_IO if the dump has changed: what a subject leaves in its file is to be checked
 * again (dump_check) once it has been read. */
#ifndef EXPERIMENTS_SUBJECT_READ_H
#define EXPERIMENTS_SUBJECT_READ_H

#include "experiments/sites.h"
#include "sim/dump/dump.h"
#include "sim/pipeline.h"

/* Tensor i of the dump, with the sensitivities that the dump holds for it. */
enum status subject_read(struct dump *d, size_t i, struct subject *out, struct error *e) MUST_CHECK;
/* The same with all elements in memory. */
enum status subject_read_held(struct dump *d, size_t i, struct subject *out, struct error *e) MUST_CHECK;
/* The subject of a site, whose name must live as long. */
enum status subject_read_site(struct dump *d, const struct site_place *p, struct subject *out,
                              struct error *e) MUST_CHECK;
/* The same without elements and sensitivities, facts empty and all else as subject_read_site has it. *out may
 * be freed in any case. */
enum status subject_facts(struct dump *d, const struct site_place *p, struct subject *out,
                          struct error *e) MUST_CHECK;

#endif

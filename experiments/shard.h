/* A part of a study that one of several machines computes. */
#ifndef EXPERIMENTS_SHARD_H
#define EXPERIMENTS_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/hash.h"
#include "sim/base/status.h"

#define SHARDS_MAX 1000000

/* Part i of n, 0 <= i < n; all of it where n is 0 or 1. */
struct shard {
    uint32_t i, n;
};

/* "I/N", or "/N": I is the rank that a launcher gave (the sequence number of GNU parallel, the task of a
 * Slurm array, the rank of an MPI launcher). STATUS_INVALID. */
enum status shard_parse(const char *text, struct shard *out, struct error *e) MUST_CHECK;

/* What launchers that tell both a rank and how many there are say: a Slurm array (SLURM_ARRAY_TASK_ID, _MIN,
 * _STEP, _COUNT), and inside of it or alone the ranks of Open MPI (OMPI_COMM_WORLD_RANK, _SIZE), of PMI
 * (PMI_RANK, PMI_SIZE) or of srun (SLURM_PROCID, SLURM_STEP_NUM_TASKS). {0, 1} where none does.
 * STATUS_INVALID where they say what cannot be. */
enum status shard_from_environment(struct shard *out, struct error *e) MUST_CHECK;

/* Whether a cell belongs to it: by its key, so that it does not depend on order, files or machine. */
bool shard_has(const struct shard *s, const char key[static HASH_HEX_SIZE]);

/* The database of a shard: DIR/NAME.I-of-N.EXT for DIR/NAME.EXT. The caller frees it; NULL without memory. */
char *shard_database(const struct shard *s, const char *db);

#endif

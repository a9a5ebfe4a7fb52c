/* The small Llama-style transformer that records the bundled dump: byte-level, RMSNorm, rotary attention,
 * SwiGLU, trained by this program from a fixed seed. */
#ifndef SIM_MODEL_MODEL_H
#define SIM_MODEL_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/status.h"

#define RECORD_SEED 1 /* of the bundled dump */

struct record_options {
    const char *out_dir;  /* receives tinylm.safetensors and tinylm.json; created if missing */
    const char *text_dir; /* "/usr/share/common-licenses" */
    /* A dump recorded here, or NULL: take its weights, seed and steps, do not train. */
    const char *weights;
    uint64_t seed;
    int steps;              /* training steps; 0 = the default of the bundled dump */
    int jobs;               /* less than 1 means 1 */
    FILE *progress;         /* may be NULL */
    bool progress_live;     /* rewrite one line instead of writing many */
    const atomic_int *stop; /* may be NULL */
};

/* Trains (unless weights are given) on some of the texts, measures bits per byte on the others beside a
 * 3-gram model, and records a window of the longest of those. Same seed, texts and steps give the same bytes
 * for any jobs and instruction set; recording again from a dump's weights gives that dump. Each file is
 * replaced whole, the dump before the manifest, and neither if anything before failed. STATUS_INVALID
 * (steps), STATUS_MISSING (no texts, too short ones, weights unusable or trained on other texts), STATUS_IO,
 * STATUS_INTERRUPTED, STATUS_INTERNAL. */
enum status model_record(const struct record_options *o, struct error *e) MUST_CHECK;

#endif

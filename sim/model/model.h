/* The small Llama-style transformer that records the bundled dump: byte-level, RMSNorm, rotary attention,
 * SwiGLU, trained by this program from a fixed seed. */
#ifndef SIM_MODEL_MODEL_H
#define SIM_MODEL_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/status.h"

struct record_options {
    const char *out_dir;  /* receives tinylm.safetensors and tinylm.json */
    const char *text_dir; /* "/usr/share/common-licenses" */
    const char *weights;  /* if not NULL, record from these weights and do not train */
    uint64_t seed;
    int steps; /* training steps; 0 = the default of the bundled dump */
    int jobs;
    FILE *progress;
    bool progress_live;
    const atomic_int *stop;
};

/* Trains (unless weights are given) and records. Same seed, texts and steps give the same bytes for any jobs.
 */
enum status model_record(const struct record_options *o, struct error *e) MUST_CHECK;

#endif

/* The parts of model_record: which tensors are recorded under which names, the weights, the manifest. */
#ifndef SIM_MODEL_RECORD_H
#define SIM_MODEL_RECORD_H

#include "sim/model/model.h"
#include "sim/model/train.h"
#include "sim/tensor.h"

#define RECORD_DUMP     "tinylm.safetensors"
#define RECORD_MANIFEST "tinylm.json"

enum { RECORD_TOKENS = 96 }; /* of the recorded window: the multiple of 32 that leaves the dump below 8 MB */

/* The bundled network: 1,017,216 parameters. hidden = 3 dim, a multiple of every usual block size. */
extern const struct net_config record_net;
/* Its training; steps is the default of record_options.steps. */
extern const struct train_config record_train;

/* One tensor of the dump; view.name is `name`. */
struct recorded {
    struct tensor_view view;
    const char *role; /* "weight", "input", ... for the manifest */
    char name[48];
};

struct recording {
    struct recorded *item;
    size_t n, capacity;
    bool failed; /* out of memory */
};

/* Lists the weights (BF16, the layout of net_param_at), the bytes of the window and what net_forward left in
 * s. The views point into bf16, tokens and s. */
void recording_fill(struct recording *r, const struct net_config *c, const uint16_t *bf16,
                    const uint8_t *tokens, const struct net_state_f32 *s);
void recording_free(struct recording *r);
/* Name of a parameter tensor: "layers.0.attn.q.weight". */
void record_param_name(const struct net_param *p, char name[static 48]);
/* For the linears whose input is recorded under another name than NAME.input: NAME and that name in
 * site[0] and site[1]. False when there are no more. */
bool record_site(const struct net_config *c, size_t i, char site[2][48]);

/* What is known about weights and where they came from; stored in the dump's metadata, so that recording
 * again from a dump gives the same dump and manifest. */
struct record_facts {
    uint64_t seed;
    int steps;
    char train_bits[32];              /* bits per byte at the end of training, as text */
    char texts_sha256[HASH_HEX_SIZE]; /* of names, digests and split of the texts */
};

/* Reads weights and facts from a dump. STATUS_MISSING if a tensor is missing or has another shape, or the
 * weights were trained on other texts than facts->texts_sha256 (set by the caller) says. */
enum status record_read_weights(const char *path, const struct net_config *c, float *params,
                                struct record_facts *facts, struct error *e) MUST_CHECK;

/* Everything the manifest says. */
struct manifest {
    const struct record_facts *facts;
    const struct net_config *net;
    const struct train_config *train;
    const struct texts *texts;
    const char *text_dir;
    const double *net_bits, *ngram_bits; /* by text, of the held-out ones */
    const struct text *window_text;
    size_t window_first; /* byte of that text */
    const struct recording *recording;
    const char *dump_path;
};

enum status manifest_write(const char *path, const struct manifest *m, struct error *e) MUST_CHECK;

#endif

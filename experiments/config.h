/* Experiment files: YAML -> struct config. Strict: unknown, duplicate, ineffective or mistyped keys, cyclic
 * aliases, oversized files are errors with file:line:column, what was found and what is allowed. */
#ifndef EXPERIMENTS_CONFIG_H
#define EXPERIMENTS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/choice.h"
#include "plots/plot.h"
#include "sim/analysis/analysis.h"
#include "sim/base/status.h"
#include "sim/cost/cost.h"
#include "sim/dump/dump.h"
#include "sim/dump/synth.h"
#include "sim/method.h"
#include "sim/metric/metric.h"
#include "sim/pipeline.h"
#include "sim/spec.h"

#define CONFIG_MAX_SCHEMES 100000 /* of one file, before duplicates are dropped */

/* A glob over tensor names, or another pattern, and where it stands ("FILE:LINE:COLUMN"). */
struct config_pattern {
    char *glob, *where;
};
struct config_patterns {
    struct config_pattern *item;
    size_t n;
};

/* The rotary embedding that recorded queries lack: `none` or its base. */
struct config_rotary {
    bool given;
    double base; /* 0: none */
};
/* Reads "none" or a finite number above 1; false for anything else. */
bool config_rotary_parse(const char *text, struct config_rotary *out);

/* What is measured. */
enum config_op {
    OP_QUANTIZE,  /* tensors under a scheme */
    OP_MATMUL,    /* sites: the output of input x weight, each under a scheme, by a mac_spec */
    OP_ATTENTION, /* the output of attention, queries, keys, probabilities and values each under a scheme */
    OP_ANALYSIS,  /* no tensor: quantities that analyses give */
    OPS
};
extern const char *const config_op_names[OPS];

/* The tensors of sites by their names: of one part a glob, of the others names whose stars stand for what
 * those of the glob match. */
#define CONFIG_SITE_PARTS 4
struct config_sites {
    struct config_pattern part[CONFIG_SITE_PARTS]; /* input, weight; queries, keys, values, and a weight whose
                                              product with the queries they are, or a glob of NULL */
};
/* What a part is called in `sites` of an input; NULL behind the last one. */
const char *config_site_part(enum config_op op, size_t part);
/* The part with the glob: the weight, the queries. */
size_t config_site_lead(enum config_op op);

/* A synthetic input: one tensor, or the two of a site (input, weight). */
#define CONFIG_SYNTH_MAX 2
struct config_synth {
    struct synth_tensor tensor[CONFIG_SYNTH_MAX]; /* names are owned */
    size_t n;                                     /* 0: the input is recorded */
};

struct config_input {
    struct config_synth synth; /* with it, `dump` and `written` are SYNTH_PATH and what follows is empty */
    char *dump; /* the path to open: relative ones are looked up in the experiment file's folder, those given
                   by --set in the current one */
    char *written, *where;                  /* the path as written, and where */
    char *manifest, *manifest_written;      /* likewise, of hint.manifest; NULL: not given */
    struct config_patterns choice[CHOICES]; /* a tensor is taken if one of each that is not empty takes it */
    struct config_sites *sites;             /* none: as sites_find says */
    size_t n_sites;
    struct dump_hint hint;
    struct config_rotary rotary;
};

/* One scheme of the sweep, in order of expansion; of sites and attention, that of the input or the queries
 * and what goes with it. */
struct config_scheme {
    struct quant_spec spec;
    struct matmul_spec *matmul;        /* of OP_MATMUL */
    struct attention_spec *attention;  /* of OP_ATTENTION */
    struct analysis_request *analysis; /* of OP_ANALYSIS, which leaves `spec` empty */
    struct transform_chain *chain;     /* before operands are quantized; NULL: none */
    char *text;   /* what the file says: "e4m3,block=32,scale=e8m0", "mxfp8 * mxfp4 @ fused,fraction=24" */
    char *format; /* its `format` (of OP_ANALYSIS `analysis`) as written: "e4m3", "mxfp4", "e2m1,bias=1" */
    char *label, *canonical;       /* the same in short, and with every default */
    char *transform;               /* the part of the label of the chain */
    struct config_patterns select; /* the tensors that it is for; none: all */
    char *weight, *output, *mac;   /* the parts of the label of such; of attention the first has "k: TEXT; p:
                                      TEXT; v: TEXT", and `mac` two texts where they differ; NULL: none */
};

struct config {
    char *path, *name, *doc;
    char *source; /* the file's text */
    struct config_input *inputs;
    size_t n_inputs;
    struct config_scheme *schemes; /* for each sweep: grid (first key slowest) x zip less exclude, then
                                      include; of equal ones the first stays */
    size_t n_schemes;
    const struct metric **metrics; /* all, in registry order, if the file names none; none of OP_ANALYSIS */
    size_t n_metrics;
    struct cost_request *costs; /* in the order of their texts */
    size_t n_costs;
    uint64_t seed;
    enum config_op op;
    const struct figure **figures; /* that it is for, in registry order; empty also where none is wanted */
    size_t n_figures;
    bool figures_said;
    char *resolved;  /* canonical JSON with every default filled in, inputs by path as written, schemes in
                        canonical text */
    char sha256[65]; /* of resolved */
};

/* Reads, overrides (`sets`: "key=value" or "sweep.grid.block=[16,32]", as from --set) and resolves.
 * STATUS_INVALID for what the file says, STATUS_MISSING if it is not there. */
enum status config_load(const char *path, const char *const *sets, size_t n_sets, struct config **out,
                        struct error *e) MUST_CHECK;
/* The same of a text of `bytes`, which messages call `name`; relative paths of dumps are looked up in the
 * current folder. */
enum status config_load_text(const char *name, const char *text, size_t bytes, const char *const *sets,
                             size_t n_sets, struct config **out, struct error *e) MUST_CHECK;
void config_free(struct config *c);

/* What a method says by itself, without label, weight, mac and output; free it with config_scheme_free, also
 * after an error. */
enum status config_method(const struct method *m, struct config_scheme *out, struct error *e) MUST_CHECK;
void config_scheme_free(struct config_scheme *s);
/* Whether a scheme is for a tensor of that name. */
bool config_scheme_selects(const struct config_scheme *s, const char *tensor);

/* The keys of an experiment file, for people. Scheme keys (sim/scheme.h) are allowed beside them. */
struct config_key {
    const char *name, *type, *doc;
    bool required;
};
size_t config_key_count(void);
const struct config_key *config_key_at(size_t i);

#endif

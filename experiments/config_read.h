/* The readers of the parts of an experiment file, shared by the config_*.c files alone. */
#ifndef EXPERIMENTS_CONFIG_READ_H
#define EXPERIMENTS_CONFIG_READ_H

#include "experiments/config.h"
#include "experiments/yaml_tree.h"

/* Checks keys and types against the table of config_schema.c and fills everything that one key says. */
enum status config_read_keys(struct config *c, const struct node *root, struct error *e) MUST_CHECK;
enum status config_read_inputs(struct config *c, const struct node *n, struct error *e) MUST_CHECK;
enum status config_read_sites(enum config_op op, const struct node *n, struct config_input *in,
                              struct error *e) MUST_CHECK;
void config_sites_free(struct config_sites *sites, size_t n);
/* An input with the key `synth`. */
enum status config_read_synth(enum config_op op, const struct node *n, struct config_input *in,
                              struct error *e) MUST_CHECK;
void config_synth_free(struct config_synth *s);
/* Expands the sweep and the constants of the top level into schemes. */
enum status config_expand(struct config *c, const struct node *root, struct error *e) MUST_CHECK;
/* Whether a top-level key belongs to the table (not to schemes). */
bool config_key_known(const char *name);

/* "FILE:LINE:COLUMN" of a node, the caller's to free. */
char *config_where(const struct node *n);
/* A scalar that must not be empty. */
enum status config_read_text(const struct node *n, const char *key, char **out, struct error *e) MUST_CHECK;
/* A pattern of a kind, or a list of such; free it also after an error. Add copies. */
enum status config_read_patterns(const struct node *n, const char *key, enum choice c,
                                 struct config_patterns *out, struct error *e) MUST_CHECK;
enum status config_patterns_add(struct config_patterns *to, const struct config_patterns *from,
                                struct error *e) MUST_CHECK;
void config_patterns_free(struct config_patterns *p);
/* A whole number in decimal digits, at most `max`. */
enum status config_read_count(const struct node *n, const char *key, uint64_t max, uint64_t *out,
                              struct error *e) MUST_CHECK;
/* The keys of a mapping must be among `choices`. */
enum status config_check_keys(const struct node *map, const char *what, const char *const *choices,
                              size_t n_choices, struct error *e) MUST_CHECK;

/* One key of a scheme and the scalar that it gets; null means that the key is absent. */
struct config_assign {
    const char *key; /* "format", a key beside it (config_beside), of a scheme or of an analysis */
    const struct node *value;
};

/* What a cell of the sweep is given: the constants of the file, and its own keys, which win. */
struct config_given {
    const struct config_assign *constants, *own;
    size_t n_constants, n_own;
    bool unnamed; /* label, weight, mac and output are left out: the shortest texts take most of the time */
};

/* The assignment of a key, NULL if there is none. */
const struct config_assign *config_find(const struct config_given *g, const char *key);
/* Its value, NULL where the key is absent or null. */
const struct node *config_value(const struct config_given *g, const char *key);
/* Joins what is given into a scheme text and parses it, and what goes with it. Errors stand at the value at
 * fault; `where` is for schemes without a format. */
enum status config_compose(enum config_op op, const struct config_given *g, const struct node *where,
                           struct config_scheme *out, struct error *e) MUST_CHECK;
/* What op: matmul has beside the scheme of the input, whose parts of `out` are there. */
enum status config_compose_matmul(const struct config_given *g, struct config_scheme *out,
                                  struct error *e) MUST_CHECK;
/* The same for op: attention. */
enum status config_compose_attention(const struct config_given *g, struct config_scheme *out,
                                     struct error *e) MUST_CHECK;
/* The same for op: analysis, which has no scheme. */
enum status config_compose_analysis(const struct config_given *g, const struct node *where,
                                    struct config_scheme *out, struct error *e) MUST_CHECK;
/* Whether a key stands beside the scheme of the input: method, transform, weight,
 * output, mac, k, p, v, mac_pv. */
bool config_beside(const char *key);

/* The chain that `transform` gives (NULL: none) and its text; of op: attention, or of op: matmul. */
enum status config_read_transform(const struct node *n, bool attention, struct config_scheme *out,
                                  struct error *e) MUST_CHECK;
/* The scheme that a key beside another gives. */
enum status config_read_scheme(const struct node *n, const char *key, struct quant_spec *out,
                               struct error *e) MUST_CHECK;
/* m->mac from a MAC text (NULL: exact) for a left side and m->weight. `what` begins messages. */
enum status config_read_mac(const struct node *n, const char *what, const struct quant_spec *left,
                            struct matmul_spec *m, struct error *e) MUST_CHECK;
/* A key of a scheme, "format" or one beside it; of op: analysis, "analysis" or a key of one. */
enum status config_check_axis(enum config_op op, const struct node *key, const char *what,
                              struct error *e) MUST_CHECK;
/* Whether the assignments match every key of an exclude entry. */
bool config_excluded(const struct node *entry, const struct config_given *g);

#endif

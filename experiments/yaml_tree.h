/* A YAML document as a checked tree: what the configuration reads. Sizes, depths, duplicate keys, aliases,
 * merge keys, tags and further documents are dealt with here, so that readers see plain mappings, sequences
 * and scalars that know where they stand. */
#ifndef EXPERIMENTS_YAML_TREE_H
#define EXPERIMENTS_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"

#define YAML_MAX_BYTES      (256 * 1024) /* of a file */
#define YAML_MAX_DEPTH      64           /* nesting of nodes and of brackets */
#define YAML_MAX_INDENT     256          /* columns before the first word of a line */
#define YAML_MAX_ANCHORS    1000         /* of & anywhere in the text */
#define YAML_MAX_DIRECTIVES 100          /* lines that begin with % */
#define YAML_MAX_NODES      100000       /* after aliases are copied */
#define YAML_MAX_KEYS       1000         /* of one mapping */

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };
extern const char *const node_kind_names[3]; /* "a value", "a list", "a mapping" */

struct node {
    enum node_kind kind;
    bool quoted;      /* a scalar in quotes or a block scalar */
    const char *file; /* where it stands: the path, or "--set KEY=VALUE" */
    bool from_set;    /* said on the command line */
    int line, column; /* from 1 */
    char *text;       /* scalars */
    size_t n;
    struct node **items; /* of a list; values of a mapping */
    struct node **keys;  /* of a mapping: scalars, all different */
};

/* The text of a file, which the caller frees, also after an error. Errors are those of error_errno. */
enum status yaml_read(const char *path, char **text, size_t *bytes, struct error *e) MUST_CHECK;
/* Parses one document. `file` must outlive the tree. STATUS_INVALID with FILE:LINE:COLUMN. */
enum status yaml_parse(const char *text, size_t bytes, const char *file, struct node **out,
                       struct error *e) MUST_CHECK;
void node_free(struct node *n);

/* The value of a key of a mapping, NULL if absent. */
struct node *node_get(const struct node *map, const char *key);
/* A plain scalar that says nothing: null, ~ or empty. */
bool node_is_null(const struct node *n);

/* Sets the value at a dotted path ("sweep.grid.block", "inputs.0.dump"), making mappings on the way. `set` is
 * "PATH=VALUE", the value in YAML's flow style; it must outlive the tree. */
enum status yaml_set(struct node *root, const char *set, struct error *e) MUST_CHECK;

/* error_set with "FILE:LINE:COLUMN: " before it; STATUS_INVALID. */
enum status node_error(const struct node *n, struct error *e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "FILE:LINE:COLUMN: WHAT: unknown WORD; did you mean NEAREST? allowed: A, B, C". */
enum status node_unknown(const struct node *n, const char *what, const char *const *choices, size_t n_choices,
                         struct error *e);

#endif

/* JSON from text and as text. (jansson is fenced: tests/lint_includes.sh lists who includes it.) */
#ifndef SIM_BASE_JSON_H
#define SIM_BASE_JSON_H

#include <stddef.h>

#include "sim/base/status.h"

struct json_t; /* jansson's */

/* The value that a text of n bytes is; the caller json_decrefs *out. STATUS_MISSING, with line and column,
 * for what is no JSON, has a key twice, or would be a tree of hundreds of megabytes; STATUS_INTERNAL without
 * memory. */
enum status json_parse(const char *text, size_t n, struct json_t **out, struct error *e) MUST_CHECK;

/* What json_dumps makes, which loses parts of it and says nothing where memory ends at the wrong moment
 * (jansson 2.14). NULL when out of memory, or for NULL. The caller frees it. */
char *json_text(const struct json_t *value, size_t flags);

#endif

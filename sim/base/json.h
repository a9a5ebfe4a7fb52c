/* JSON as text. (jansson is fenced: tests/lint_includes.sh lists who includes it.) */
#ifndef SIM_BASE_JSON_H
#define SIM_BASE_JSON_H

#include <stddef.h>

struct json_t; /* jansson's */

/* What json_dumps makes, which loses parts of it and says nothing where memory ends at the wrong moment
 * (jansson 2.14). NULL when out of memory, or for NULL. The caller frees it. */
char *json_text(const struct json_t *value, size_t flags);

#endif

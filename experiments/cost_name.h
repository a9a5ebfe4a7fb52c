/* Which cost of the result database a text means: MODEL.QUANTITY, or a quantity that one model alone has. */
#ifndef EXPERIMENTS_COST_NAME_H
#define EXPERIMENTS_COST_NAME_H

#include "results/query.h"
#include "sim/base/status.h"
#include "sim/base/strbuf.h"

struct cost_name {
    char *model, *quantity; /* model: the text of a cost, with its keys */
};

/* STATUS_INVALID: the database has no such cost, or several models have the quantity; the message lists them.
 */
enum status cost_name_find(struct query *q, const char *text, struct cost_name *out,
                           struct error *e) MUST_CHECK;
/* Safe on one that was not found. */
void cost_name_free(struct cost_name *c);

/* Adds ALIAS.model = 'MODEL' AND ALIAS.quantity = 'QUANTITY', as SQL. */
void cost_name_add(const struct cost_name *c, const char *alias, struct strbuf *sql);
/* Adds a text as SQL's literal. */
void sql_add_text(const char *text, struct strbuf *sql);

#endif

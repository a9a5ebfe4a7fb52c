#include "experiments/published_table.h"

#include <stdio.h>

#include "sim/base/strbuf.h"

static const char *const columns[] = {"paper",      "where",     "quantity", "published", "ours",
                                      "difference", "tolerance", "unit",     "verdict"};
enum { COLUMNS = sizeof columns / sizeof *columns };

enum status published_table_open(struct published_table *s, enum table_format format, FILE *out,
                                 struct error *e)
{
    return table_open(format, out, columns, COLUMNS, &s->t, e);
}

static enum status put(void *context, const struct published_comparison *c, struct error *e)
{
    struct published_table *s = context;
    const struct published_number *n = c->number;
    if (c->verdict == PUBLISHED_NO_RESULT && s->present)
        return STATUS_OK;
    s->counts[c->verdict]++;
    if (c->verdict == PUBLISHED_AGREES && !s->all)
        return STATUS_OK;
    const bool because = c->verdict == PUBLISHED_DIFFERS_AS_SAID;
    struct strbuf quantity = {0}, verdict = {0};
    strbuf_printf(&quantity, "%s, %s%s", n->row, n->column, n->least ? ", at least" : "");
    strbuf_printf(&verdict, "%s%s%s", published_verdicts[c->verdict], because ? ": " : "",
                  because ? n->differs : "");
    const struct table_value row[COLUMNS] = {
        table_text(n->paper->key), table_text(n->where), table_text(quantity.text),
        table_real(n->value),      table_real(c->ours),  table_real(c->ours - n->value),
        table_real(n->tolerance),  table_text(n->unit),  table_text(verdict.text)};
    const bool whole = !quantity.failed && !verdict.failed;
    const enum status status =
        whole ? table_row(s->t, row, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    s->rows++;
    strbuf_free(&quantity);
    strbuf_free(&verdict);
    return status;
}

enum status published_table_add(struct published_table *s, const struct published_paper *paper,
                                struct error *e)
{
    return published_compare(s->p, paper, s->q, put, s, e);
}

#include "experiments/no_model.h"

#include <stdbool.h>
#include <stdlib.h>

/* The first metric of theory that the study names; NULL without one. */
static const char *asked(const struct config *c)
{
    for (size_t i = 0; i < c->n_metrics; i++)
        if (c->metrics[i]->needs & METRIC_THEORY)
            return c->metrics[i]->name;
    return NULL;
}

void no_model_say(const struct plan *p, FILE *out)
{
    const struct config *c = p->config;
    const char *metric = asked(c);
    bool *said = out && metric ? calloc(c->n_schemes + 1, sizeof *said) : NULL;
    for (size_t i = 0; said && i < p->n_todo; i++) {
        const struct plan_cell *cell = &p->todo[i];
        const struct subject *subject = &p->subjects[cell->subject].facts;
        struct metric_theory ignored;
        struct error why = {{0}};
        const struct cell_request r = plan_request(p, cell, subject);
        if (said[cell->scheme] || pipeline_expect(&r, false, &ignored, &why) != STATUS_SKIP)
            continue;
        fprintf(out, "bitsweep: %s of %s (on %s) is left out: %s\n", metric, c->schemes[cell->scheme].label,
                subject->view.name, why.text);
        said[cell->scheme] = true;
    }
    free(said);
}

#include <math.h>
#include <stdlib.h>

#include "sim/base/pool.h"
#include "sim/model/train.h"

/* Each has a state, 10 MB for the bundled network. */
enum { MOST_WORKERS = 16 };

struct eval {
    const struct net_config *net;
    const float *params;
    const struct text *text;
    struct net_state_f32 **state; /* by worker */
    double *nats;                 /* by window */
};

static void eval_window(void *context, int worker, size_t i)
{
    struct eval *v = context;
    size_t half = v->net->context / 2, start = i * half;
    size_t n = v->text->n - start < v->net->context ? v->text->n - start : v->net->context;
    const uint8_t *tokens = v->text->stream + start;
    struct net_state_f32 *s = v->state[worker];
    net_forward_f32(v->net, v->params, tokens, n, s);
    /* All windows but the first leave what the window before has to it. */
    size_t first = i ? v->net->context - half : 0;
    v->nats[i] = net_cross_entropy_f32(n, first, s->logits, tokens + 1, 0, NULL);
}

enum status eval_text(const struct net_config *net, const float *params, const struct text *t, int jobs,
                      const atomic_int *stop, double *bits, struct error *e)
{
    size_t half = net->context / 2;
    size_t windows = t->n <= net->context ? 1 : 1 + (t->n - net->context + half - 1) / half;
    size_t workers = jobs < 1 ? 1 : jobs < MOST_WORKERS ? (size_t)jobs : MOST_WORKERS;
    enum status s = STATUS_OK;
    struct eval v = {.net = net,
                     .params = params,
                     .text = t,
                     .state = calloc(workers, sizeof *v.state),
                     .nats = calloc(windows, sizeof *v.nats)};
    bool have = v.state && v.nats;
    for (size_t i = 0; have && i < workers; i++)
        have = (v.state[i] = net_state_alloc_f32(net)) != NULL;
    if (!have) {
        s = error_set(e, STATUS_INTERNAL, "out of memory evaluating %s", t->name);
        goto out;
    }
    struct pool_job job = {
        .tasks = windows, .jobs = (int)workers, .context = &v, .work = eval_window, .stop = stop};
    s = pool_run(&job, e);
    *bits = 0;
    for (size_t i = 0; i < windows; i++)
        *bits += v.nats[i] / M_LN2;
out:
    for (size_t i = 0; v.state && i < workers; i++)
        net_state_free_f32(v.state[i]);
    free(v.state);
    free(v.nats);
    return s;
}

#include "sim/model/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/clock.h"
#include "sim/base/pool.h"
#include "sim/base/rng.h"

/* A batch is always split into this many shards, each with its own gradient; the gradients are added in order
 * of shard, so that the sum does not depend on the number of threads. */
enum { SHARDS = 8, PIECE = 16384 };

/* Random numbers: net_init uses the streams from 0 on. */
#define STREAM_WINDOWS (UINT64_C(1) << 32)

/* A range of parameters that is updated as one task. */
struct piece {
    size_t first, n;
    bool decays;
    double square; /* of the gradient's norm */
};

struct trainer {
    const struct net_config *net;
    const struct train_config *config;
    const struct texts *texts;
    uint64_t seed;
    size_t windows; /* places where a training sequence may begin */
    float *params, *grads /* [SHARDS, size] */, *mean, *square;
    struct net_state_f32 *state[SHARDS];
    double nats[SHARDS];
    struct piece *piece;
    size_t pieces, size;
    int step; /* from 1 */
    /* Of this step; scale clips, correct undoes the bias of the means. */
    float rate, scale, correct1, correct2;
};

/* Windows of a text: its stream of n + 1 bytes holds context inputs and the byte after each. */
static size_t text_windows(const struct text *t, size_t context)
{
    return t->held_out || t->n < context ? 0 : t->n - context + 1;
}

static const uint8_t *window_at(const struct trainer *r, size_t i)
{
    for (const struct text *t = r->texts->item;; t++) {
        size_t n = text_windows(t, r->net->context);
        if (i < n)
            return t->stream + i;
        i -= n;
    }
}

static void shard_work(void *context, int worker, size_t shard)
{
    (void)worker;
    struct trainer *r = context;
    size_t n = r->net->context, batch = (size_t)r->config->batch;
    float *grads = r->grads + shard * r->size;
    memset(grads, 0, r->size * sizeof *grads);
    r->nats[shard] = 0;
    for (size_t i = batch * shard / SHARDS; i < batch * (shard + 1) / SHARDS; i++) {
        uint64_t draw = rng_u32(r->seed, STREAM_WINDOWS, (uint64_t)(r->step - 1) * batch + i);
        const uint8_t *tokens = window_at(r, (size_t)(draw * r->windows >> 32));
        net_forward_f32(r->net, r->params, tokens, n, r->state[shard]);
        r->nats[shard] += net_backward_f32(r->net, r->params, tokens, tokens + 1, 1 / (float)(n * batch),
                                           r->state[shard], grads);
    }
}

/* Adds the shards' gradients of a piece into the first shard's. */
static void reduce_work(void *context, int worker, size_t i)
{
    (void)worker;
    struct trainer *r = context;
    struct piece *p = &r->piece[i];
    float *sum = r->grads + p->first;
    for (size_t shard = 1; shard < SHARDS; shard++)
        for (size_t j = 0; j < p->n; j++)
            sum[j] += sum[shard * r->size + j];
    p->square = 0;
    for (size_t j = 0; j < p->n; j++)
        p->square += (double)sum[j] * (double)sum[j];
}

static void update_work(void *context, int worker, size_t i)
{
    (void)worker;
    struct trainer *r = context;
    const struct piece *p = &r->piece[i];
    float beta1 = (float)r->config->beta1, beta2 = (float)r->config->beta2;
    float epsilon = (float)r->config->epsilon, keep = p->decays ? 1 - r->rate * (float)r->config->decay : 1;
    for (size_t j = p->first; j < p->first + p->n; j++) {
        float g = r->grads[j] * r->scale;
        r->mean[j] = beta1 * r->mean[j] + (1 - beta1) * g;
        r->square[j] = beta2 * r->square[j] + (1 - beta2) * g * g;
        float step = r->mean[j] * r->correct1 / (sqrtf(r->square[j] * r->correct2) + epsilon);
        r->params[j] = r->params[j] * keep - r->rate * step;
    }
}

static double rate_at(const struct train_config *c, int step)
{
    if (step <= c->warmup)
        return c->rate * step / c->warmup;
    double done = (double)(step - c->warmup) / (c->steps - c->warmup);
    return c->last_rate + (c->rate - c->last_rate) * 0.5 * (1 + cos(M_PI * done));
}

static void set_step(struct trainer *r, double norm)
{
    const struct train_config *c = r->config;
    r->rate = (float)rate_at(c, r->step);
    r->scale = norm > c->clip ? (float)(c->clip / norm) : 1;
    double left1 = 1, left2 = 1;
    for (int i = 0; i < r->step; i++) {
        left1 *= c->beta1;
        left2 *= c->beta2;
    }
    r->correct1 = (float)(1 / (1 - left1));
    r->correct2 = (float)(1 / (1 - left2));
}

/* One step; *nats receives the loss per byte. */
static enum status train_step(struct trainer *r, int jobs, const atomic_int *stop, double *nats,
                              struct error *e)
{
    struct pool_job job = {.tasks = SHARDS, .jobs = jobs, .context = r, .work = shard_work, .stop = stop};
    enum status s = pool_run(&job, e);
    if (s)
        return s;
    job.tasks = r->pieces;
    job.work = reduce_work;
    if ((s = pool_run(&job, e)))
        return s;
    double norm = 0;
    for (size_t i = 0; i < r->pieces; i++)
        norm += r->piece[i].square;
    set_step(r, sqrt(norm));
    job.work = update_work;
    *nats = 0;
    for (size_t i = 0; i < SHARDS; i++)
        *nats += r->nats[i];
    *nats /= (double)r->net->context * r->config->batch;
    return pool_run(&job, e);
}

static enum status trainer_open(struct trainer *r, struct error *e)
{
    for (size_t i = 0; i < r->texts->n; i++)
        r->windows += text_windows(&r->texts->item[i], r->net->context);
    if (!r->windows)
        return error_set(e, STATUS_MISSING,
                         "no training text has %zu bytes or more, the length of a sequence", r->net->context);
    size_t tensors = net_params(r->net);
    r->size = net_size(r->net);
    r->grads = malloc(SHARDS * r->size * sizeof *r->grads);
    r->mean = calloc(r->size, sizeof *r->mean);
    r->square = calloc(r->size, sizeof *r->square);
    r->piece = calloc(r->size / PIECE + tensors, sizeof *r->piece);
    bool have = r->grads && r->mean && r->square && r->piece;
    for (size_t i = 0; i < SHARDS; i++)
        have &= (r->state[i] = net_state_alloc_f32(r->net)) != NULL;
    if (!have)
        return error_set(e, STATUS_INTERNAL, "out of memory for %zu parameters", r->size);
    for (size_t i = 0; i < tensors; i++) {
        struct net_param p = net_param_at(r->net, i);
        size_t n = p.rows * p.cols;
        for (size_t j = 0; j < n; j += PIECE)
            r->piece[r->pieces++] = (struct piece){.first = p.offset + j,
                                                   .n = n - j < PIECE ? n - j : PIECE,
                                                   .decays = p.rows > 1 && p.role != NET_EMBEDDING};
    }
    return STATUS_OK;
}

static void trainer_close(struct trainer *r)
{
    free(r->grads);
    free(r->mean);
    free(r->square);
    free(r->piece);
    for (size_t i = 0; i < SHARDS; i++)
        net_state_free_f32(r->state[i]);
}

/* Twenty lines in all, or one that is rewritten at every step. */
static void report_step(const struct train_report *p, const struct trainer *r, double nats, double start)
{
    int steps = r->config->steps, every = (steps + 19) / 20;
    if (!p->to || (!p->live && r->step % every && r->step != steps))
        return;
    double passed = clock_seconds() - start, left = passed / r->step * (steps - r->step);
    fprintf(p->to, "%sstep %d of %d  %.3f bits per byte  %.1f steps/s  %.0f s left%s", p->live ? "\r" : "",
            r->step, steps, nats / M_LN2, r->step / (passed > 0 ? passed : 1), left,
            p->live && r->step < steps ? "  " : "  \n");
    fflush(p->to);
}

enum status train_run(const struct net_config *net, const struct train_config *config,
                      const struct texts *texts, uint64_t seed, int jobs, const atomic_int *stop,
                      const struct train_report *report, float *params, struct train_result *result,
                      struct error *e)
{
    struct trainer r = {.net = net, .config = config, .texts = texts, .seed = seed, .params = params};
    enum status s = trainer_open(&r, e);
    int tail = (config->steps + 9) / 10;
    double start = clock_seconds(), sum = 0;
    for (r.step = 1; !s && r.step <= config->steps; r.step++) {
        double nats;
        s = train_step(&r, jobs, stop, &nats, e);
        if (s)
            break;
        if (r.step > config->steps - tail)
            sum += nats;
        report_step(report, &r, nats, start);
    }
    result->train_bits = sum / tail / M_LN2;
    trainer_close(&r);
    return s;
}

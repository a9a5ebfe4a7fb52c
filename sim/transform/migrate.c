/* What steps share that move offset and scale of columns. */
#include "sim/transform/migrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

void migrate_midrange(const struct layer *l, size_t sample, double *z)
{
    const size_t n = l->part[0].n, step = sample ? sample : l->calibration;
    const float *x = l->part[0].operand[LAYER_INPUT];
    const size_t samples = step ? (l->calibration + step - 1) / step : 0;
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t first = 0; first < l->calibration; first += step) {
            double low = (double)x[first * n + j], high = low;
            for (size_t i = first; i < l->calibration && i < first + step; i++) {
                low = fmin(low, (double)x[i * n + j]);
                high = fmax(high, (double)x[i * n + j]);
            }
            sum += (high + low) / 2;
        }
        z[j] = samples ? sum / (double)samples : 0;
    }
}

void migrate_mean(const struct layer *l, bool magnitude, double *mean)
{
    const size_t n = l->part[0].n;
    const float *x = l->part[0].operand[LAYER_INPUT];
    memset(mean, 0, n * sizeof *mean);
    for (size_t i = 0; i < l->calibration * n; i++)
        mean[i % n] += magnitude ? fabs((double)x[i]) : (double)x[i];
    for (size_t j = 0; j < n && l->calibration; j++)
        mean[j] /= (double)l->calibration;
}

enum status migrate_shift(struct layer *l, const double *z, struct error *e)
{
    const size_t n = l->part[0].n;
    float *x = l->part[0].operand[LAYER_INPUT];
    const float *w = l->part[0].operand[LAYER_WEIGHT];
    double *bias = layer_bias(l);
    if (!bias)
        return no_memory(e);
    for (size_t i = 0; i < l->tokens * n; i++)
        x[i] = (float)((double)x[i] - z[i % n]);
    for (size_t i = 0; i < l->out * n; i++)
        bias[i / n] += (double)w[i] * z[i % n];
    return STATUS_OK;
}

/* --- search --- */

struct trial {
    float *saved[LAYER_SIDES]; /* the operands as they were */
    double *s;
    size_t bytes[LAYER_SIDES];
};

static void trial_close(struct trial *t)
{
    free(t->saved[LAYER_INPUT]);
    free(t->saved[LAYER_WEIGHT]);
    free(t->s);
}

static bool trial_open(const struct layer *l, struct trial *t)
{
    bool room = (t->s = malloc((l->part[0].n + 1) * sizeof *t->s)) != NULL;
    for (int side = 0; side < LAYER_SIDES; side++) {
        t->bytes[side] = layer_rows(l, side) * l->part[0].n * sizeof(float);
        t->saved[side] = malloc(t->bytes[side] + 1);
        room &= t->saved[side] != NULL;
        if (t->saved[side])
            memcpy(t->saved[side], l->part[0].operand[side], t->bytes[side]);
    }
    return room;
}

static void take(struct layer *l, const struct trial *t, migrate_factors *factors, const void *context,
                 size_t i)
{
    for (int side = 0; side < LAYER_SIDES; side++)
        memcpy(l->part[0].operand[side], t->saved[side], t->bytes[side]);
    factors(context, i, t->s);
    layer_scale_columns(l, t->s);
}

enum status migrate_search(struct layer *l, size_t n, migrate_factors *factors, const void *context,
                           struct error *e)
{
    struct trial t = {.s = NULL};
    double least = INFINITY;
    size_t best = 0;
    enum status s = trial_open(l, &t) ? STATUS_OK : no_memory(e);
    for (size_t i = 0; i < n && !s; i++) {
        double error = 0;
        take(l, &t, factors, context, i);
        s = layer_error(l, &error, e);
        if (!s && error < least) {
            least = error;
            best = i;
        }
    }
    if (!s)
        take(l, &t, factors, context, best);
    trial_close(&t);
    return s;
}

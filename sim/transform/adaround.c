/* Transform "adaround": each element of the weight goes to one of its two neighbours; which, is learned. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/elementary.h"
#include "sim/transform/reconstruction.h"

/* The rectified sigmoid: h(v) = clip(sigmoid(v) * (ZETA - GAMMA) + GAMMA, 0, 1). */
#define ZETA  1.1
#define GAMMA (-0.1)

/* Adam */
#define DECAY_1 0.9
#define DECAY_2 0.999
#define EPSILON 1e-8

/* An element with two neighbours. */
struct choice {
    size_t index;
    double below, step; /* its value is below + h * step */
    double v, first, second;
    double h, slope; /* h(v) and h'(v) */
};

struct adaround {
    struct reconstruction r;
    size_t iterations;
    double rate, lambda, beta_start, beta_end, warm;
    double unit; /* what an element loses on average when it is rounded to nearest */
    struct choice *choice;
    size_t n;
    double *error, *gradient; /* [out, n]: values - weight; times G */
    float *values;
};

static double log_natural(double x)
{
    return elementary_log2(x) * 0x1.62e42fefa39efp-1; /* ln 2 */
}

static void set_h(struct choice *c)
{
    const double sigmoid = 1 / (1 + elementary_exp(-c->v)), h = sigmoid * (ZETA - GAMMA) + GAMMA;
    const bool inside = h > 0 && h < 1;
    c->h = inside ? h : h > 0;
    c->slope = inside ? (ZETA - GAMMA) * sigmoid * (1 - sigmoid) : 0;
}

/* h starts where the element lies between its neighbours. */
static void start(struct adaround *a)
{
    const struct layer_tools *t = a->r.l->tools;
    for (size_t i = 0; i < a->r.out * a->r.n; i++) {
        float below, above;
        t->frozen_neighbours(a->r.frozen, i, a->r.w[i], &below, &above);
        a->error[i] = (double)a->r.nearest[i] - (double)a->r.w[i];
        a->values[i] = a->r.nearest[i];
        if (!(below < above) || !isfinite(below) || !isfinite(above))
            continue;
        struct choice *c = &a->choice[a->n++];
        const double step = (double)above - (double)below;
        const double share = fmin(fmax(((double)a->r.w[i] - (double)below) / step, 0), 1);
        *c = (struct choice){.index = i, .below = (double)below, .step = step};
        c->v = -log_natural((ZETA - GAMMA) / (share - GAMMA) - 1);
    }
    const double loss = reconstruction_error(&a->r, a->r.nearest);
    a->unit = loss > 0 && a->n > 0 ? loss / (double)a->n : 1;
}

/* The exponent of the regulariser at an iteration; 0: there is none yet. */
static double beta_at(const struct adaround *a, size_t iteration)
{
    const double warm = a->warm * (double)a->iterations, t = (double)iteration;
    if (t < warm)
        return 0;
    return a->beta_end + (a->beta_start - a->beta_end) * (1 - (t - warm) / ((double)a->iterations - warm));
}

/* d/dh of 1 - |2h - 1|^beta, for 0 < h < 1. */
static double regulariser_slope(double h, double beta)
{
    const double d = 2 * h - 1, size = fabs(d);
    const double slope = beta > 1 ? 2 * beta * elementary_pow(size, beta - 1) : 2 * beta;
    return d > 0 ? -slope : d < 0 ? slope : 0;
}

/* The loss: the squared error of outputs in `unit`s, + lambda * sum of regularisers. */
static void step_adam(struct adaround *a, size_t iteration)
{
    const double beta = beta_at(a, iteration);
    const double keep_1 = 1 - elementary_exp2(elementary_log2(DECAY_1) * (double)(iteration + 1)),
                 keep_2 = 1 - elementary_exp2(elementary_log2(DECAY_2) * (double)(iteration + 1));
    for (size_t i = 0; i < a->n; i++) {
        struct choice *c = &a->choice[i];
        double g = 0;
        if (c->slope > 0) {
            g = 2 / a->unit * a->gradient[c->index] * c->step;
            g += beta > 0 ? a->lambda * regulariser_slope(c->h, beta) : 0;
            g *= c->slope;
        }
        c->first = DECAY_1 * c->first + (1 - DECAY_1) * g;
        c->second = DECAY_2 * c->second + (1 - DECAY_2) * g * g;
        c->v -= a->rate * (c->first / keep_1) / (sqrt(c->second / keep_2) + EPSILON);
    }
}

static void learn(struct adaround *a)
{
    const size_t out = a->r.out, n = a->r.n;
    for (size_t iteration = 0; iteration < a->iterations; iteration++) {
        for (size_t i = 0; i < a->n; i++) {
            struct choice *c = &a->choice[i];
            set_h(c);
            a->error[c->index] = c->below + c->h * c->step - (double)a->r.w[c->index];
        }
        matrix_product(a->error, a->r.gram, out, n, n, a->gradient);
        step_adam(a, iteration);
    }
    for (size_t i = 0; i < a->n; i++) {
        struct choice *c = &a->choice[i];
        set_h(c);
        a->values[c->index] = (float)(c->h >= .5 ? c->below + c->step : c->below);
    }
}

static enum status open(struct adaround *a, const struct transform_step *step, struct layer *l,
                        struct error *e)
{
    *a = (struct adaround){.iterations = transform_count_of(step, "iterations"),
                           .rate = transform_number(step, "rate"),
                           .lambda = transform_number(step, "lambda"),
                           .beta_start = transform_number(step, "beta_start"),
                           .beta_end = transform_number(step, "beta_end"),
                           .warm = transform_number(step, "warm")};
    enum status s = reconstruction_open(&a->r, l, transform_is(step, "input", "quantized"), e);
    if (s)
        return s;
    const size_t all = a->r.out * a->r.n;
    a->choice = malloc((all + 1) * sizeof *a->choice);
    a->error = malloc((all + 1) * sizeof *a->error);
    a->gradient = malloc((all + 1) * sizeof *a->gradient);
    a->values = malloc((all + 1) * sizeof *a->values);
    return a->choice && a->error && a->gradient && a->values ? STATUS_OK
                                                             : error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct adaround a;
    enum status s = open(&a, step, l, e);
    if (!s) {
        start(&a);
        learn(&a);
        reconstruction_take_rows(&a.r, a.values);
        a.values = NULL;
    }
    reconstruction_close(&a.r);
    free(a.choice);
    free(a.error);
    free(a.gradient);
    free(a.values);
    return s;
}

static const struct arg_key keys[] = {
    {"iterations", ARG_INTEGER, 150, 1, 100000, NULL, "steps of Adam, each over all calibration tokens"},
    {"rate", ARG_NUMBER, 0.1, 0, 10, NULL, "learning rate of Adam"},
    {"lambda", ARG_NUMBER, 1000, 0, 1e9, NULL,
     "weight of the regulariser; squared errors are in units of what a nearest value loses on average"},
    {"beta_start", ARG_NUMBER, 20, 1, 64, NULL, "its exponent, at first"},
    {"beta_end", ARG_NUMBER, 2, 1, 64, NULL, "and at last"},
    {"warm", ARG_NUMBER, 0.2, 0, 0.99, NULL, "share of the steps without a regulariser"},
    RECONSTRUCTION_INPUT_KEY,
};

const struct transform transform_adaround = {
    .name = "adaround",
    .doc = "each element of the weight goes to one of its two neighbours, by a rectified sigmoid learned on "
           "the outputs; outputs that are no better than rounded to nearest keep that",
    .citation =
        "Nagel et al., Up or Down?, arXiv 2004.10568, equations 21 to 25 (zeta 1.1, gamma -.1; the "
        "regulariser after a fifth of the steps, beta 20 to 2 in a line, h >= .5 up: as in yhhhli/BRECQ; "
        "fewer and larger steps, each over all tokens, and lambda in units of the loss are ours)",
    .acts = "weight (quantized)",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};

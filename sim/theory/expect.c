/* Which model a scheme has, its regions, and what they come to. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/theory/region.h"
#include "sim/theory/theory.h"

/* --- what has no model --- */

/* A clause; NULL for what has one. */
static const char *problem(const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    if (q->codec)
        return "a codec does more than scale and round";
    if (q->element.bits > CELLS_BITS)
        return "elements of more than 16 bits are as fine as the binary32 steps that the model leaves out";
    if (q->n_alternatives)
        return "blocks that choose between elements have no model";
    if (q->fit)
        return "values fitted to the tensor (fit=) have no model";
    if (q->flip > 0)
        return "faults (flip=) have no model";
    if (q->out.family)
        return "values that are rounded again (out=) have no model";
    if (q->rounding.carry != CARRY_ADD)
        return "a carry other than add does not round to a neighbour";
    if (q->rounding.mode == ROUND_SR && q->rounding.ftz)
        return "stochastic rounding whose subnormal results are flushed has no model";
    if (s->per == PER_NONE)
        return NULL;
    if (q->stat)
        return "calibration statistics (stat=) have no model";
    if (q->search)
        return "searched scales (search=) have no model";
    if (s->n_peaks > 1)
        return "blocks that choose between peaks have no model";
    if (s->micro)
        return "micro-exponents have no model";
    if (s->second == SECOND_BLOCK && s->second_block % s->block)
        return "blocks that the second level cuts have no model";
    if (s->zero_point && (s->second || q->rounding.mode == ROUND_SR))
        return "zero points under a second level or stochastic rounding have no model";
    return NULL;
}

/* --- regions --- */

/* Elements that share a scale, and the share of elements that lie in such regions. */
enum { SIZES_MOST = 4 };
struct sizes {
    int n;
    double size[SIZES_MOST], share[SIZES_MOST];
};

/* The tensor around an axis. */
static void around(const struct theory_input *in, int axis, double *outer, double *length, double *inner)
{
    *outer = *length = *inner = 1;
    for (int d = 0; d < in->rank; d++)
        *(d < axis ? outer : d == axis ? length : inner) *= (double)in->shape[d];
}

/* A length in runs: whole ones, and a rest. */
static int runs(double length, double run, double size[2], double share[2])
{
    const double whole = floor(length / run), rest = length - whole * run;
    int n = 0;
    if (whole > 0) {
        size[n] = run;
        share[n++] = whole * run / length;
    }
    if (rest > 0) {
        size[n] = rest;
        share[n++] = rest / length;
    }
    return n;
}

static void tiles(const struct theory_input *in, struct sizes *out)
{
    double rows[2], columns[2], row_share[2], column_share[2];
    const size_t *shape = in->shape + in->rank;
    const double height = in->rank > 1 ? (double)shape[-2] : 1, width = in->rank ? (double)shape[-1] : 1;
    const int n = runs(height, (double)in->q->scaling.tile[0], rows, row_share);
    const int m = runs(width, (double)in->q->scaling.tile[1], columns, column_share);
    for (int i = 0; i < n * m; i++) {
        out->size[i] = rows[i / m] * columns[i % m];
        out->share[i] = row_share[i / m] * column_share[i % m];
    }
    out->n = n * m;
}

static struct sizes sizes_of(const struct theory_input *in)
{
    struct sizes s = {.n = 1, .share = {1}};
    double outer, length, inner;
    around(in, in->axis, &outer, &length, &inner);
    switch (in->q->scaling.per) {
    case PER_CHANNEL:
        s.size[0] = outer * inner;
        break;
    case PER_TOKEN:
        s.size[0] = length;
        break;
    case PER_BLOCK:
        s.n = runs(length, (double)in->q->scaling.block, s.size, s.share);
        break;
    case PER_TILE:
        tiles(in, &s);
        break;
    default:
        s.size[0] = outer * length * inner;
    }
    return s;
}

/* Elements under one second level. */
static double outer_of(const struct theory_input *in)
{
    double outer, length, inner;
    around(in, in->axis, &outer, &length, &inner);
    switch (in->q->scaling.second) {
    case SECOND_ROW:
        return length;
    case SECOND_BLOCK:
        return fmin(length, (double)in->q->scaling.second_block);
    default:
        return outer * length * inner;
    }
}

/* Whether every region lies in one place of the last axis, so that an outlier column is by itself. */
static bool columns_are_apart(const struct theory_input *in)
{
    const struct scaling *s = &in->q->scaling;
    const bool across = in->rank == 2 && in->axis == 0 && s->second != SECOND_TENSOR;
    switch (s->per) {
    case PER_NONE:
        return true;
    case PER_CHANNEL:
        return in->axis == in->rank - 1 && s->second == SECOND_NONE;
    case PER_TOKEN:
    case PER_BLOCK:
        return across || (s->rule->ignores_amax && s->second == SECOND_NONE);
    default:
        return s->rule->ignores_amax && s->second == SECOND_NONE;
    }
}

/* --- errors --- */

static double fixed_error(const struct cells *c, const struct law *l)
{
    const struct meeting m = {.k = 1, .v = 1};
    return cells_error(c, l, &m, l->lo, l->hi);
}

/* Scales that are rounded stochastically: the mean over equally likely draws. */
enum { DRAWS = 8 };

static double scaled_error(const struct theory_input *in, const struct cells *c, const struct law *l)
{
    const struct scaling *s = &in->q->scaling;
    const struct sizes sizes = sizes_of(in);
    const int draws = s->scale_round == ROUND_SR ? DRAWS : 1;
    double sum = 0;
    for (int i = 0; i < sizes.n; i++)
        for (int d = 0; d < draws; d++) {
            const struct region_model r = {
                .q = in->q,
                .cells = c,
                .law = l,
                .n = sizes.size[i],
                .outer = outer_of(in),
                .random = (uint32_t)((2 * (uint64_t)d + 1) * (UINT64_C(1) << 31) / (uint64_t)draws)};
            sum += sizes.share[i] / draws * (s->zero_point ? range_error(&r) : region_error(&r));
        }
    return sum;
}

static double error_of(const struct theory_input *in, const struct cells *c, double factor)
{
    const struct law l = law_of(in->d, in->parameter, in->scale * factor);
    return in->q->scaling.per == PER_NONE ? fixed_error(c, &l) : scaled_error(in, c, &l);
}

/* The format whose cells elements have: under a zero point integers of one bit more, before they are limited.
 */
static struct format element_of(const struct quant_spec *q)
{
    struct format f = q->element;
    if (!q->scaling.zero_point)
        return f;
    f.bits++;
    f.codes = CODES_TWOS;
    f.fraction_bits = 0;
    f.stretch = 0;
    return f;
}

/* What depends on the tensor. */
static const char *tensor_problem(const struct theory_input *in)
{
    const struct scaling *s = &in->q->scaling;
    const struct sizes sizes = sizes_of(in);
    double outer, length, inner;
    around(in, in->axis, &outer, &length, &inner);
    if (!isfinite(in->d->power(isnan(in->parameter) ? in->d->parameter_default : in->parameter)))
        return "the distribution has no variance";
    if (in->outliers && in->outlier_factor < 0 && !in->d->even)
        return "outliers of the other sign have no model";
    if (in->outliers && !columns_are_apart(in))
        return "outlier columns that share scales with others have no model";
    if (s->second == SECOND_BLOCK && fmod(length, outer_of(in)) > 0)
        return "a second level over the rest of a row has no model";
    for (int i = 0; i < sizes.n && s->per != PER_NONE && s->zero_point; i++)
        if (sizes.size[i] < 8)
            return "zero points of fewer than 8 values have no model";
    return NULL;
}

static enum status no_model(char why[static THEORY_WHY_SIZE], const char *text)
{
    snprintf(why, THEORY_WHY_SIZE, "%s", text);
    return STATUS_SKIP;
}

enum status theory_covers(const struct theory_input *in, char why[static THEORY_WHY_SIZE])
{
    const char *text = problem(in->q);
    if (!text)
        text = tensor_problem(in);
    *why = '\0';
    return text ? no_model(why, text) : STATUS_OK;
}

enum status theory_expect(const struct theory_input *in, struct theory_error *out,
                          char why[static THEORY_WHY_SIZE])
{
    enum status s = theory_covers(in, why);
    *out = (struct theory_error){(double)NAN, (double)NAN, (double)NAN};
    if (s)
        return s;
    const struct format element = element_of(in->q);
    struct cells cells;
    if (!cells_open(in->q, &element, &cells))
        return STATUS_INTERNAL;
    const double columns = in->rank ? (double)in->shape[in->rank - 1] : 1;
    const double share = in->outliers ? (double)in->outliers / columns : 0, factor = fabs(in->outlier_factor);
    double mse = share < 1 ? (1 - share) * error_of(in, &cells, 1) : 0;
    if (share > 0)
        mse += share * error_of(in, &cells, factor);
    cells_close(&cells);
    if (isnan(mse))
        return STATUS_INTERNAL;
    if (isinf(mse))
        return no_model(why, "values that become infinite or NaN have no expected error");
    const double parameter = isnan(in->parameter) ? in->d->parameter_default : in->parameter;
    const double scale = in->scale * in->scale * (1 - share + share * factor * factor);
    const double mean = in->scale * in->d->mean(parameter) * (1 - share + share * in->outlier_factor);
    *out = (struct theory_error){.mse = mse, .power = scale * in->d->power(parameter)};
    out->variance = out->power - mean * mean;
    return STATUS_OK;
}

/* The Lloyd-Max quantizer of the normal distribution (Lloyd 1957/1982; Max 1960): each level is the mean of
 * its cell, and cells meet halfway between levels. In units of the standard deviation.
 *
 * The levels are symmetric; the 2^(B-1) positive ones y solve y_i = c_i, c_i the mean of the cell (a, b) that
 * their neighbours cut:
 *
 *     c = (phi(a) - phi(b)) / P,  P = Q(a) - Q(b),  dc/da = phi(a) (c - a) / P,  dc/db = phi(b) (b - c) / P
 *
 * by Newton's method with a tridiagonal Jacobian, from the quantiles of N(0, 3), which are the levels in the
 * limit of many bits (Panter and Dite 1951). */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>

#include "sim/book.h"

enum { MOST = CODEBOOK_MAX / 2 };

/* The mean of a cell and its derivatives by the cell's ends; the first cell begins at 0, the last has no end.
 */
struct cell {
    double mean, by_low, by_high;
};

static struct cell cell_of(const double *y, int i, int n)
{
    bool last = i == n - 1;
    double a = i ? (y[i - 1] + y[i]) / 2 : 0, b = last ? 0 : (y[i] + y[i + 1]) / 2;
    double at_a = gsl_ran_ugaussian_pdf(a), at_b = last ? 0 : gsl_ran_ugaussian_pdf(b);
    double p = gsl_cdf_ugaussian_Q(a) - (last ? 0 : gsl_cdf_ugaussian_Q(b)), mean = (at_a - at_b) / p;
    return (struct cell){mean, i ? at_a * (mean - a) / p : 0, at_b * (b - mean) / p};
}

/* One step on n positive levels; returns the largest change. The rows of J d = c - y are
 * -by_low/2, 1 - by_low/2 - by_high/2, -by_high/2; the lower part is eliminated on the way. */
static double newton_step(double *y, int n)
{
    double diagonal[MOST], above[MOST], change[MOST], largest = 0;
    for (int i = 0; i < n; i++) {
        struct cell c = cell_of(y, i, n);
        diagonal[i] = 1 - (c.by_low + c.by_high) / 2;
        above[i] = -c.by_high / 2;
        change[i] = c.mean - y[i];
        if (i) {
            double factor = -c.by_low / 2 / diagonal[i - 1];
            diagonal[i] -= factor * above[i - 1];
            change[i] -= factor * change[i - 1];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        change[i] = (change[i] - (i < n - 1 ? above[i] * change[i + 1] : 0)) / diagonal[i];
        y[i] += change[i];
        largest = GSL_MAX_DBL(largest, change[i] < 0 ? -change[i] : change[i]);
    }
    return largest;
}

static int compute(const char *name, double values[static CODEBOOK_MAX], const char **why)
{
    int bits = format_name_number(name, "lloydmax", NULL);
    if (bits < 0)
        return 0;
    if (bits < 1 || bits > 8) {
        format_name_fails(why, "the Lloyd-Max quantizer has 1 to 8 bits");
        return 0;
    }
    int n = 1 << (bits - 1);
    double y[MOST];
    for (int i = 0; i < n; i++)
        y[i] = M_SQRT3 * gsl_cdf_ugaussian_Pinv(0.5 + (i + 0.5) / (2.0 * n));
    for (int step = 0; step < 50 && newton_step(y, n) > 1e-13; step++)
        continue;
    for (int i = 0; i < n; i++) {
        values[n + i] = y[i];
        values[n - 1 - i] = -y[i];
    }
    return 2 * n;
}

static const double lloyd1[] = {-.797885, .797885};
static const double lloyd4[] = {-2.7326, -2.0690, -1.6180, -1.2562, -.9423, -.6568, -.3880, -.1284,
                                .1284,   .3880,   .6568,   .9423,   1.2562, 1.6180, 2.0690, 2.7326};

static const struct book_golden golden[] = {
    {"lloydmax1", 2, lloyd1, 5.1e-7, "sqrt(2 / pi)"},
    {"lloydmax4", 16, lloyd4, 5.1e-5, "Max, Quantizing for Minimum Distortion, 1960, table 1 (16 levels)"},
};

const struct book_rule book_rule_lloydmax = {
    .names = "lloydmaxB (B 1..8)",
    .doc = "Lloyd-Max levels of the normal distribution, in standard deviations",
    .citation = "Max, Quantizing for Minimum Distortion, IRE Trans. Information Theory 6, 1960",
    .compute = compute,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
};

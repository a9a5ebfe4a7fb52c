/* AF4 of any block size (Yoshida, arXiv 2306.06965; davisyoshida/abnormal-floats, generate_af4.py).
 *
 * Model: blocks of B values from N(0,1) over their largest magnitude m. For -1 <= x < 1 a scaled value has
 * the distribution function
 *
 *     F(x) = 1/(2B) + (B-1)/B * integral p(m) (Phi(m x) - Phi(-m)) / (2 Phi(m) - 1) dm
 *     p(m) = 2 B phi(m) (2 Phi(m) - 1)^(B-1)
 *
 * Every value but -1, 0 and 1 is the median of its cell, and cells meet halfway between values: from -1, six
 * negative values and, mirrored, seven positive ones. The innermost cell ends at 0, where F = 1/2, and not
 * halfway to the value 0, which is put in afterwards.
 *
 * Given the first value the rest follow one by one, monotonically; bisection finds the first value for which
 * the last cell ends at 0. F is a Gauss sum of 256 terms, good to about 1e-15, and the values to 1e-12, far
 * below binary32. */
#include <ctype.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_erf.h>
#include <stdlib.h>
#include <string.h>

#include "sim/book.h"

#define NODES     256
#define LARGEST_M 12.0 /* 2 * 65536 phi(12) < 1e-26 */

struct model {
    double m[NODES];      /* over sqrt(2) */
    double erf_m[NODES];  /* 2 Phi(m) - 1 */
    double weight[NODES]; /* (B-1)/B of the density times the Gauss weight, over 2 erf_m */
    double atom;          /* 1/(2B) */
};

static bool model_set(struct model *f, unsigned block)
{
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
    for (size_t i = 0; table && i < NODES; i++) {
        double m, w;
        gsl_integration_glfixed_point(0, LARGEST_M, i, &m, &w, table);
        f->m[i] = m / M_SQRT2;
        f->erf_m[i] = gsl_sf_erf(f->m[i]);
        double density = 2 * block * gsl_ran_ugaussian_pdf(m) * gsl_pow_uint(f->erf_m[i], block - 1);
        f->weight[i] = w * density * ((block - 1.0) / block) / (2 * f->erf_m[i]);
    }
    f->atom = 0.5 / block;
    gsl_integration_glfixed_table_free(table);
    return table;
}

static double distribution(const struct model *f, double x)
{
    double sum = 0;
    for (int i = 0; i < NODES; i++)
        sum += f->weight[i] * (gsl_sf_erf(f->m[i] * x) + f->erf_m[i]);
    return f->atom + sum;
}

/* x with F(x) = p, for F(-1) <= p < 1/2: false position, the end that stays counting half (Illinois), to the
 * noise of F. */
static double inverse(const struct model *f, double p)
{
    double a = -1, at_a = f->atom - p, b = 0, at_b = 0.5 - p, x = a;
    for (int step = 0, side = 0; step < 100; step++) {
        x = (a * at_b - b * at_a) / (at_b - at_a);
        double at_x = distribution(f, x) - p;
        if (at_x > 0) {
            b = x;
            at_b = at_x;
            at_a = side == 1 ? at_a / 2 : at_a;
            side = 1;
        } else {
            a = x;
            at_a = at_x;
            at_b = side == -1 ? at_b / 2 : at_b;
            side = -1;
        }
        if ((at_x < 0 ? -at_x : at_x) < 1e-16 || b - a < 1e-16)
            break;
    }
    return x;
}

/* From the first value, the others and whether the last cell ends above 0. */
static bool overshoots(const struct model *f, double first, double *values, int n)
{
    double before = -1, value = first, edge = distribution(f, (before + value) / 2);
    for (int i = 0; i < n; i++) {
        values[i] = value;
        double next_edge = 2 * distribution(f, value) - edge;
        if (next_edge >= 0.5)
            return true;
        if (i == n - 1)
            return false;
        before = value;
        value = 2 * inverse(f, next_edge) - value;
        edge = next_edge;
        if (value <= before || value >= 0)
            return value >= 0;
    }
    return false;
}

static void solve(const struct model *f, double *values, int n)
{
    double low = -1, high = 0;
    while (high - low > 1e-15) {
        double middle = (low + high) / 2;
        *(overshoots(f, middle, values, n) ? &high : &low) = middle;
    }
    overshoots(f, low, values, n);
}

static int refuse(const char **why, const char *reason)
{
    format_name_fails(why, reason);
    return 0;
}

static int compute(const char *name, double values[static CODEBOOK_MAX], const char **why)
{
    enum { SMALLEST = 4, LARGEST = 65536, NEGATIVE = 6, POSITIVE = 7 };
    static const char prefix[] = "af4_";
    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return 0;
    const char *digits = name + strlen(prefix);
    size_t length = strspn(digits, "0123456789");
    long block = length <= 5 ? strtol(digits, NULL, 10) : 0;
    if (!length || digits[length] || *digits == '0' || block < SMALLEST || block > LARGEST)
        return refuse(why, "AF4 is named af4_B, B the block size, 4 to 65536");
    struct model *f = malloc(sizeof *f);
    if (!f || !model_set(f, (unsigned)block)) {
        free(f);
        return refuse(why, "out of memory");
    }
    double mirrored[POSITIVE];
    values[0] = -1;
    solve(f, values + 1, NEGATIVE);
    values[1 + NEGATIVE] = 0;
    solve(f, mirrored, POSITIVE);
    for (int i = 0; i < POSITIVE; i++)
        values[1 + NEGATIVE + 1 + i] = -mirrored[POSITIVE - 1 - i];
    values[15] = 1;
    free(f);
    return 16;
}

static const double af4_64[] = {-1,         -.69441008, -.51243739, -.37369510, -.25607552, -.14982478,
                                -.04934812, 0,          .04273164,  .12934483,  .21961274,  .31675666,
                                .42563882,  .55496234,  .72424863,  1};
static const double af4_32[] = {-1,         -.72380075, -.54068711, -.39639850, -.27235770, -.15956821,
                                -.05258802, 0,          .04554747,  .13780891,  .23375854,  .33656744,
                                .45084560,  .58437857,  .75299116,  1};
static const double af4_128[] = {-1,         -.66495284, -.48589589, -.35294050, -.24139225, -.14109901,
                                 -.04645526, 0,          .04021689,  .12176897,  .20688830,  .29877409,
                                 .40238482,  .52697805,  .69496104,  1};

static const char source[] = "generate_af4.py of davisyoshida/abnormal-floats, eight digits";

static const struct book_golden golden[] = {
    {"af4_64", 16, af4_64, 5.1e-9, source},
    {"af4_32", 16, af4_32, 5.1e-9, source},
    {"af4_128", 16, af4_128, 5.1e-9, source},
};

const struct book_rule book_rule_af4 = {
    .names = "af4_B (block size B 4..65536)",
    .doc = "AbnormalFloat: medians of normal values over the largest magnitude of their block",
    .citation = "Yoshida, NF4 Isn't Information Theoretically Optimal, arXiv 2306.06965",
    .compute = compute,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
};

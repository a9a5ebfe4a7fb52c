#include "sim/cost/fit.h"

#include <math.h>

typedef double matrix[FIT_TERMS_MAX][FIT_TERMS_MAX];

/* The lower factor of a = l l', in place. */
static bool factor(matrix a, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = a[i][j];
            for (int k = 0; k < j; k++)
                sum -= a[i][k] * a[j][k];
            if (i == j &&
                !(sum > 1e-12 * a[i][i])) /* what cancelling leaves of a column that others make up */
                return false;
            a[i][j] = i == j ? sqrt(sum) : sum / a[j][j];
        }
    return true;
}

/* l z = b, in place. */
static void forward(matrix l, double *b, int n)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            b[i] -= l[i][k] * b[k];
        b[i] /= l[i][i];
    }
}

static void backward(matrix l, double *b, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            b[i] -= l[k][i] * b[k];
        b[i] /= l[i][i];
    }
}

double fit_at(const struct linear_fit *f, const double *x)
{
    double sum = 0;
    for (int k = 0; k < f->terms; k++)
        sum += f->coefficient[k] * x[k];
    return sum;
}

/* Rows are divided by their y: then all measurements are 1. The row that is left out changes the fit so that
 * its own residual r becomes r / (1 - h), h = x' (X'X)^-1 x (Belsley, Kuh, Welsch, Regression Diagnostics,
 * 1980, 2.1). */
bool fit_relative(const double *x, const double *y, int rows, int terms, struct linear_fit *out)
{
    matrix a = {{0}};
    *out = (struct linear_fit){.terms = terms, .rows = rows};
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < terms; i++) {
            const double xi = x[r * terms + i] / y[r];
            out->coefficient[i] += xi;
            for (int j = 0; j <= i; j++)
                a[i][j] += xi * x[r * terms + j] / y[r];
        }
    if (rows <= terms || !factor(a, terms))
        return false;
    forward(a, out->coefficient, terms);
    backward(a, out->coefficient, terms);
    double squares = 0;
    for (int r = 0; r < rows; r++) {
        double z[FIT_TERMS_MAX], leverage = 0;
        for (int i = 0; i < terms; i++)
            z[i] = x[r * terms + i] / y[r];
        const double residual = 1 - fit_at(out, z);
        forward(a, z, terms);
        for (int i = 0; i < terms; i++)
            leverage += z[i] * z[i];
        if (!(leverage < 1 - 1e-9))
            return false;
        const double error = fabs(residual / (1 - leverage));
        out->max_error = fmax(out->max_error, error);
        squares += error * error;
    }
    out->rms_error = sqrt(squares / rows);
    return true;
}

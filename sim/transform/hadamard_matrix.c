#include "sim/transform/hadamard_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The largest factor that a row is multiplied with by definition. */
enum { FACTOR_MAX = 4096 };

static bool is_prime(size_t q)
{
    bool prime = q > 1;
    for (size_t d = 2; prime && d * d <= q; d++)
        prime = q % d != 0;
    return prime;
}

static bool is_square_mod(size_t a, size_t q)
{
    for (size_t b = 1; b < q; b++)
        if (b * b % q == a)
            return true;
    return false;
}

/* The Legendre symbol of every residue: 1 for squares, -1 for others, 0 for 0. */
static void symbols(size_t q, signed char *chi)
{
    chi[0] = 0;
    for (size_t a = 1; a < q; a++)
        chi[a] = is_square_mod(a, q) ? 1 : -1;
}

/* The core of Paley's matrices, [q + 1][q + 1]: a border of ones, below it `corner`, inside chi(i - j). */
static int core(const signed char *chi, size_t q, size_t i, size_t j, int corner)
{
    if (!i || !j)
        return i ? corner : j ? 1 : 0;
    return chi[(i + q - j) % q];
}

/* q mod 4 = 3: the core, skew, plus the identity. */
static void paley_one(const signed char *chi, size_t q, signed char *h)
{
    const size_t m = q + 1;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++)
            h[i * m + j] = (signed char)(core(chi, q, i, j, -1) + (i == j));
}

/* q mod 4 = 1: the symmetric core times [1 1; 1 -1], and [1 -1; -1 -1] in the place of its zeros. */
static void paley_two(const signed char *chi, size_t q, signed char *h)
{
    const size_t m = 2 * (q + 1);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++) {
            const int c = core(chi, q, i / 2, j / 2, 1), both = i % 2 && j % 2;
            const int diagonal = i % 2 || j % 2 ? -1 : 1;
            h[i * m + j] = (signed char)(c ? (both ? -c : c) : diagonal);
        }
}

static bool is_one(size_t m)
{
    return m % 4 == 0 && is_prime(m - 1) && (m - 1) % 4 == 3;
}

static bool is_two(size_t m)
{
    return m % 4 == 0 && is_prime(m / 2 - 1) && (m / 2 - 1) % 4 == 1;
}

static bool fill(struct hadamard *h)
{
    const bool one = is_one(h->m);
    const size_t q = one ? h->m - 1 : h->m / 2 - 1;
    signed char *chi = malloc(q);
    h->factor = malloc(h->m * h->m);
    h->room = malloc(h->m * sizeof *h->room);
    if (chi && h->factor && h->room) {
        symbols(q, chi);
        (one ? paley_one : paley_two)(chi, q, h->factor);
    }
    free(chi);
    return chi && h->factor && h->room;
}

bool hadamard_open(size_t n, struct hadamard *h)
{
    size_t m = n;
    while (m && m % 2 == 0)
        m /= 2;
    *h = (struct hadamard){.m = m};
    if (m != 1)
        while (h->m && h->m <= n && h->m <= FACTOR_MAX && !is_one(h->m) && !is_two(h->m))
            h->m *= 2;
    if (!h->m || h->m > n || h->m > FACTOR_MAX)
        return false;
    h->n = n;
    if (h->m == 1 || fill(h))
        return true;
    hadamard_close(h);
    h->n = n;
    return false;
}

void hadamard_close(struct hadamard *h)
{
    free(h->factor);
    free(h->room);
    *h = (struct hadamard){.n = 0};
}

/* Neighbours of m: times the factor. */
static void turn_factor(struct hadamard *h, double *row, bool back)
{
    const size_t m = h->m;
    memcpy(h->room, row, m * sizeof *row);
    for (size_t j = 0; j < m; j++) {
        double sum = 0;
        for (size_t i = 0; i < m; i++)
            sum += h->room[i] * h->factor[back ? j * m + i : i * m + j];
        row[j] = sum;
    }
}

void hadamard_turn(struct hadamard *h, double *row, bool back)
{
    for (size_t k = 0; h->m > 1 && k < h->n; k += h->m)
        turn_factor(h, row + k, back);
    for (size_t half = h->m; half < h->n; half *= 2) /* Sylvester's is symmetric */
        for (size_t k = 0; k < h->n; k++)
            if (k / half % 2 == 0) {
                const double a = row[k], b = row[k + half];
                row[k] = a + b;
                row[k + half] = a - b;
            }
    const double scale = 1 / sqrt((double)h->n);
    for (size_t k = 0; k < h->n; k++)
        row[k] *= scale;
}

/* The values of a format in order, as tables of codebooks print them. */
#include <stdlib.h>

#include "sim/analysis/analysis.h"
#include "sim/book.h"
#include "sim/quant/theory.h"

/* What the rule of a codebook computes for a name, ascending; 0 values of other names. */
static size_t by_rule(const char *name, double values[static CODEBOOK_MAX])
{
    int n = 0;
    const char *why = NULL;
    for (size_t i = 0; i < book_rule_count() && !n; i++)
        n = book_rule_at(i)->compute(name, values, &why);
    return n > 0 ? (size_t)n : 0;
}

/* Those that rounding to nearest produces: at most CODEBOOK_MAX from `first` on. */
static enum status of_format(const struct format *f, size_t first, double values[static CODEBOOK_MAX],
                             size_t *n, struct error *e)
{
    const size_t room = (size_t)1 << f->bits;
    struct quantizer q = {.value = malloc(2 * room * sizeof *q.value)};
    if (!q.value)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    q.edge = q.value + room;
    const size_t all = quantizer_of_format(f, &q) ? q.n : 0;
    for (*n = 0; *n < CODEBOOK_MAX && first + *n < all; (*n)++)
        values[*n] = q.value[first + *n];
    free(q.value);
    return *n ? STATUS_OK : error_set(e, STATUS_SKIP, "first=%zu: %s has %zu values", first, f->name, all);
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    const size_t first = (size_t)analysis_number(r, "first");
    double values[CODEBOOK_MAX];
    struct format f;
    enum status s = analysis_format(r, "scheme", &f, e);
    if (!s && f.bits > QUANTIZER_BITS)
        s = error_set(e, STATUS_SKIP, "%s has %d bits; allowed: at most %d", f.name, f.bits, QUANTIZER_BITS);
    if (s)
        return s;
    size_t n = by_rule(f.name, values), from = first;
    if (first >= n) {
        s = of_format(&f, first, values, &n, e);
        from = 0;
    }
    for (size_t i = from; !s && i < n && out->n < r->analysis->n_outputs; i++)
        analysis_put(r, out, values[i]);
    return s;
}

static const struct arg_key keys[] = {
    {"scheme", ARG_SCHEME, 0, 0, 0, "nf4", "an element format of at most 16 bits"},
    {"first", ARG_INTEGER, 0, 0, 65535, NULL, "rank of the first one: how many values are smaller"}};

#define OUTPUT(k)                                    \
    {                                                \
        "v" #k, "1", "the value of rank first + " #k \
    }
static const struct analysis_output outputs[] = {
    OUTPUT(0), OUTPUT(1), OUTPUT(2),  OUTPUT(3),  OUTPUT(4),  OUTPUT(5),  OUTPUT(6),  OUTPUT(7),
    OUTPUT(8), OUTPUT(9), OUTPUT(10), OUTPUT(11), OUTPUT(12), OUTPUT(13), OUTPUT(14), OUTPUT(15)};

static const struct analysis_golden golden[] = {
    {"level,scheme=e2m1", "v14", 6, 0, "OCP MX: the largest of 15 values"},
    {"level,scheme=e2m1,first=13", "v0", 4, 0, "OCP MX: the one before"},
    {"level,scheme=lloydmax1", "v1", .79788456080286536, 1e-15, "sqrt(2 / pi), not rounded to binary32"},
    {"level,scheme=nf4,first=7", "v0", 0, 0, "Dettmers et al., arXiv 2305.14314: the eighth value is 0"}};

const struct analysis analysis_level = {
    .name = "level",
    .doc = "values of a format in order, sixteen at a time, of those that rounding to nearest produces; of "
           "codebooks by rule "
           "(nfB, af4_B, lloydmaxB) as computed, before it is rounded to binary32",
    .citation = "the format's own (bitsweep formats NAME)",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};

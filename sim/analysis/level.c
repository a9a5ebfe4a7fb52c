/* A value of a format by its place among all of them, as tables of codebooks print them. */
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

static enum status of_format(const struct format *f, size_t rank, double *value, struct error *e)
{
    const size_t n = (size_t)1 << f->bits;
    struct quantizer q = {.value = malloc(2 * n * sizeof *q.value)};
    enum status s = STATUS_OK;
    if (!q.value)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    q.edge = q.value + n;
    if (!quantizer_of_format(f, &q) || rank >= q.n)
        s = error_set(e, STATUS_SKIP, "rank=%zu: %s has %zu values", rank, f->name, q.n);
    else
        *value = q.value[rank];
    free(q.value);
    return s;
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    const size_t rank = (size_t)analysis_number(r, "rank");
    double values[CODEBOOK_MAX], value = 0;
    struct format f;
    enum status s = analysis_format(r, "scheme", &f, e);
    if (!s && f.bits > QUANTIZER_BITS)
        s = error_set(e, STATUS_SKIP, "%s has %d bits; allowed: at most %d", f.name, f.bits, QUANTIZER_BITS);
    if (s)
        return s;
    if (rank < by_rule(f.name, values))
        value = values[rank];
    else
        s = of_format(&f, rank, &value, e);
    if (!s)
        analysis_put(r, out, value);
    return s;
}

static const struct arg_key keys[] = {
    {"scheme", ARG_SCHEME, 0, 0, 0, "nf4", "an element format of at most 16 bits"},
    {"rank", ARG_INTEGER, 0, 0, 65535, NULL, "how many values are smaller"}};

static const struct analysis_output outputs[] = {{"value", "1", "the value of that rank"}};

static const struct analysis_golden golden[] = {
    {"level,scheme=e2m1,rank=14", "value", 6, 0, "OCP MX: the largest of 15 values"},
    {"level,scheme=lloydmax1,rank=1", "value", .79788456080286536, 1e-15,
     "sqrt(2 / pi), not rounded to binary32"},
    {"level,scheme=nf4,rank=7", "value", 0, 0, "Dettmers et al., arXiv 2305.14314: the eighth value is 0"}};

const struct analysis analysis_level = {
    .name = "level",
    .doc =
        "a value of a format by its rank among those that rounding to nearest produces; of codebooks by rule "
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

/* How far a product lies from the exact one, over pairs of codes of one format. */
#include <stdlib.h>
#include <string.h>

#include "sim/analysis/analysis.h"
#include "sim/arith/product_error.h"

enum { CODES_SIGNIFICANDS, CODES_ALL, CODES_MAGNITUDES, CODES_TABLE4 };

enum { BITS_MAX = 10 }; /* of codes, all pairs of which are taken */

static enum status unknown_product(const char *name, struct error *e)
{
    const size_t n = product_count();
    const char **names = calloc(n, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n; i++)
        names[i] = product_at(i)->name;
    enum status s = text_unknown("product", name, names, n, "products", e);
    free(names);
    return s;
}

static enum status check(const struct analysis_request *r, struct error *e)
{
    const char *name = analysis_text(r, "product");
    const struct product *p = product_find(name);
    if (!p)
        return unknown_product(name, e);
    if (p->uses & PRODUCT_TABLE)
        return error_set(e, STATUS_INVALID,
                         "product: '%s' needs a file; allowed: bitsweep products %s --table", name, name);
    if (analysis_number(r, "dropped") > 0 && !(p->uses & PRODUCT_DROPPED))
        return error_set(e, STATUS_INVALID, "dropped: has no effect on product=%s", name);
    if (analysis_number(r, "offset") >= 0 && !(p->uses & PRODUCT_OFFSET))
        return error_set(e, STATUS_INVALID, "offset: has no effect on product=%s", name);
    return STATUS_OK;
}

/* Table IV does not say which codes it averages over. These give its digits: of exponent fields of more than
 * 4 bits the exponents 1 .. top - 1, of others all but exponent 0 and the code of all ones. */
static bool in_table4(const struct format *f, uint32_t code)
{
    const uint32_t exponent = code >> (f->precision - 1), top = (1u << f->exponent_bits) - 1;
    const uint32_t ones = (1u << (f->bits - 1)) - 1;
    return exponent >= 1 && (f->exponent_bits > 4 ? exponent < top : code != ones);
}

static size_t choose(const struct format *f, int which, uint32_t *codes)
{
    const uint32_t end = which == CODES_ALL ? format_code_mask(f) : format_code_mask(f) >> 1;
    size_t n = 0;
    for (uint32_t code = 0; code <= end; code++)
        if (which != CODES_TABLE4 || in_table4(f, code))
            codes[n++] = code;
    return n;
}

static void put_all(const struct analysis_request *r, const struct product_error *p,
                    struct analysis_result *out)
{
    const double pairs = p->pairs ? (double)p->pairs : 1;
    analysis_put(r, out, (double)p->wrong / pairs);
    analysis_put(r, out, p->mae);
    analysis_put(r, out, p->mean_abs);
    analysis_put(r, out, p->mse);
    analysis_put(r, out, p->largest > 0 ? p->mae / p->largest : 0);
    analysis_put(r, out, p->bias);
    analysis_put(r, out, p->mean);
    analysis_put(r, out, p->rms);
    analysis_put(r, out, p->max_abs);
    analysis_put(r, out, p->largest);
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    const struct product *p = product_find(analysis_text(r, "product"));
    const int which = (int)analysis_number(r, "codes");
    struct product_args args = {.offset = (int)analysis_number(r, "offset"),
                                .dropped = (int)analysis_number(r, "dropped")};
    struct format f;
    enum status s = analysis_format(r, "scheme", &f, e);
    const char *why = s || !p->refuses ? NULL : p->refuses(&f, &f, &args);
    if (why)
        s = error_set(e, STATUS_SKIP, "%s of %s: %s", p->name, f.name, why);
    if (!s && which != CODES_SIGNIFICANDS && f.bits > BITS_MAX)
        s = error_set(e, STATUS_SKIP, "codes: %s has %d bits; allowed: at most %d, or codes=significands",
                      f.name, f.bits, BITS_MAX);
    if (!s && which == CODES_TABLE4 && (f.family != &family_float || f.exponent_bits == 0))
        s = error_set(e, STATUS_SKIP, "codes=table4: %s is no float with an exponent field", f.name);
    if (s)
        return s;
    uint32_t codes[1 << BITS_MAX];
    const size_t n = which == CODES_SIGNIFICANDS ? 0 : choose(&f, which, codes);
    const struct product_error found = which == CODES_SIGNIFICANDS
                                           ? product_error(p, &args, &f, &f)
                                           : product_error_codes(p, &args, &f, codes, n, &f, codes, n);
    put_all(r, &found, out);
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"product", ARG_TEXT, 0, 0, 0, "lmul_real", "an operation (bitsweep products)"},
    {"scheme", ARG_SCHEME, 0, 0, 0, "e4m3", "the format of both operands"},
    {"codes", ARG_WORD, CODES_SIGNIFICANDS, 0, 0, "significands|all|magnitudes|table4",
     "pairs of: codes of one binade; all codes; those without a sign; those of table IV of arXiv 2412.18948"},
    {"offset", ARG_INTEGER, PRODUCT_OFFSET_PAPER, PRODUCT_OFFSET_PAPER, PRODUCT_OFFSET_MAX, NULL,
     "l of the offset 2^-l of L-Mul; -1: the paper's l(m)"},
    {"dropped", ARG_INTEGER, 0, 0, 32, NULL, "columns that a truncated array leaves out"}};

static const struct analysis_output outputs[] = {
    {"ep", "1", "share of pairs with any error"},
    {"mae", "1", "mean magnitude of the error"},
    {"mre", "1", "mean magnitude of the error relative to the exact product"},
    {"mse", "1", "mean squared error"},
    {"ned", "1", "mean magnitude of the error over the largest one"},
    {"bias", "1", "mean error"},
    {"relative_bias", "1", "mean relative error"},
    {"relative_rms", "1", "root mean square of the relative error"},
    {"relative_max", "1", "largest magnitude of the relative error"},
    {"largest", "1", "largest magnitude of the error"}};

#define RECOMPUTED "recomputed by an independent program"
static const struct analysis_golden golden[] = {
    {"product_error,codes=table4", "ep", .9682, 6e-5, RECOMPUTED},
    {"product_error,codes=table4", "mre", .0684, 6e-5, RECOMPUTED},
    {"product_error,codes=table4,scheme=(e6m1,specials=none)", "mae", 2.099e15, 6e11, RECOMPUTED},
    {"product_error,product=lmul_bits,scheme=e4m3", "relative_rms", .0602, 6e-5, RECOMPUTED},
    {"product_error,product=exact,scheme=e4m3", "largest", 0, 0, "exact"},
    {"product_error,product=truncated,dropped=2,scheme=(int8,codes=twos),codes=all", "mae", 1.25, 0,
     "worked by hand: two columns, of one and two partial products"}};

const struct analysis analysis_product_error = {
    .name = "product_error",
    .doc = "how far a product lies from the exact one, over pairs of codes of one format",
    .citation = "arXiv 2412.18948, section IV (definitions of EP, MAE, MRE, MSE, NED)",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .check = check,
    .compute = compute,
};

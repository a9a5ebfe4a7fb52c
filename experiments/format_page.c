#include "experiments/format_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "formats/code_text.h"
#include "sim/base/strbuf.h"
#include "sim/scheme.h"

enum status studied_open(struct studied *s, const char *name, struct error *e)
{
    *s = (struct studied){0};
    struct quant_spec q;
    struct error why = {{0}};
    const char *label = s->format.name;
    if (!format_by_name(name, &s->format, NULL)) {
        if (scheme_parse(name, &q, &why))
            return error_set(e, STATUS_INVALID, "formats: %s", why.text);
        if (q.codec)
            return error_set(e, STATUS_INVALID,
                             "formats: %s codes whole blocks, so its codes have no values of their own; "
                             "bitsweep schemes %s shows it",
                             q.codec->name, q.codec->name);
        s->format = q.element;
        label = name;
    }
    snprintf(s->label, sizeof s->label, "%s", label);
    const struct format *f = &s->format;
    if (f->bits <= FACTS_BITS) {
        s->codes = calloc((size_t)format_code_mask(f) + 1, sizeof *s->codes);
        if (!s->codes)
            return error_set(e, STATUS_INTERNAL, "out of memory");
        s->finite = facts_decode(f, s->codes);
    }
    s->facts = facts_of(f, s->codes, s->finite);
    return STATUS_OK;
}

void studied_close(struct studied *s)
{
    free(s->codes);
    s->codes = NULL;
}

double number_log2(struct number x)
{
    return number_exponent(x) + log2((double)x.significand * 0x1p-63);
}

struct table_value table_number(struct number x, bool people, char text[NUMBER_TEXT_SIZE])
{
    double d = number_to_f64(x);
    number_text(x, text);
    if (x.class == NUMBER_NAN)
        return table_text(NULL);
    bool fits = x.class <= NUMBER_FINITE && number_compare(number_from_f64(d), x) == 0;
    return fits && !people ? table_real(d) : table_text(text);
}

/* --- cells --- */

enum { MAX_FACTS = 48 };

/* The facts of one format, in the order of the page: every format fills the same names. */
struct page {
    bool exact_texts, prose;
    size_t n;
    const char *names[MAX_FACTS];
    struct table_value values[MAX_FACTS];
    char *texts[MAX_FACTS]; /* owned, behind the values that are texts */
    bool failed;
};

static void put(struct page *p, const char *name, struct table_value value)
{
    p->names[p->n] = name;
    p->values[p->n++] = value;
}

static void put_text(struct page *p, const char *name, const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    p->failed |= text && !copy;
    p->texts[p->n] = copy;
    put(p, name, table_text(copy));
}

static void put_flag(struct page *p, const char *name, bool flag)
{
    put(p, name, table_text(flag ? "yes" : "no"));
}

static void put_count(struct page *p, const char *name, bool known, uint64_t n)
{
    put(p, name, known ? table_integer((int64_t)n) : table_text(NULL));
}

static void put_number(struct page *p, const char *name, struct number x)
{
    char text[NUMBER_TEXT_SIZE];
    struct table_value value = table_number(x, p->exact_texts, text);
    if (value.kind == TABLE_STRING)
        put_text(p, name, value.text);
    else
        put(p, name, value);
}

static void put_octaves(struct page *p, const char *name, struct number max, struct number least)
{
    bool range = max.class == NUMBER_FINITE && least.class == NUMBER_FINITE;
    put(p, name, range ? table_real(number_log2(max) - number_log2(least)) : table_text(NULL));
}

/* u = 2^-p in a float of precision p: half the gap above 1. */
static void put_precision(struct page *p, struct number above_one)
{
    struct number u = above_one, minus_one = number_negate(number_pow2(0));
    if (u.class == NUMBER_FINITE)
        u = number_mul(number_add(u, minus_one), number_pow2(-1));
    put_number(p, "unit roundoff at 1", u);
    bool known = u.class == NUMBER_FINITE;
    put(p, "decimal digits at 1", known ? table_real(-number_log2(u) * log10(2)) : table_text(NULL));
}

static void put_list(struct page *p, const char *name, struct strbuf *b)
{
    bool any = b->length > 0;
    char *text = strbuf_take(b);
    p->failed |= any && !text;
    put_text(p, name, any ? text : NULL);
    free(text);
}

static void put_prose(struct page *p, const struct format *f)
{
    struct strbuf b = {0};
    if (!p->prose)
        return;
    put_text(p, "doc", f->doc);
    for (const char *const *a = f->aliases; a && *a; a++)
        strbuf_printf(&b, "%s%s", b.length ? ", " : "", *a);
    put_list(p, "aliases", &b);
    put_text(p, "citation", f->citation);
    for (size_t i = 0; i < f->goldens; i++) {
        char text[NUMBER_TEXT_SIZE];
        number_text(number_from_f64(f->golden[i].value), text);
        strbuf_printf(&b, "%s0x%0*x = %s", i ? ", " : "", (f->bits + 3) / 4, (unsigned)f->golden[i].code,
                      text);
    }
    put_list(p, "goldens", &b);
    put_text(p, "golden source", f->goldens ? f->golden_source : NULL);
}

static void fill(struct page *p, const struct format *f, const struct facts *x)
{
    char layout[LIST_SCRATCH];
    bool is_float = f->family == &family_float;
    f->family->layout(f, layout, sizeof layout);
    put(p, "name", table_text(f->name));
    put(p, "family", table_text(f->family->name));
    put(p, "bits", table_integer(f->bits));
    put_text(p, "layout", layout);
    put_count(p, "precision", is_float, (uint64_t)f->precision);
    put(p, "bias",
        !is_float           ? table_text(NULL)
        : f->real_bias != 0 ? table_real((double)f->real_bias)
                            : table_integer(f->bias));
    put(p, "specials", table_text(is_float ? specials_names[f->specials] : NULL));
    put(p, "subnormals", table_text(is_float ? subnormals_names[f->subnormals] : NULL));
    put_number(p, "max", x->max);
    put_number(p, "lowest", x->lowest);
    put_number(p, "min normal", x->min_normal);
    bool subnormal =
        x->min_normal.class == NUMBER_FINITE && number_compare(x->min_positive, x->min_normal) < 0;
    put_number(p, "min subnormal", subnormal ? x->min_positive : (struct number){.class = NUMBER_NAN});
    put_number(p, "min positive", x->min_positive);
    put_octaves(p, "octaves", x->max, x->min_positive);
    put_octaves(p, "octaves of normals", x->max, x->min_normal);
    put_precision(p, x->above_one);
    put_count(p, "integers without a gap up to", true, x->integers);
    put_flag(p, "has zero", x->zero);
    put_flag(p, "has -0", format_has_neg_zero(f));
    put_flag(p, "has Inf", format_has_inf(f));
    put_flag(p, "has NaN", format_has_nan(f));
    put_count(p, "codes", x->counted, x->codes);
    put_count(p, "finite values", x->counted, x->values);
    put_count(p, "codes of Inf", x->counted, x->infinities);
    put_count(p, "codes of NaN", x->counted, x->nans);
    put_count(p, "wasted: NaN beyond one", x->counted, x->nans > 1 ? x->nans - 1 : 0);
    put_count(p, "wasted: -0", x->counted, x->neg_zeros);
    put_count(p, "wasted: values repeated", x->counted, x->repeated);
    put_count(p, "wasted: values never produced", x->counted, x->unused);
    put_count(p, "codes wasted", x->counted, facts_wasted(x));
    put_prose(p, f);
}

/* --- facts --- */

static enum status write_pages(const struct page *pages, size_t n, struct table *t, struct error *e)
{
    enum status s = STATUS_OK;
    struct table_value *row = calloc(n + 1, sizeof *row);
    if (!row)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < pages->n; i++) {
        bool any = false;
        row[0] = table_text(pages->names[i]);
        for (size_t j = 0; j < n; j++) {
            row[j + 1] = pages[j].values[i];
            any |= row[j + 1].kind != TABLE_MISSING && (row[j + 1].kind != TABLE_STRING || row[j + 1].text);
        }
        if (any)
            s = table_row(t, row, e);
    }
    free(row);
    return s;
}

enum status page_facts(const struct studied *s, size_t n, enum table_format format, struct error *e)
{
    struct page *pages = calloc(n, sizeof *pages);
    const char **columns = calloc(n + 1, sizeof *columns);
    struct table *t = NULL;
    enum status status = STATUS_OK;
    if (!pages || !columns) {
        free(pages);
        free(columns);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    columns[0] = "property";
    for (size_t i = 0; i < n; i++) {
        columns[i + 1] = n == 1 ? "value" : s[i].label;
        pages[i].exact_texts = table_for_people(format);
        pages[i].prose = n == 1;
        fill(&pages[i], &s[i].format, &s[i].facts);
        if (pages[i].failed)
            status = error_set(e, STATUS_INTERNAL, "out of memory");
    }
    if (!status)
        status = table_open(format, stdout, columns, n + 1, &t, e);
    if (!status)
        status = write_pages(pages, n, t, e);
    status = list_end(t, status, e);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < pages[i].n; j++)
            free(pages[i].texts[j]);
    free(pages);
    free(columns);
    return status;
}

/* --- codes --- */

static const char *class_name(const struct format *f, struct number x)
{
    static const char *const names[] = {[NUMBER_ZERO] = "zero", [NUMBER_INF] = "Inf", [NUMBER_NAN] = "NaN"};
    if (x.class != NUMBER_FINITE)
        return names[x.class];
    if (!format_has_normals(f))
        return "finite";
    return number_compare_magnitude(x, format_min_normal(f)) < 0 ? "subnormal" : "normal";
}

enum status page_codes(const struct studied *s, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"code", "bits", "class", "value", "hex"};
    const struct format *f = &s->format;
    struct table *t = NULL;
    enum status status = table_open(format, stdout, columns, 5, &t, e);
    for (uint64_t code = 0; !status && code <= format_code_mask(f); code++) {
        char name[16], bits[CODE_TEXT_SIZE], text[NUMBER_TEXT_SIZE], hex[NUMBER_TEXT_SIZE];
        struct number x = format_decode(f, (uint32_t)code);
        snprintf(name, sizeof name, "0x%0*x", (f->bits + 3) / 4, (unsigned)code);
        code_text(f, (uint32_t)code, bits);
        number_hex(x, hex);
        struct table_value value = table_number(x, table_for_people(format), text);
        if (x.class == NUMBER_NAN)
            value = table_text("NaN");
        struct table_value row[] = {table_text(name), table_text(bits), table_text(class_name(f, x)), value,
                                    table_text(hex)};
        status = table_row(t, row, e);
    }
    return list_end(t, status, e);
}

enum status page_codec(const struct block_codec *c, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    double beside = c->scale_bits + c->side_bits;
    const struct table_value none = table_text(NULL),
                             rows[][2] = {
                                 {table_text("name"), table_text(c->name)},
                                 {table_text("family"), table_text("codec")},
                                 {table_text("doc"), table_text(c->doc)},
                                 {table_text("citation"), table_text(c->citation)},
                                 {table_text("bits of a code"), table_integer(c->element_bits)},
                                 {table_text("block"), c->block ? table_integer((int64_t)c->block)
                                                                : table_text("whatever shares a scale")},
                                 {table_text("bits beside a block"), table_real(beside)},
                                 {table_text("bits per element"),
                                  c->block ? table_real(c->element_bits + beside / (double)c->block) : none}};
    struct table *t = NULL;
    enum status s = table_open(format, stdout, columns, 2, &t, e);
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !s; i++)
        s = table_row(t, rows[i], e);
    return list_end(t, s, e);
}

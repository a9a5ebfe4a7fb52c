#include "experiments/product_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "sim/arith/logarithm.h"
#include "sim/arith/product_error.h"
#include "sim/dump/dump.h"
#include "sim/recoding.h"
#include "sim/scheme.h"

/* --- reading the question --- */

/* A format, or the element of a scheme text without scales; *r (may be NULL) gets its rounding. */
static enum status open_element(const char *text, struct format *f, struct rounding *r, struct error *e)
{
    struct quant_spec spec;
    enum status s = scheme_parse(text, &spec, e);
    if (s)
        return error_prefix(e, s, "products");
    if (spec.codec || spec.scaling.per != PER_NONE)
        return error_set(e, STATUS_INVALID, "products: '%s' has scales; products take an element alone",
                         text);
    *f = spec.element;
    if (r)
        *r = spec.rounding;
    return STATUS_OK;
}

static enum status read_table(const char *path, float **out, struct error *e)
{
    struct dump *d = NULL;
    const struct tensor_view *t = NULL;
    enum status s = dump_open(path, NULL, &d, e);
    if (s)
        return s;
    if (dump_count(d) != 1 || tensor_count(dump_tensor(d, 0)) != PRODUCT_TABLE_SIZE)
        s = error_set(e, STATUS_INVALID,
                      "products: --table: %s: expected one tensor of %d products, that of codes a and b at "
                      "[a << 8 | b]",
                      path, PRODUCT_TABLE_SIZE);
    if (!s)
        s = dump_load(d, 0, &t, e);
    *out = s ? NULL : malloc(PRODUCT_TABLE_SIZE * sizeof **out);
    if (!s && !*out)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        tensor_read_f32(t, 0, PRODUCT_TABLE_SIZE, *out);
    if (!s)
        s = dump_check(d, e);
    dump_close(d);
    return s;
}

static unsigned options_given(const struct product_question *q)
{
    return (q->offset_given ? PRODUCT_OFFSET : 0u) | (q->subnormal_given ? PRODUCT_SUBNORMAL : 0u) |
           (q->dropped >= 0 ? PRODUCT_DROPPED : 0u) | (q->into ? PRODUCT_INTO : 0u) |
           (q->table ? PRODUCT_TABLE : 0u);
}

static enum status check_options(const struct product_question *q, const char *name, unsigned uses,
                                 struct error *e)
{
    char idle[ARITH_OPTIONS_SIZE], allowed[ARITH_OPTIONS_SIZE];
    unsigned without_effect = options_given(q) & ~uses;
    if (!without_effect)
        return STATUS_OK;
    arith_options(without_effect, idle);
    arith_options(uses, allowed);
    return error_set(e, STATUS_INVALID, "products: %s has no effect on %s; allowed: %s", idle, name,
                     *allowed ? allowed : "no such options");
}

/* --- errors of a product --- */

enum { ERROR_COLUMNS = 14 };
static const char *const error_columns[ERROR_COLUMNS] = {
    "a",       "b",    "pairs", "wrong", "mean_pct", "rms_pct", "mean_abs_pct",
    "max_pct", "bias", "mae",   "mse",   "largest",  "sampled", "constant"};

static enum status error_row(struct table *t, const struct product *p, const struct product_args *args,
                             const struct format *a, const struct format *b, struct error *e)
{
    struct product_error s = product_error(p, args, a, b);
    char constant[24];
    bool adds = !strcmp(p->name, "lmul_bits") && a->bias == b->bias && a->precision == b->precision &&
                a->bits == b->bits;
    if (adds)
        snprintf(constant, sizeof constant, "0x%llx", (unsigned long long)lmul_constant(a, args));
    struct table_value row[ERROR_COLUMNS] = {table_text(a->name),
                                             table_text(b->name),
                                             table_integer((int64_t)s.pairs),
                                             table_integer((int64_t)s.wrong),
                                             table_real(100 * s.mean),
                                             table_real(100 * s.rms),
                                             table_real(100 * s.mean_abs),
                                             table_real(100 * s.max_abs),
                                             table_real(s.bias),
                                             table_real(s.mae),
                                             table_real(s.mse),
                                             table_real(s.largest),
                                             table_text(s.sampled ? "yes" : "no"),
                                             table_text(adds ? constant : NULL)};
    return table_row(t, row, e);
}

/* Without operands, formats with themselves, as far as the product takes them. */
static const char *const usual[] = {"e2m1", "e5m2", "e4m3", "e3m4", "bf16", "fp16", "int4", "int8"};

static enum status error_rows(const struct product_question *q, const struct product *p,
                              const struct product_args *args, struct table *t, struct error *e)
{
    struct format a, b;
    enum status s = STATUS_OK;
    for (size_t i = 0; !q->a && !s && i < sizeof usual / sizeof *usual; i++) {
        s = open_element(usual[i], &a, NULL, e);
        if (!s && !(p->refuses && p->refuses(&a, &a, args)))
            s = error_row(t, p, args, &a, &a, e);
    }
    if (!q->a || s)
        return s;
    s = open_element(q->a, &a, NULL, e);
    if (!s)
        s = open_element(q->b ? q->b : q->a, &b, NULL, e);
    return s ? s : error_row(t, p, args, &a, &b, e);
}

/* What a product refuses is said before anything is printed. */
static enum status check_operands(const struct product_question *q, const struct product *p,
                                  const struct product_args *args, struct error *e)
{
    struct format a, b;
    size_t i = 0, n = q->a ? 1 : sizeof usual / sizeof *usual;
    const char *why = NULL;
    enum status s = STATUS_OK;
    for (; !s && i < n; i++) {
        s = open_element(q->a ? q->a : usual[i], &a, NULL, e);
        if (!s)
            s = open_element(q->b ? q->b : q->a ? q->a : usual[i], &b, NULL, e);
        if (!s)
            why = p->refuses ? p->refuses(&a, &b, args) : NULL;
        if (!s && !why)
            return STATUS_OK;
    }
    if (s)
        return s;
    return error_set(e, STATUS_INVALID, "products: %s of %s and %s: %s", p->name, a.name, b.name, why);
}

static enum status show_errors(const struct product_question *q, const struct product *p,
                               const struct product_args *args, struct error *e)
{
    struct table *t = NULL;
    size_t columns = strcmp(p->name, "lmul_bits") ? ERROR_COLUMNS - 1 : ERROR_COLUMNS;
    enum status s = table_open(q->format, stdout, error_columns, columns, &t, e);
    if (!s)
        s = error_rows(q, p, args, t, e);
    return list_end(t, s, e);
}

/* --- digits of a recoding --- */

static enum status digit_row(struct table *t, const struct recoding *r, int bits, struct error *e)
{
    int64_t digits = 0, most = 0;
    for (int32_t x = -(1 << (bits - 1)); x < 1 << (bits - 1); x++) {
        struct digit d[RECODING_BITS + 1];
        int n = r->digits(x, bits, d);
        digits += n;
        most = n > most ? n : most;
    }
    struct table_value row[] = {table_integer(bits), table_integer(INT64_C(1) << bits),
                                table_integer(r->slots(bits)), table_integer(most),
                                table_real((double)digits / (double)(INT64_C(1) << bits))};
    return table_row(t, row, e);
}

static enum status show_digits(const struct product_question *q, const struct recoding *r, struct error *e)
{
    static const char *const columns[] = {"bits", "weights", "slots", "max_digits", "mean_digits"};
    static const int widths[] = {2, 3, 4, 6, 8, 12, 16};
    struct table *t = NULL;
    struct format f = {.bits = 0};
    enum status s = q->a ? open_element(q->a, &f, NULL, e) : STATUS_OK;
    if (s)
        return s;
    if (q->a && (f.family != &family_int || f.codes == CODES_SIGNMAG || f.bits > RECODING_BITS))
        return error_set(e, STATUS_INVALID,
                         "products: %s recodes two's complement integers of at most %d bits, not %s", r->name,
                         RECODING_BITS, q->a);
    s = table_open(q->format, stdout, columns, 5, &t, e);
    if (!s && f.bits)
        s = digit_row(t, r, f.bits, e);
    for (size_t i = 0; !s && !f.bits && i < sizeof widths / sizeof *widths; i++)
        s = digit_row(t, r, widths[i], e);
    return list_end(t, s, e);
}

/* --- the page --- */

static enum status show_entry(const struct arith_entry *x, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    char options[ARITH_OPTIONS_SIZE];
    arith_options(x->uses, options);
    const char *const rows[][2] = {{"name", x->name},
                                   {"kind", x->kind},
                                   {"doc", x->doc},
                                   {"options", options},
                                   {"citation", x->citation}};
    struct table *t = NULL;
    enum status s = table_open(format, stdout, columns, 2, &t, e);
    for (size_t i = 0; !s && i < sizeof rows / sizeof *rows; i++)
        if (*rows[i][1])
            s = table_row(t, (struct table_value[]){table_text(rows[i][0]), table_text(rows[i][1])}, e);
    return list_end(t, s, e);
}

static enum status product_answer(const struct product_question *q, const struct arith_entry *x,
                                  struct error *e)
{
    const struct product *p = product_find(x->name);
    struct product_args args = {
        .offset = q->offset, .normalise = q->normalise, .dropped = q->dropped < 0 ? 0 : q->dropped};
    float *table = NULL;
    /* What needs an option that is not given has a page alone. */
    bool page_alone = ((x->uses & PRODUCT_TABLE) && !q->table) || (p == product_find("rounded") && !q->into);
    enum status s = q->into ? open_element(q->into, &args.into, &args.rounding, e) : STATUS_OK;
    if (!s && q->table)
        s = read_table(q->table, &table, e);
    args.table = table;
    if (!s && (!page_alone || q->a))
        s = check_operands(q, p, &args, e);
    if (!s && (page_alone || table_for_people(q->format)))
        s = show_entry(x, q->format, e);
    if (!s && !page_alone && table_for_people(q->format))
        putchar('\n');
    if (!s && !page_alone)
        s = show_errors(q, p, &args, e);
    free(table);
    return s;
}

static enum status recoding_answer(const struct product_question *q, const struct arith_entry *x,
                                   struct error *e)
{
    if (q->b)
        return error_set(e, STATUS_INVALID, "products: a recoding takes one format, that of the weights");
    enum status s = STATUS_OK;
    if (table_for_people(q->format)) {
        s = show_entry(x, q->format, e);
        if (!s)
            putchar('\n');
    }
    return s ? s : show_digits(q, recoding_find(x->name), e);
}

static const char *name_at(size_t i)
{
    return arith_at(i).name;
}

enum status product_page(const struct product_question *q, struct error *e)
{
    for (size_t i = 0; i < arith_count(); i++) {
        struct arith_entry x = arith_at(i);
        if (strcmp(x.name, q->name))
            continue;
        enum status s = check_options(q, x.name, x.uses, e);
        if (s)
            return s;
        if (product_find(x.name) && i < product_count())
            return product_answer(q, &x, e);
        if (i >= arith_count() - recoding_count())
            return recoding_answer(q, &x, e);
        if (q->a)
            return error_set(e, STATUS_INVALID, "products: a requantizer takes no formats");
        return show_entry(&x, q->format, e);
    }
    return list_unknown("product", q->name, arith_count(), name_at, e);
}

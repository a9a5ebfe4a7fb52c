#include <math.h>
#include <stdio.h>

#include "experiments/cli_list.h"
#include "sim/scheme.h"

static const struct argp argp = {
    .parser = list_parse,
    .children = list_children,
    .args_doc = "[NAME]",
    .doc =
        "List the element formats, or show all of one: derived values, golden pairs, and every code of a "
        "format of 8 bits or fewer.\v"
        "NAME is a format, registered or by rule (any eXmY or intN; nf3, af4_64, lloydmax4), a codebook file "
        "(book:PATH), or a scheme text, whose element is shown.\n\n"
        "  bitsweep formats\n"
        "  bitsweep formats e2m1\n"
        "  bitsweep formats af4_64\n"
        "  bitsweep formats e3m2,specials=ieee --format csv\n"};

static const char *name_at(size_t i)
{
    return format_at(i)->name;
}

static bool is_float(const struct format *f)
{
    return f->family == &family_float;
}

static double max_value(const struct format *f)
{
    return number_to_f64(format_max(f));
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    const struct format *f = format_at(i);
    f->family->layout(f, scratch, LIST_SCRATCH);
    *out++ = table_text(f->name);
    *out++ = table_integer(f->bits);
    *out++ = table_text(scratch);
    *out++ = is_float(f) ? table_integer(f->bias) : table_text(NULL);
    *out++ = table_real(max_value(f));
    *out++ = format_has_normals(f) ? table_real(number_to_f64(format_min_normal(f))) : table_text(NULL);
    *out++ = table_real(number_to_f64(format_min_positive(f)));
    *out++ = table_text(is_float(f) ? specials_names[f->specials] : NULL);
    *out++ = table_text(f->doc);
    *out++ = table_text(f->citation);
}

/* --- one format --- */

struct sheet {
    struct table *t;
    enum status s;
    struct error *e;
};

static void put(struct sheet *p, const char *name, struct table_value value)
{
    if (!p->s)
        p->s = table_row(p->t, (struct table_value[]){table_text(name), value}, p->e);
}

static void put_code(struct sheet *p, const char *what, const struct format *f, uint32_t code, double value)
{
    char name[64], text[64];
    int digits = (f->bits + 3) / 4;
    snprintf(name, sizeof name, "%s 0x%0*x", what, digits, (unsigned)code);
    if (isnan(value))
        snprintf(text, sizeof text, "NaN");
    else
        snprintf(text, sizeof text, "%.17g", value);
    put(p, name, table_text(text));
}

static void put_facts(struct sheet *p, const struct format *f)
{
    char text[64];
    f->family->layout(f, text, sizeof text);
    put(p, "name", table_text(f->name));
    put(p, "doc", table_text(f->doc));
    put(p, "citation", table_text(f->citation));
    for (const char *const *alias = f->aliases; alias && *alias; alias++)
        put(p, "alias", table_text(*alias));
    put(p, "family", table_text(f->family->name));
    put(p, "bits", table_integer(f->bits));
    put(p, "layout", table_text(text));
    if (is_float(f)) {
        put(p, "precision", table_integer(f->precision));
        put(p, "bias", table_integer(f->bias));
        put(p, "specials", table_text(specials_names[f->specials]));
        put(p, "subnormals", table_text(subnormals_names[f->subnormals]));
        put(p, "min normal", table_real(number_to_f64(format_min_normal(f))));
    }
    put(p, "max", table_real(max_value(f)));
    put(p, "min positive", table_real(number_to_f64(format_min_positive(f))));
    put(p, "has Inf", table_text(format_has_inf(f) ? "yes" : "no"));
    put(p, "has NaN", table_text(format_has_nan(f) ? "yes" : "no"));
    put(p, "has -0", table_text(format_has_neg_zero(f) ? "yes" : "no"));
}

static enum status show(const struct format *f, const struct list_args *a, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    enum { ALL_CODES_BITS = 8 };
    struct sheet p = {.e = e};
    p.s = table_open(a->format, stdout, columns, 2, &p.t, e);
    put_facts(&p, f);
    if (f->goldens)
        put(&p, "golden source", table_text(f->golden_source));
    for (size_t i = 0; i < f->goldens; i++)
        put_code(&p, "golden", f, f->golden[i].code, f->golden[i].value);
    for (uint32_t code = 0; f->bits <= ALL_CODES_BITS && code <= format_code_mask(f); code++)
        put_code(&p, "code", f, code, format_value(f, code));
    return list_end(p.t, p.s, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"format",     "bits",         "layout",   "bias", "max",
                                          "min_normal", "min_positive", "specials", "doc",  "source"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    if (!a.name)
        return list_show(&(struct list){"format", columns, 10, format_count, name_at, row}, &a, e);
    struct format f;
    struct quant_spec q;
    if (format_by_name(a.name, &f, NULL))
        return show(&f, &a, e);
    struct error why = {{0}};
    if (!scheme_parse(a.name, &q, &why))
        return show(&q.element, &a, e);
    return error_set(e, STATUS_INVALID, "formats: %s", why.text);
}

const struct command command_formats = {"formats", "list the element formats, or show all of one", run};

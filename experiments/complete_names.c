#include "experiments/complete_names.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "experiments/config.h"
#include "experiments/diff.h"
#include "experiments/names.h"
#include "experiments/product_page.h"
#include "experiments/published.h"
#include "formats/codec.h"
#include "plots/plot.h"
#include "sim/dump/synth.h"
#include "sim/mac.h"
#include "formats/pack.h"
#include "sim/profile.h"
#include "sim/rtl/rtl.h"
#include "sim/scheme.h"

extern const char text_results_views_sql[];

void complete_add(const struct completion *c, const char *name, const char *doc)
{
    if (strncmp(name, c->word, strlen(c->word)) != 0)
        return;
    strbuf_add_n(c->out, c->kept, (size_t)(c->word - c->kept));
    strbuf_printf(c->out, "%s\t%.*s\n", name, (int)strcspn(doc, "\n\t"), doc);
}

/* --- registries --- */

static void files(const struct completion *c)
{
    strbuf_add(c->out, ":file\n");
}

static void folders(const struct completion *c)
{
    strbuf_add(c->out, ":dir\n");
}

/* All of a registry. */
#define REGISTRY(all, one)                                        \
    static void all(const struct completion *c)                   \
    {                                                             \
        for (size_t i = 0; i < one##_count(); i++)                \
            complete_add(c, one##_at(i)->name, one##_at(i)->doc); \
    }
REGISTRY(commands, command)
REGISTRY(formats, format)
REGISTRY(aliases, scheme_alias)
REGISTRY(metrics, metric)
REGISTRY(transforms, transform)
REGISTRY(methods, method)
REGISTRY(analyses, analysis)
REGISTRY(every_model, cost_model)
REGISTRY(units, unit)
REGISTRY(designs, rtl_design)
REGISTRY(distributions, distribution)
#undef REGISTRY

/* The words of an enumeration. */
#define WORDS(all, names, n)                    \
    static void all(const struct completion *c) \
    {                                           \
        for (size_t i = 0; i < n; i++)          \
            complete_add(c, names[i], "");      \
    }
WORDS(table_formats, table_format_names, TABLE_FORMATS)
WORDS(operations, config_op_names, OPS)
WORDS(dtypes, dtype_names, DTYPES)
WORDS(round_modes, round_mode_names, ROUND_SR) /* those that are functions of the value */
WORDS(pack_orders, pack_order_names, PACK_ORDERS)
WORDS(scale_layouts, scale_layout_names, SCALE_LAYOUTS)
WORDS(diff_parts, diff_part_names, DIFF_PARTS)
#undef WORDS

static void schemes(const struct completion *c)
{
    formats(c);
    aliases(c);
    for (size_t i = 0; i < profile_count(); i++)
        complete_add(c, profile_at(i)->scheme.name, profile_at(i)->scheme.doc);
}

static void families(const struct completion *c)
{
    for (size_t i = 0; i < profile_count(); i++)
        if (!i || strcmp(profile_at(i)->family, profile_at(i - 1)->family) != 0)
            complete_add(c, profile_at(i)->family, "");
}

static void products(const struct completion *c)
{
    for (size_t i = 0; i < arith_count(); i++)
        complete_add(c, arith_at(i).name, arith_at(i).doc);
}

static void cost_models(const struct completion *c)
{
    if (!strcmp(c->command->name, "cost"))
        complete_add(c, "all", "every model");
    every_model(c);
}

static void figures(const struct completion *c)
{
    for (size_t i = 0; i < figure_count(); i++)
        complete_add(c, figure_at(i)->name, figure_at(i)->title);
    for (size_t i = 0; strcmp(c->command->name, "plot") && i < figure_given_count(); i++)
        complete_add(c, figure_given_at(i)->name, figure_given_at(i)->title);
}

static void papers(const struct completion *c)
{
    struct published *p = NULL;
    if (published_own(&p, NULL))
        return;
    for (size_t i = 0; i < p->n_papers; i++)
        complete_add(c, p->papers[i].key, p->papers[i].title);
    published_free(p);
}

static void rounding(const struct completion *c)
{
    complete_add(c, "all", "");
    round_modes(c);
}

/* A key of the file, with the sign behind it. */
static void study_keys(const struct completion *c)
{
    char name[64];
    for (size_t i = 0; i < config_key_count(); i++) {
        snprintf(name, sizeof name, "%s=", config_key_at(i)->name);
        complete_add(c, name, config_key_at(i)->doc);
    }
    for (size_t i = 0; i < scheme_key_count(); i++) {
        snprintf(name, sizeof name, "%s=", scheme_key_at(i)->name);
        complete_add(c, name, scheme_key_at(i)->doc);
    }
}

/* --- what files hold --- */

static void ask_database(const struct completion *c, const char *sql)
{
    struct query *q = NULL;
    struct names names = {0};
    if (query_open(c->db, 0, &q, NULL) || names_read(q, sql, &names, NULL))
        names.n = 0;
    for (size_t i = 0; i < names.n; i++)
        complete_add(c, names.text[i], "");
    names_free(&names);
    query_close(q);
}

/* The views that the program makes, and, where the database is there, its tables. */
static void views(const struct completion *c)
{
    static const char made[] = "\nCREATE VIEW ";
    for (const char *at = text_results_views_sql; (at = strstr(at, made));) {
        char name[64];
        at += strlen(made);
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " \n"), at);
        complete_add(c, name, "view");
    }
    ask_database(c, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                    " ORDER BY name");
}

static void quantities(const struct completion *c)
{
    ask_database(c, "SELECT DISTINCT model || '.' || quantity FROM cost_kind ORDER BY 1");
}

static void studies(const struct completion *c)
{
    ask_database(c, "SELECT DISTINCT name FROM config ORDER BY 1");
}

/* Of the first dump among the words. */
static void tensors(const struct completion *c)
{
    struct dump *d = NULL;
    for (size_t i = 0; i < c->n && !d; i++)
        if (!access(c->words[i], R_OK) && dump_open(c->words[i], &(struct dump_hint){0}, &d, NULL))
            d = NULL;
    for (size_t i = 0; d && i < dump_count(d); i++)
        complete_add(c, dump_tensor(d, i)->name, "");
    dump_close(d);
}

/* --- which of them --- */

/* The first row that fits says what a placeholder stands for. */
static const struct {
    const char *of; /* a long option, or a command for its arguments; NULL: any */
    const char *placeholder;
    void (*add)(const struct completion *c);
} rows[] = {
    {"format", "FORMAT", table_formats},
    {"study", "GLOB", studies},
    {"formats", "NAME", formats},
    {"products", "NAME", products},
    {"family", "NAME", families},
    {"metric", "NAME", metrics},
    {"metric", "GLOB", metrics},
    {"name", "GLOB", tensors},
    {NULL, "TENSOR", tensors},
    {NULL, "COMMAND", commands},
    {NULL, "FORMAT", formats},
    {"products", "A", formats},
    {"products", "B", formats},
    {NULL, "SCHEME", schemes},
    {NULL, "METRIC", metrics},
    {NULL, "TRANSFORM", transforms},
    {NULL, "METHOD", methods},
    {NULL, "ANALYSIS", analyses},
    {NULL, "PAPER", papers},
    {NULL, "MODEL", cost_models},
    {NULL, "TEXT", cost_models},
    {NULL, "UNIT", units},
    {NULL, "MAC", units},
    {"design", "NAME", designs},
    {NULL, "FIGURE", figures},
    {NULL, "DISTRIBUTION", distributions},
    {NULL, "VIEW", views},
    {NULL, "MODEL.QUANTITY", quantities},
    {NULL, "OP", operations},
    {NULL, "TYPE", dtypes},
    {NULL, "MODE", rounding},
    {NULL, "ORDER", pack_orders},
    {NULL, "LAYOUT", scale_layouts},
    {NULL, "PART", diff_parts},
    {"set", "KEY=VALUE", study_keys},
    {NULL, "DIR", folders},
    {NULL, "FILE", files},
    {NULL, "DUMP", files},
    {NULL, "INTO", files},
    {NULL, "FROM", files},
};

void complete_names(const struct completion *c, const char *placeholder, size_t n)
{
    const char *of = c->option ? c->option : c->command ? c->command->name : "";
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)n, placeholder);
    if (islower((unsigned char)*word)) {
        complete_add(c, word, "");
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].placeholder, word) != 0)
            continue;
        if (rows[i].of && strcmp(rows[i].of, of) != 0)
            continue;
        rows[i].add(c);
        return;
    }
}

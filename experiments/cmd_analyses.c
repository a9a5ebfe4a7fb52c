#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "sim/analysis/analysis.h"

enum { TEXTS_MAX = 256 };

struct args {
    const char *texts[TEXTS_MAX];
    size_t n;
    enum table_format format;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = &a->format;
    else if (key == ARGP_KEY_ARG && a->n == TEXTS_MAX)
        argp_error(state, "more than %d texts", TEXTS_MAX);
    else if (key == ARGP_KEY_ARG)
        a->texts[a->n++] = arg;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_child children[] = {{&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = parse,
    .children = children,
    .args_doc = "[ANALYSIS[,KEY=VALUE]...]...",
    .doc =
        "List the analyses, which give quantities that belong to no tensor; show one, given by its name; or "
        "compute those given with keys, or several.\v"
        "Experiment files name them too: op: analysis, with analysis and its keys as axes.\n\n"
        "  bitsweep analyses\n"
        "  bitsweep analyses crossover\n"
        "  bitsweep analyses crossover,int=int4,float=e2m1\n"
        "  bitsweep analyses aciq,bits=4 aciq,bits=8 --format csv\n"
        "  bitsweep analyses 'cost,model=(memory,level=dram),scheme=mxfp4'\n"};

static const char *name_at(size_t i)
{
    return analysis_at(i)->name;
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    const struct analysis *a = analysis_at(i);
    list_keys(a->keys, a->n_keys, scratch);
    *out++ = table_text(a->name);
    *out++ = table_text(scratch);
    *out++ = table_text(a->doc);
    *out++ = table_text(a->citation);
}

/* --- one --- */

static enum status show_output(struct table *t, const char *name, const char *unit, const char *doc,
                               double value, struct error *e)
{
    struct strbuf b = {0};
    char number[32];
    strbuf_printf(&b, "%s [%s]; of what holds unless said: %s", doc, unit, str_shortest_f64(value, number));
    enum status s = b.text ? list_pair(t, name, b.text, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    strbuf_free(&b);
    return s;
}

static enum status show(const struct analysis *a, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    struct analysis_request r;
    struct analysis_result found;
    struct table *out = NULL;
    enum status s = analysis_parse(a->name, &r, e);
    if (!s)
        s = analysis_compute(&r, &found, e);
    if (s)
        return s;
    s = table_open(format, stdout, columns, 2, &out, e);
    if (s)
        return s;
    s = list_pair(out, "analysis", a->name, e);
    if (!s)
        s = list_pair(out, "doc", a->doc, e);
    if (!s)
        s = list_pair(out, "citation", a->citation, e);
    for (size_t i = 0; i < a->n_keys && !s; i++)
        s = list_key(out, &a->keys[i], e);
    for (size_t i = 0; i < found.n && !s; i++)
        s = show_output(out, found.value[i].name, found.value[i].unit, found.value[i].doc,
                        found.value[i].value, e);
    return list_end(out, s, e);
}

/* --- several --- */

static enum status put(struct table *t, const struct analysis_request *r, struct error *e)
{
    struct analysis_result found;
    char text[ANALYSIS_TEXT_SIZE];
    const size_t prefix = strlen(r->analysis->name) + 1;
    enum status s = analysis_compute(r, &found, e);
    analysis_short(r, text);
    for (size_t i = 0; !s && i < found.n; i++) {
        const struct analysis_value *v = &found.value[i];
        const struct table_value values[] = {table_text(text), table_text(v->name + prefix),
                                             table_real(v->value), table_text(v->unit), table_text(v->doc)};
        s = table_row(t, values, e);
    }
    return s == STATUS_SKIP ? STATUS_INVALID : s;
}

static enum status compute(const struct args *a, struct error *e)
{
    static const char *const columns[] = {"analysis", "quantity", "value", "unit", "doc"};
    struct analysis_request *r = calloc(a->n, sizeof *r);
    struct table *t = NULL;
    enum status s = r ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < a->n; i++) /* what is wrong is said before anything is printed */
        s = analysis_parse(a->texts[i], &r[i], e);
    if (!s)
        s = table_open(a->format, stdout, columns, 5, &t, e);
    for (size_t i = 0; t && !s && i < a->n; i++)
        s = put(t, &r[i], e);
    free(r);
    return t ? list_end(t, s, e) : s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"analysis", "keys", "doc", "citation"};
    struct args a = {.n = 0};
    cli_parse(&argp, argc, argv, &a);
    const struct analysis *one = a.n == 1 ? analysis_find(a.texts[0]) : NULL;
    if (one)
        return show(one, a.format, e);
    if (a.n)
        return compute(&a, e);
    return list_show(&(struct list){"analysis", columns, 4, analysis_count, name_at, row},
                     &(struct list_args){.format = a.format}, e);
}

const struct command command_analyses = {"analyses", "list or compute quantities that belong to no tensor",
                                         run, &argp};

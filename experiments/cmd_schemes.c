#include <stdio.h>

#include "experiments/cli_list.h"
#include "sim/profile.h"

struct args {
    struct list_args list;
    int which; /* the option of another list; 0: schemes */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    if (key != 'k' && key != 'r' && key != 'p')
        return list_parse(key, arg, state);
    if (a->which && a->which != key)
        argp_error(state, "--keys, --rules and --profiles: one of them");
    a->which = key;
    return 0;
}

static const struct argp_option options[] = {
    {"keys", 'k', NULL, 0, "list the keys of scheme texts instead", 0},
    {"rules", 'r', NULL, 0, "list the scale rules instead", 0},
    {"profiles", 'p', NULL, 0, "list the profiles of vendors instead", 0},
    {0}};
static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .children = list_children,
                                 .args_doc = "[SCHEME]",
                                 .doc = "List the published schemes, or show what a scheme text means.\v"
                                        "A scheme text is FORMAT, a published name or a vendor's profile, "
                                        "then keys:\n  e2m1,block=32,scale=e8m0\n\n"
                                        "  bitsweep schemes\n"
                                        "  bitsweep schemes mxfp4,block=16\n"
                                        "  bitsweep schemes --keys\n"
                                        "  bitsweep schemes --rules\n"
                                        "  bitsweep schemes --profiles\n"
                                        "  bitsweep schemes torchao:nvfp4\n"};

static const char *alias_name(size_t i)
{
    return scheme_alias_at(i)->name;
}

static void alias_row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct scheme_alias *a = scheme_alias_at(i);
    *out++ = table_text(a->name);
    *out++ = table_text(a->text);
    *out++ = table_text(a->doc);
    *out++ = table_text(a->citation);
}

static const char *profile_name(size_t i)
{
    return profile_at(i)->scheme.name;
}

static void profile_row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct profile *p = profile_at(i);
    *out++ = table_text(p->scheme.name);
    *out++ = table_text(p->family);
    *out++ = table_text(p->scheme.doc);
    *out++ = table_text(p->checked);
}

static const char *key_name(size_t i)
{
    return scheme_key_at(i)->name;
}

static void key_row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct text_key *k = scheme_key_at(i);
    *out++ = table_text(k->name);
    *out++ = table_text(k->choices);
    *out++ = table_text(k->doc);
}

static const char *rule_name(size_t i)
{
    return scale_rule_at(i)->name;
}

static void rule_row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct scale_rule *r = scale_rule_at(i);
    *out++ = table_text(r->name);
    *out++ = table_text(r->doc);
    *out++ = table_text(r->citation);
}

/* What a scheme text means, key by key. */
static enum status show_scheme(const struct list_args *a, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    struct quant_spec q;
    char text[SCHEME_TEXT_SIZE];
    char scratch[SCHEME_VALUE_SIZE];
    enum status s = scheme_parse(a->name, &q, e);
    if (s)
        return s;
    struct table *t = NULL;
    s = table_open(a->format, stdout, columns, 2, &t, e);
    scheme_canonical(&q, text);
    if (!s)
        s = list_pair(t, "canonical", text, e);
    scheme_short(&q, text);
    if (!s)
        s = list_pair(t, "short", text, e);
    if (!s)
        s = list_pair(t, "element", q.element.name, e);
    for (size_t i = 0; i < scheme_key_count() && !s; i++) {
        const char *value = scheme_get(&q, scheme_key_at(i), scratch);
        if (*value)
            s = list_pair(t, scheme_key_at(i)->name, value, e);
    }
    if (!s && q.codec)
        s = list_pair(t, "doc", q.codec->doc, e);
    if (!s && q.codec)
        s = list_pair(t, "citation", q.codec->citation, e);
    const struct scheme_alias *alias = scheme_alias_find(a->name);
    if (!s && alias)
        s = list_pair(t, "doc", alias->doc, e);
    if (!s && alias)
        s = list_pair(t, "citation", alias->citation, e);
    const struct profile *p = profile_find(a->name);
    if (!s && p)
        s = list_pair(t, "family", p->family, e);
    if (!s && p)
        s = list_pair(t, "checked", p->checked, e);
    if (!s && p && *p->note)
        s = list_pair(t, "note", p->note, e);
    return list_end(t, s, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const alias_columns[] = {"scheme", "text", "doc", "citation"};
    static const char *const key_columns[] = {"key", "choices", "doc"};
    static const char *const profile_columns[] = {"profile", "family", "doc", "checked"};
    static const char *const rule_columns[] = {"rule", "doc", "citation"};
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    if (a.which == 'k')
        return list_show(&(struct list){"key", key_columns, 3, scheme_key_count, key_name, key_row}, &a.list,
                         e);
    if (a.which == 'r')
        return list_show(&(struct list){"scale rule", rule_columns, 3, scale_rule_count, rule_name, rule_row},
                         &a.list, e);
    if (a.which == 'p')
        return list_show(
            &(struct list){"profile", profile_columns, 4, profile_count, profile_name, profile_row}, &a.list,
            e);
    if (a.list.name)
        return show_scheme(&a.list, e);
    return list_show(&(struct list){"scheme", alias_columns, 4, scheme_alias_count, alias_name, alias_row},
                     &a.list, e);
}

const struct command command_schemes = {
    "schemes", "list published schemes, vendors' profiles, keys and scale rules", run, &argp};

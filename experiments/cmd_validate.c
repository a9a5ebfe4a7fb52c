/* Checks experiment files without touching dumps or the database. */
#include <stdio.h>
#include <stdlib.h>

#include "experiments/cli_study.h"
#include "experiments/published.h"
#include "experiments/yaml_tree.h"
#include "sim/base/strbuf.h"
#include "sim/scheme.h"

struct args {
    struct study_args study;
    bool resolved;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    (void)arg;
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = &a->study;
    else if (key == 'r')
        a->resolved = true;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* The keys of the file, from their tables. */
static char *filter_help(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    struct strbuf b = {0};
    strbuf_add(&b, "Keys of an experiment file:\n");
    for (size_t i = 0; i < config_key_count(); i++) {
        const struct config_key *k = config_key_at(i);
        struct strbuf doc = {0};
        strbuf_printf(&doc, "%s%s: %s", k->type, k->required ? " (required)" : "", k->doc);
        strbuf_printf(&b, "  %-9s ", k->name);
        cli_wrap(&b, 12, doc.text ? doc.text : "");
        strbuf_free(&doc);
    }
    strbuf_add(&b, "\nAnd, as constants for every scheme or as axes of sweep:\n");
    for (size_t i = 0; i < scheme_key_count(); i++) {
        strbuf_printf(&b, "  %-12s ", scheme_key_at(i)->name);
        cli_wrap(&b, 15, scheme_key_at(i)->doc);
    }
    strbuf_add(&b, "\nWith op: analysis their keys (bitsweep analyses) instead.\n\n"
                   "  bitsweep validate experiments/*.yaml\n"
                   "  bitsweep validate --resolved study.yaml --set seed=7\n");
    return strbuf_take(&b);
}

static const struct argp_option options[] = {
    {"resolved", 'r', NULL, 0, "print the resolved configuration, the JSON that is hashed", 0}, {0}};
static const struct argp_child children[] = {{&study_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "FILE...",
    .doc = "Check experiment files; exit status 2 if one is wrong, 69 if one is missing.\v ",
    .help_filter = filter_help};

/* A file of published numbers stands among the studies: *is where it is one. */
static enum status check_published(const char *path, bool *is, struct error *e)
{
    char *text = NULL;
    size_t bytes = 0;
    struct node *root = NULL;
    struct published *p = NULL;
    enum status s = yaml_read(path, &text, &bytes, NULL);
    *is = !s && !yaml_parse(text, bytes, path, &root, NULL) && node_get(root, "papers");
    node_free(root);
    s = *is ? published_read(path, text, bytes, &p, e) : STATUS_OK;
    if (!s && *is)
        printf("%s: ok: %zu numbers of %zu papers\n", path, p->n, p->n_papers);
    published_free(p);
    free(text);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    enum status s = STATUS_OK;
    for (size_t i = 0; i < a.study.n_files && !s; i++) {
        struct config *c = NULL;
        bool numbers = false;
        s = check_published(a.study.files[i], &numbers, e);
        if (!s && numbers && a.study.n_sets)
            s = error_set(e, STATUS_USAGE, "--set %s has no effect on %s, a file of published numbers",
                          *a.study.sets, a.study.files[i]);
        if (s || numbers)
            continue;
        s = study_args_load(&a.study, i, &c, e);
        if (!s && a.resolved)
            printf("%s\n", c->resolved);
        else if (!s && c->op == OP_ANALYSIS)
            printf("%s: ok: %s, %zu analyses, sha256 %s\n", c->path, c->name, c->n_schemes, c->sha256);
        else if (!s)
            printf("%s: ok: %s, %zu inputs, %zu schemes, %zu metrics, %zu cost models, sha256 %s\n", c->path,
                   c->name, c->n_inputs, c->n_schemes, c->n_metrics, c->n_costs, c->sha256);
        config_free(c);
    }
    study_free(&a.study);
    return s;
}

const struct command command_validate = {"validate", "check experiment files", run, &argp};

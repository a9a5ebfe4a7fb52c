/* A choice as an experiment file: one sweep for each scheme, for the tensors that chose it. */
#include <stdlib.h>
#include <string.h>

#include "experiments/allocate.h"
#include "sim/base/new_file.h"
#include "sim/base/strbuf.h"

static const struct choice_cell *cell(const struct choices *c, const size_t *chosen, size_t i)
{
    return &c->cells[chosen[i]];
}

/* A double-quoted scalar; `glob`: one that matches the text alone. */
static void add_quoted(struct strbuf *b, const char *text, bool glob)
{
    strbuf_add(b, "\"");
    for (; *text; text++) {
        if (glob && strchr("*?[\\", *text))
            strbuf_add(b, "\\\\");
        if (*text == '"' || *text == '\\')
            strbuf_add(b, "\\");
        if ((unsigned char)*text < ' ')
            strbuf_printf(b, "\\x%02x", (unsigned)(unsigned char)*text);
        else
            strbuf_add_n(b, text, 1);
    }
    strbuf_add(b, "\"");
}

static bool first_of_its_scheme(const struct choices *c, const size_t *chosen, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (!strcmp(cell(c, chosen, j)->keys, cell(c, chosen, i)->keys))
            return false;
    return true;
}

static void add_sweeps(struct strbuf *b, const struct choices *c, const size_t *chosen)
{
    strbuf_add(b, "sweep:\n");
    for (size_t i = 0; i < c->n_tensors; i++) {
        if (!first_of_its_scheme(c, chosen, i))
            continue;
        strbuf_printf(b, "  - include: [%s]   # %s\n    select:\n", cell(c, chosen, i)->keys,
                      cell(c, chosen, i)->label);
        for (size_t j = i; j < c->n_tensors; j++) {
            if (strcmp(cell(c, chosen, j)->keys, cell(c, chosen, i)->keys) != 0)
                continue;
            strbuf_add(b, "      - ");
            add_quoted(b, cell(c, chosen, j)->tensor, true);
            strbuf_add(b, "\n");
        }
    }
}

static void add_inputs(struct strbuf *b, const struct choices *c, const size_t *chosen)
{
    const char *dump = NULL;
    strbuf_add(b, "inputs:\n");
    for (size_t i = 0; i < c->n_tensors; i++) {
        const struct choice_cell *x = cell(c, chosen, i);
        if (!dump || strcmp(dump, x->dump) != 0) {
            strbuf_add(b, "  - dump: ");
            add_quoted(b, dump = x->dump, false);
            strbuf_add(b, "\n    select:\n");
        }
        strbuf_add(b, "      - ");
        add_quoted(b, x->tensor, true);
        strbuf_add(b, "\n");
    }
}

/* A file has one seed, and knows tensors by their names alone. */
static enum status check(const struct choices *c, const size_t *chosen, struct error *e)
{
    for (size_t i = 0; i < c->n_tensors; i++) {
        const struct choice_cell *x = cell(c, chosen, i);
        if (x->seed != cell(c, chosen, 0)->seed)
            return error_set(e, STATUS_INVALID,
                             "one experiment file has one seed, and the choice has two; narrow it by --where "
                             "\"seed = ...\"");
        for (size_t j = 0; j < i; j++)
            if (!strcmp(cell(c, chosen, j)->tensor, x->tensor) &&
                strcmp(cell(c, chosen, j)->keys, x->keys) != 0)
                return error_set(
                    e, STATUS_INVALID,
                    "%s of %s and of %s have two schemes, and an experiment file knows tensors by "
                    "their names; narrow the choice by --where \"dump = ...\"",
                    x->tensor, cell(c, chosen, j)->dump, x->dump);
    }
    return STATUS_OK;
}

enum status allocate_write_study(const struct choices *c, const size_t *chosen, const char *path,
                                 struct error *e)
{
    struct strbuf b = {0};
    struct new_file f = {.path = NULL};
    enum status s = check(c, chosen, e);
    if (s)
        return s;
    strbuf_printf(&b, "# Chosen by bitsweep allocate: least %s, %s %.6g %s.\nname: allocation\nop: %s\n",
                  c->request.metric, c->request.cost, allocate_spent(c, chosen),
                  c->request.total ? "in all" : "on average", cell(c, chosen, 0)->op);
    add_inputs(&b, c, chosen);
    add_sweeps(&b, c, chosen);
    strbuf_printf(&b, "seed: %llu\n", (unsigned long long)cell(c, chosen, 0)->seed);
    const size_t length = b.length;
    char *text = strbuf_take(&b);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    s = new_file_open(&f, path, e);
    if (!s)
        s = new_file_write(&f, text, length, e);
    if (!s)
        s = new_file_commit(&f, e);
    new_file_abandon(&f);
    free(text);
    return s;
}

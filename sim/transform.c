/* The registry of transforms; chains of steps <-> text. */
#include "sim/transform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/scheme.h"

#define TRANSFORM(id) extern const struct transform transform_##id;
#include "sim/transforms.def"
#undef TRANSFORM

static const struct transform *const registry[] = {
#define TRANSFORM(id) &transform_##id,
#include "sim/transforms.def"
#undef TRANSFORM
};
enum { TRANSFORMS = sizeof registry / sizeof *registry };

size_t transform_count(void)
{
    return TRANSFORMS;
}

const struct transform *transform_at(size_t i)
{
    return registry[i];
}

const struct transform *transform_find(const char *name)
{
    for (size_t i = 0; i < TRANSFORMS; i++)
        if (!strcmp(registry[i]->name, name))
            return registry[i];
    return NULL;
}

/* --- values --- */

static size_t key_of(const struct transform_step *step, const char *key)
{
    const struct transform *t = step->transform;
    size_t i = 0;
    while (i < t->n_keys && strcmp(t->keys[i].name, key) != 0)
        i++;
    if (i == t->n_keys) {
        fprintf(stderr, "transform %s has no key %s\n", t->name, key);
        abort();
    }
    return i;
}

double transform_number(const struct transform_step *step, const char *key)
{
    return step->value[key_of(step, key)];
}

size_t transform_count_of(const struct transform_step *step, const char *key)
{
    return (size_t)transform_number(step, key);
}

enum status transform_block(const struct transform_step *step, size_t n, size_t *block, struct error *e)
{
    const size_t given = transform_count_of(step, "block");
    *block = given ? given : n;
    if (!given || n % given == 0)
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "block=%zu: a row has %zu columns; allowed: a divisor of that", given,
                     n);
}

bool transform_is(const struct transform_step *step, const char *key, const char *word)
{
    size_t i = key_of(step, key);
    return arg_is(&step->transform->keys[i], step->value[i], word);
}

/* --- chain to text --- */

static const char *no_effect(const void *spec, size_t i)
{
    const struct transform_step *step = spec;
    return step->transform->no_effect ? step->transform->no_effect(step, i) : NULL;
}

static void add_value(struct strbuf *b, const struct transform_step *step, size_t i)
{
    const struct arg_key *k = &step->transform->keys[i];
    if (k->type == ARG_SCHEME)
        arg_write_text(k, step->scheme, b);
    else
        arg_write(k, step->value[i], b);
}

static bool is_standard(const struct transform_step *step, size_t i)
{
    const struct arg_key *k = &step->transform->keys[i];
    return k->type == ARG_SCHEME ? !strcmp(step->scheme, k->words) : step->value[i] == k->standard;
}

/* Returns the length of the whole text, of which as much is written as there is room for. */
static size_t write(const struct transform_chain *c, bool all, char out[static TRANSFORM_TEXT_SIZE])
{
    struct strbuf b = {0};
    for (size_t s = 0; s < c->n; s++) {
        const struct transform_step *step = &c->step[s];
        strbuf_printf(&b, "%s%s", s ? " | " : "", step->transform->name);
        for (size_t i = 0; i < step->transform->n_keys; i++)
            if (!no_effect(step, i) && (all || !is_standard(step, i)))
                add_value(&b, step, i);
    }
    const size_t length = b.length;
    snprintf(out, TRANSFORM_TEXT_SIZE, "%s", b.text ? b.text : "");
    strbuf_free(&b);
    return length;
}

void transform_canonical(const struct transform_chain *c, char out[static TRANSFORM_TEXT_SIZE])
{
    write(c, true, out);
}

void transform_short(const struct transform_chain *c, char out[static TRANSFORM_TEXT_SIZE])
{
    write(c, false, out);
}

/* --- text to chain --- */

static enum status read_step(const char *text, struct arg_words *w, struct transform_step *step,
                             struct error *e)
{
    const struct transform *t = step->transform;
    enum status s = arg_cut("transform", t->name, t->keys, t->n_keys, text, w, e);
    for (size_t i = 0; !s && i < t->n_keys; i++) {
        const struct arg_key *k = &t->keys[i];
        step->value[i] = k->standard;
        if (k->type == ARG_SCHEME && !w->given[i])
            snprintf(step->scheme, sizeof step->scheme, "%s", k->words);
        else if (k->type == ARG_SCHEME)
            s = arg_read_scheme(k, w->value[i], step->scheme, e);
        else if (w->given[i])
            s = arg_read(k, w->value[i], &step->value[i], e);
    }
    return s ? s : text_check_effects(&w->kind, &w->words, no_effect, step, e);
}

static enum status unknown_step(const char *name, struct error *e)
{
    const char *names[TRANSFORMS];
    for (size_t i = 0; i < TRANSFORMS; i++)
        names[i] = registry[i]->name;
    return text_unknown("transform", name, names, TRANSFORMS, "transforms", e);
}

static enum status add_step(struct transform_chain *c, const char *text, struct error *e)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ", \t"), text);
    struct transform_step *step = &c->step[c->n];
    *step = (struct transform_step){.transform = transform_find(name)};
    if (!step->transform)
        return unknown_step(name, e);
    struct arg_words *room = calloc(1, sizeof *room);
    struct error why = {{0}};
    enum status s = room ? read_step(text, room, step, &why) : STATUS_INTERNAL;
    free(room);
    if (s)
        return error_set(e, s, "%s: %s", name, why.text);
    c->n++;
    return STATUS_OK;
}

enum status transform_parse(const char *text, struct transform_chain *out, struct error *e)
{
    *out = (struct transform_chain){.n = 0};
    if (strlen(text) >= TRANSFORM_TEXT_SIZE)
        return error_set(e, STATUS_INVALID, "transform text is longer than %d characters",
                         TRANSFORM_TEXT_SIZE - 1);
    char *copy = strdup(text), *rest = copy;
    enum status s = copy ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    while (!s && rest) {
        const char *part = text_part(&rest, '|');
        if (out->n == TRANSFORM_STEPS)
            s = error_set(e, STATUS_INVALID, "a chain has at most %d transforms", TRANSFORM_STEPS);
        else
            s = add_step(out, part, e);
    }
    free(copy);
    char all[TRANSFORM_TEXT_SIZE];
    if (!s && write(out, true, all) >= sizeof all)
        s = error_set(e, STATUS_INVALID, "a chain of more than %d characters with all its keys",
                      TRANSFORM_TEXT_SIZE - 1);
    return s;
}

static bool acts_on(const struct transform *t, bool attention)
{
    return attention ? t->attend != NULL : t->apply != NULL;
}

enum status transform_check(const struct transform_chain *c, bool attention, struct error *e)
{
    size_t i = 0;
    while (i < c->n && acts_on(c->step[i].transform, attention))
        i++;
    if (i == c->n)
        return STATUS_OK;
    struct strbuf names = {0};
    for (size_t t = 0; t < TRANSFORMS; t++)
        if (acts_on(registry[t], attention))
            strbuf_printf(&names, "%s%s", names.length ? ", " : "", registry[t]->name);
    enum status s = error_set(e, STATUS_INVALID, "%s acts on %s alone; allowed with op: %s: %.700s",
                              c->step[i].transform->name, attention ? "linear layers" : "attention",
                              attention ? "attention" : "matmul", names.text ? names.text : "");
    strbuf_free(&names);
    return s;
}

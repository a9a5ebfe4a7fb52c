/* The registry of analyses, their texts, and what they come to. */
#include "sim/analysis/analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/elementary.h"
#include "sim/scheme.h"

#define ANALYSIS(id) extern const struct analysis analysis_##id;
#include "sim/analysis/registry.def"
#undef ANALYSIS

static const struct analysis *const registry[] = {
#define ANALYSIS(id) &analysis_##id,
#include "sim/analysis/registry.def"
#undef ANALYSIS
};
enum { ANALYSES = sizeof registry / sizeof *registry };

size_t analysis_count(void)
{
    return ANALYSES;
}

const struct analysis *analysis_at(size_t i)
{
    return registry[i];
}

const struct analysis *analysis_find(const char *name)
{
    for (size_t i = 0; i < ANALYSES; i++)
        if (!strcmp(registry[i]->name, name))
            return registry[i];
    return NULL;
}

/* Whether an analysis before number `analysis` has the key. */
static bool key_before(size_t analysis, const char *key)
{
    for (size_t i = 0; i < analysis; i++)
        for (size_t k = 0; k < registry[i]->n_keys; k++)
            if (!strcmp(registry[i]->keys[k].name, key))
                return true;
    return false;
}

const char *analysis_key_at(size_t i)
{
    for (size_t a = 0; a < ANALYSES; a++)
        for (size_t k = 0; k < registry[a]->n_keys; k++)
            if (!key_before(a, registry[a]->keys[k].name) && i-- == 0)
                return registry[a]->keys[k].name;
    return NULL;
}

bool analysis_has_key(const char *key)
{
    return key_before(ANALYSES, key);
}

/* --- request to text --- */

static bool is_text(const struct arg_key *k)
{
    return k->type == ARG_SCHEME || k->type == ARG_TEXT;
}

static void write(const struct analysis_request *r, bool all, char out[static ANALYSIS_TEXT_SIZE])
{
    struct strbuf b = {0};
    strbuf_add(&b, r->analysis->name);
    for (size_t i = 0; i < r->analysis->n_keys; i++) {
        const struct arg_key *k = &r->analysis->keys[i];
        if (is_text(k) && (all || strcmp(r->text[i], k->words) != 0))
            arg_write_text(k, r->text[i], &b);
        else if (!is_text(k) && (all || r->number[i] != k->standard))
            arg_write(k, r->number[i], &b);
    }
    snprintf(out, ANALYSIS_TEXT_SIZE, "%s", b.text ? b.text : "");
    strbuf_free(&b);
}

void analysis_canonical(const struct analysis_request *r, char out[static ANALYSIS_TEXT_SIZE])
{
    write(r, true, out);
}

void analysis_short(const struct analysis_request *r, char out[static ANALYSIS_TEXT_SIZE])
{
    write(r, false, out);
}

/* --- text to request --- */

static enum status read_key(const struct arg_key *k, const char *value, bool given, double *number,
                            char text[static ARG_VALUE_SIZE], struct error *e)
{
    *number = k->standard;
    if (is_text(k) && !given)
        snprintf(text, ARG_VALUE_SIZE, "%s", k->words);
    else if (k->type == ARG_SCHEME)
        return arg_read_scheme(k, value, text, e);
    else if (k->type == ARG_TEXT)
        arg_read_text(value, text);
    else if (given)
        return arg_read(k, value, number, e);
    return STATUS_OK;
}

static enum status read(const char *text, struct arg_words *w, struct analysis_request *r, struct error *e)
{
    const struct analysis *a = r->analysis;
    enum status s = arg_cut("analysis", a->name, a->keys, a->n_keys, text, w, e);
    for (size_t i = 0; !s && i < a->n_keys; i++)
        s = read_key(&a->keys[i], w->value[i], w->given[i], &r->number[i], r->text[i], e);
    return s || !a->check ? s : a->check(r, e);
}

static enum status unknown(const char *name, struct error *e)
{
    const char *names[ANALYSES];
    for (size_t i = 0; i < ANALYSES; i++)
        names[i] = registry[i]->name;
    return text_unknown("analysis", name, names, ANALYSES, "analyses", e);
}

enum status analysis_parse(const char *text, struct analysis_request *out, struct error *e)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ", \t"), text);
    *out = (struct analysis_request){.analysis = analysis_find(name)};
    if (!out->analysis)
        return unknown(name, e);
    struct arg_words *room = calloc(1, sizeof *room);
    struct error why = {{0}};
    enum status s = room ? read(text, room, out, &why) : STATUS_INTERNAL;
    free(room);
    return s ? error_set(e, s, "%s: %s", name, s == STATUS_INTERNAL ? "out of memory" : why.text) : STATUS_OK;
}

/* --- results --- */

enum status analysis_compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    struct error why = {{0}};
    out->n = 0;
    enum status s = r->analysis->compute(r, out, &why);
    return s ? error_set(e, s, "%s: %s", r->analysis->name, why.text) : STATUS_OK;
}

const struct analysis_value *analysis_value_find(const struct analysis_result *r, const char *output)
{
    for (size_t i = 0; i < r->n; i++) {
        const char *dot = strchr(r->value[i].name, '.');
        if (dot && !strcmp(dot + 1, output))
            return &r->value[i];
    }
    return NULL;
}

void analysis_hash(const struct analysis_result *r, char hex[static HASH128_HEX_SIZE])
{
    unsigned char hash[HASH128_SIZE] = {0};
    struct hash128 *h = hash128_open();
    for (size_t i = 0; h && i < r->n; i++) {
        hash128_add(h, r->value[i].name, strlen(r->value[i].name) + 1);
        hash128_add(h, &r->value[i].value, sizeof r->value[i].value);
    }
    if (h)
        hash128_close(h, hash);
    hash128_hex(hash, hex);
}

/* --- for analyses --- */

static size_t key_of(const struct analysis_request *r, const char *key)
{
    const struct analysis *a = r->analysis;
    size_t i = 0;
    while (i < a->n_keys && strcmp(a->keys[i].name, key) != 0)
        i++;
    if (i == a->n_keys) {
        fprintf(stderr, "analysis %s has no key %s\n", a->name, key);
        abort();
    }
    return i;
}

double analysis_number(const struct analysis_request *r, const char *key)
{
    return r->number[key_of(r, key)];
}

const char *analysis_text(const struct analysis_request *r, const char *key)
{
    return r->text[key_of(r, key)];
}

bool analysis_is(const struct analysis_request *r, const char *key, const char *word)
{
    const size_t i = key_of(r, key);
    return arg_is(&r->analysis->keys[i], r->number[i], word);
}

enum status analysis_format(const struct analysis_request *r, const char *key, struct format *out,
                            struct error *e)
{
    struct quant_spec q;
    enum status s = scheme_parse(analysis_text(r, key), &q, e);
    if (!s && (q.codec || q.scaling.per != PER_NONE))
        s = error_set(e, STATUS_INVALID, "%s: '%s' has scales; allowed: an element alone", key,
                      analysis_text(r, key));
    if (!s)
        *out = q.element;
    return s;
}

void analysis_put(const struct analysis_request *r, struct analysis_result *out, double value)
{
    const struct analysis_output *o = &r->analysis->outputs[out->n];
    struct analysis_value *v = &out->value[out->n++];
    snprintf(v->name, sizeof v->name, "%s.%s", r->analysis->name, o->name);
    v->unit = o->unit;
    v->doc = o->doc;
    v->value = value;
}

double analysis_decibels(double x)
{
    static const double of_two = 3.0102999566398120; /* 10 log10(2) */
    return of_two * elementary_log2(x);
}

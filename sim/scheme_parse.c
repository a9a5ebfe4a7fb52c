/* Scheme text -> quant_spec. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/book.h"
#include "sim/scheme_keys.h"

/* A text cut into its name and the value of each key. */
struct words {
    char name[FORMAT_NAME_SIZE];
    char value[KEYS][64]; /* "" = not given */
    bool given[KEYS];     /* by the text itself, not by an alias */
};

/* --- cutting --- */

static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1]))
        s[--n] = '\0';
    return s;
}

static enum status unknown_key(const char *key, struct error *e)
{
    const char *names[KEYS];
    struct strbuf list = {0};
    for (size_t i = 0; i < KEYS; i++) {
        names[i] = scheme_keys[i].name;
        strbuf_printf(&list, "%s%s", i ? ", " : "", scheme_keys[i].name);
    }
    const char *near = str_nearest(key, names, KEYS);
    error_set(e, STATUS_INVALID, "unknown key '%s'%s%s%s; keys are %s", key, near ? " (did you mean '" : "",
              near ? near : "", near ? "'?)" : "", list.text ? list.text : "");
    strbuf_free(&list);
    return STATUS_INVALID;
}

static enum status cut_pair(char *pair, struct words *w, struct error *e)
{
    char *equals = strchr(pair, '=');
    if (!equals)
        return error_set(e, STATUS_INVALID, "'%s' is not key=value", pair);
    *equals = '\0';
    char *key = trim(pair), *value = trim(equals + 1);
    const struct scheme_key *k = scheme_key_find(key);
    if (!k)
        return unknown_key(key, e);
    size_t i = (size_t)(k - scheme_keys);
    if (w->given[i])
        return error_set(e, STATUS_INVALID, "key '%s' is given twice", key);
    if (!*value || strlen(value) >= sizeof w->value[i])
        return error_set(e, STATUS_INVALID, "%s: '%s' is not one of %s", key, value, k->choices);
    snprintf(w->value[i], sizeof w->value[i], "%s", value);
    w->given[i] = true;
    return STATUS_OK;
}

static enum status cut(const char *text, struct words *w, struct error *e)
{
    char copy[SCHEME_TEXT_SIZE];
    if (strlen(text) >= sizeof copy)
        return error_set(e, STATUS_INVALID, "scheme text is longer than %d characters", SCHEME_TEXT_SIZE - 1);
    snprintf(copy, sizeof copy, "%s", text);
    char *rest = copy, *name = trim(strsep(&rest, ","));
    if (!*name || strlen(name) >= sizeof w->name)
        return error_set(e, STATUS_INVALID, "'%.60s' names no format or scheme", name);
    const struct scheme_alias *alias = scheme_alias_find(name);
    if (alias) {
        enum status s = cut(alias->text, w, e);
        if (s)
            return s;
        memset(w->given, 0, sizeof w->given);
    } else
        snprintf(w->name, sizeof w->name, "%s", name);
    while (rest) {
        enum status s = cut_pair(trim(strsep(&rest, ",")), w, e);
        if (s)
            return s;
    }
    return STATUS_OK;
}

/* --- values --- */

static enum status bad_value(const struct words *w, enum key k, struct error *e)
{
    return error_set(e, STATUS_INVALID, "%s: '%s' is not one of %s", scheme_keys[k].name, w->value[k],
                     scheme_keys[k].choices);
}

/* The key has no effect with the rest of the scheme: an error if the text gives it, nothing if an alias does.
 */
static enum status no_effect(const struct words *w, enum key k, const char *because, struct error *e)
{
    if (!w->given[k] || strcmp(w->value[k], "none") == 0)
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "%s=%s has no effect: %s", scheme_keys[k].name, w->value[k], because);
}

static enum status get_choice(const struct words *w, enum key k, const char *const *names, int n, int *out,
                              struct error *e)
{
    if (!w->value[k][0])
        return STATUS_OK;
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], w->value[k]) == 0) {
            *out = i;
            return STATUS_OK;
        }
    return bad_value(w, k, e);
}

static enum status get_integer(const struct words *w, enum key k, long long low, long long high,
                               long long *out, struct error *e)
{
    if (!w->value[k][0])
        return STATUS_OK;
    char *end;
    errno = 0;
    long long v = strtoll(w->value[k], &end, 10);
    if (errno || *end || v < low || v > high)
        return bad_value(w, k, e);
    *out = v;
    return STATUS_OK;
}

/* --- resolving --- */

/* The names that rules take. */
static void list_rules(struct strbuf *b)
{
    for (size_t i = 0; i < format_family_count(); i++)
        if (format_family_at(i)->rule)
            strbuf_printf(b, "%s, ", format_family_at(i)->rule);
    for (size_t i = 0; i < book_rule_count(); i++)
        strbuf_printf(b, "%s, ", book_rule_at(i)->names);
    strbuf_add(b, BOOK_PREFIX "PATH (a codebook file)");
}

static enum status unknown_format(const char *what, const char *name, const char *why, struct error *e)
{
    if (why)
        return error_set(e, STATUS_INVALID, "%s '%s': %s", what, name, why);
    const char *names[256];
    size_t n = 0;
    for (size_t i = 0; i < format_count() && n < 256; i++)
        names[n++] = format_at(i)->name;
    for (size_t i = 0; i < scheme_alias_count() && n < 256; i++)
        names[n++] = scheme_alias_at(i)->name;
    struct strbuf rules = {0};
    list_rules(&rules);
    const char *near = str_nearest(name, names, n);
    error_set(e, STATUS_INVALID,
              "unknown %s '%s'%s%s%s; 'bitsweep formats' lists them, and by rule there are %s", what, name,
              near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "",
              rules.text ? rules.text : "");
    strbuf_free(&rules);
    return STATUS_INVALID;
}

static enum status resolve_float(const struct words *w, struct format *f, struct error *e)
{
    long long bias = f->bias;
    int specials = (int)f->specials, subnormals = (int)f->subnormals;
    enum status s = get_integer(w, KEY_BIAS, -1100, 1100, &bias, e);
    if (!s)
        s = get_choice(w, KEY_SPECIALS, specials_names, SPECIALS_KINDS, &specials, e);
    if (!s)
        s = get_choice(w, KEY_SUBNORMALS, subnormals_names, SUBNORMALS_KINDS, &subnormals, e);
    if (s)
        return s;
    if (f->exponent_bits == 1 && f->precision == 3 && !w->value[KEY_BIAS][0])
        return error_set(
            e, STATUS_INVALID,
            "e1m2 has two published biases: write e1m2,bias=0 (largest 3.5) or e1m2,bias=1 (largest "
            "1.75)");
    f->bias = (int)bias;
    f->specials = (enum specials)specials;
    f->subnormals = (enum subnormals)subnormals;
    return STATUS_OK;
}

static enum status resolve_int(const struct words *w, struct format *f, struct error *e)
{
    long long fraction = f->fraction_bits;
    int codes = (int)f->codes;
    enum status s = get_choice(w, KEY_CODES, int_codes_names, CODES_KINDS, &codes, e);
    if (!s)
        s = get_integer(w, KEY_FRACTION, -126, 126, &fraction, e);
    f->codes = (enum int_codes)codes;
    f->fraction_bits = (int)fraction;
    return s;
}

/* A registered format, one by a rule, or a codebook file. */
static enum status find_element(const char *name, struct format *f, struct error *e)
{
    const char *why;
    if (strncmp(name, BOOK_PREFIX, strlen(BOOK_PREFIX)) == 0)
        return book_read(name + strlen(BOOK_PREFIX), f, e);
    if (format_by_name(name, f, &why))
        return STATUS_OK;
    enum status s = why ? STATUS_SKIP : book_by_name(name, f, e);
    return s == STATUS_SKIP ? unknown_format("format", name, why, e) : s;
}

static enum status resolve_book(const struct words *w, const struct format *f, struct error *e)
{
    char hash[BOOK_HASH_SIZE];
    if (!book_is_file(f))
        return no_effect(w, KEY_BOOK_HASH, "only elements named " BOOK_PREFIX "PATH take it", e);
    book_hash(f->book, hash);
    if (!w->value[KEY_BOOK_HASH][0] || strcmp(w->value[KEY_BOOK_HASH], hash) == 0)
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "book_hash: %s holds the codebook %s, and %s was asked for",
                     f->name + strlen(BOOK_PREFIX), hash, w->value[KEY_BOOK_HASH]);
}

static enum status resolve_element(const struct words *w, struct format *f, struct error *e)
{
    enum status s = find_element(w->name, f, e);
    if (s)
        return s;
    bool is_int = f->family == &family_int, parametric = scheme_is_parametric_float(f);
    for (enum key k = KEY_BIAS; k <= KEY_SUBNORMALS && !s && !parametric; k++)
        s = no_effect(w, k, "only elements named eXmY take it", e);
    for (enum key k = KEY_CODES; k <= KEY_FRACTION && !s && !is_int; k++)
        s = no_effect(w, k, "only elements named intN take it", e);
    if (!s && parametric)
        s = resolve_float(w, f, e);
    if (!s && is_int)
        s = resolve_int(w, f, e);
    if (!s)
        s = resolve_book(w, f, e);
    if (s)
        return s;
    const char *why = format_problem(f);
    return why ? error_set(e, STATUS_INVALID, "%s: %s", f->name, why) : STATUS_OK;
}

static enum status resolve_rounding(const struct words *w, const struct format *f, struct rounding *r,
                                    struct error *e)
{
    int mode = ROUND_RNE, overflow = OVERFLOW_SATURATE, nan = NAN_TO_ZERO, neg_zero = NEG_ZERO_KEEP;
    long long bits = 32;
    if (strcmp(w->value[KEY_ROUND], "nearest") == 0)
        return error_set(
            e, STATUS_INVALID,
            "round: 'nearest' means ties-to-even to some and ties-away to others: write rne or rna");
    enum status s = get_choice(w, KEY_ROUND, round_mode_names, ROUND_MODES, &mode, e);
    if (!s)
        s = mode == ROUND_SR ? get_integer(w, KEY_SR_BITS, 1, 32, &bits, e)
                             : no_effect(w, KEY_SR_BITS, "only round=sr draws random bits", e);
    if (!s)
        s = format_has_inf(f) || format_has_nan(f)
                ? get_choice(w, KEY_OVERFLOW, overflow_mode_names, OVERFLOW_MODES, &overflow, e)
                : no_effect(w, KEY_OVERFLOW, "the element has neither Inf nor NaN, so it always saturates",
                            e);
    if (!s)
        s = format_has_nan(f) ? no_effect(w, KEY_NAN, "the element has a NaN", e)
                              : get_choice(w, KEY_NAN, nan_mode_names, NAN_MODES, &nan, e);
    if (!s)
        s = format_has_neg_zero(f)
                ? get_choice(w, KEY_NEG_ZERO, neg_zero_mode_names, NEG_ZERO_MODES, &neg_zero, e)
                : no_effect(w, KEY_NEG_ZERO, "the element has no -0", e);
    *r = (struct rounding){.mode = (enum round_mode)mode,
                           .overflow = (enum overflow_mode)overflow,
                           .nan = (enum nan_mode)nan,
                           .neg_zero = (enum neg_zero_mode)neg_zero,
                           .sr_bits = mode == ROUND_SR ? (int)bits : 0};
    return s;
}

/* per and block name each other: block=k alone means per=block. */
static enum status resolve_granularity(const struct words *w, struct scaling *s, struct error *e)
{
    int per = -1;
    long long block = 0;
    enum status st = get_choice(w, KEY_PER, granularity_names, PER_KINDS, &per, e);
    bool has_block = w->value[KEY_BLOCK][0] && strcmp(w->value[KEY_BLOCK], "none") != 0;
    if (!st && has_block)
        st = get_integer(w, KEY_BLOCK, 1, 2147483648LL, &block, e);
    if (st)
        return st;
    if (w->given[KEY_BLOCK] && !has_block && !w->given[KEY_PER]) /* block=none undoes an alias's block */
        per = per == PER_BLOCK || per < 0 ? PER_NONE : per;
    else if (has_block && (per < 0 || (w->given[KEY_BLOCK] && !w->given[KEY_PER])))
        per = PER_BLOCK;
    if (per < 0)
        per = PER_NONE;
    if (per == PER_BLOCK && !has_block)
        return error_set(e, STATUS_INVALID, "per=block needs block=k");
    s->per = (enum granularity)per;
    if (per != PER_BLOCK)
        return no_effect(w, KEY_BLOCK, "per= is not block", e);
    s->block = (size_t)block;
    return STATUS_OK;
}

static enum status resolve_scale_format(const struct words *w, struct scaling *s, struct error *e)
{
    const char *why, *name = w->value[KEY_SCALE];
    if (!*name)
        name = "fp32";
    if (strcmp(name, "none") == 0)
        return error_set(e, STATUS_INVALID, "scale=none contradicts per=%s", granularity_names[s->per]);
    if (!format_by_name(name, &s->scale, &why))
        return unknown_format("scale format", name, why, e);
    if (s->scale.family != &family_float)
        return error_set(e, STATUS_INVALID, "scale: '%s' is not a float format", name);
    why = format_problem(&s->scale);
    return why ? error_set(e, STATUS_INVALID, "scale: %s: %s", name, why) : STATUS_OK;
}

static enum status resolve_rule(const struct words *w, struct scaling *s, struct error *e)
{
    if (s->order == ORDER_TE)
        return no_effect(w, KEY_SCALE_RULE, "order=te has its own", e);
    const char *name = w->value[KEY_SCALE_RULE];
    if (!*name) /* a scale of one bit of precision is a power of two */
        name = s->scale.precision == 1 ? "floor" : "absmax";
    s->rule = scale_rule_find(name);
    return s->rule ? STATUS_OK : bad_value(w, KEY_SCALE_RULE, e);
}

static enum status resolve_clip(const struct words *w, struct scaling *s, struct error *e)
{
    const char *text = w->value[KEY_CLIP];
    s->clip = 1;
    if (!*text || strcmp(text, "none") == 0)
        return STATUS_OK;
    char *end;
    s->clip = strtof(text, &end);
    return *end || end == text || !(s->clip > 0 && s->clip <= 1) ? bad_value(w, KEY_CLIP, e) : STATUS_OK;
}

static enum status resolve_levels(const struct words *w, struct scaling *s, struct error *e)
{
    int second = SECOND_NONE, order = ORDER_EXACT, round = ROUND_RNE;
    enum status st = get_choice(w, KEY_SECOND, second_level_names, SECOND_KINDS, &second, e);
    if (!st)
        st = get_choice(w, KEY_ORDER, scale_order_names, ORDER_KINDS, &order, e);
    if (!st)
        st = get_choice(w, KEY_SCALE_ROUND, round_mode_names, ROUND_SR, &round, e);
    if (st)
        return st;
    if (second == SECOND_ROW && s->per != PER_BLOCK)
        return error_set(e, STATUS_INVALID,
                         "second=row needs per=block: the rows are those that the blocks cut");
    if (order == ORDER_TE && second == SECOND_NONE)
        return error_set(e, STATUS_INVALID, "order=te needs second=tensor or second=row");
    s->second = (enum second_level)second;
    s->order = (enum scale_order)order;
    s->scale_round = (enum round_mode)round;
    return STATUS_OK;
}

static enum status resolve_axis(const struct words *w, struct scaling *s, struct error *e)
{
    const char *name = w->value[KEY_AXIS];
    if (s->per == PER_TENSOR)
        return no_effect(w, KEY_AXIS, "per=tensor has one scale", e);
    if (!*name)
        name = "last";
    if (strlen(name) >= sizeof s->axis)
        return bad_value(w, KEY_AXIS, e);
    snprintf(s->axis, sizeof s->axis, "%s", name);
    return STATUS_OK;
}

static enum status resolve_scaling(const struct words *w, struct scaling *s, struct error *e)
{
    enum status st = resolve_granularity(w, s, e);
    if (!st && s->per == PER_NONE) {
        for (enum key k = KEY_AXIS; k < KEYS && !st; k++)
            st = no_effect(w, k, "without per= or block= nothing is scaled", e);
        return st;
    }
    int tail = TAIL_SHORT;
    if (!st)
        st = resolve_axis(w, s, e);
    if (!st)
        st = s->per == PER_BLOCK ? get_choice(w, KEY_TAIL, tail_policy_names, TAIL_KINDS, &tail, e)
                                 : no_effect(w, KEY_TAIL, "per= is not block", e);
    s->tail = (enum tail_policy)tail;
    if (!st)
        st = resolve_scale_format(w, s, e);
    if (!st)
        st = resolve_levels(w, s, e);
    if (!st)
        st = resolve_rule(w, s, e);
    if (!st)
        st = resolve_clip(w, s, e);
    return st;
}

enum status scheme_parse(const char *text, struct quant_spec *out, struct error *e)
{
    struct words w = {.name = ""};
    struct quant_spec q = {.rounding = {.mode = ROUND_RNE}};
    enum status s = cut(text, &w, e);
    if (!s)
        s = resolve_element(&w, &q.element, e);
    if (!s)
        s = resolve_rounding(&w, &q.element, &q.rounding, e);
    if (!s)
        s = resolve_scaling(&w, &q.scaling, e);
    if (s)
        return error_prefix(e, s, "scheme '%.100s'", text);
    *out = q;
    return STATUS_OK;
}

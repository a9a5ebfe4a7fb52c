/* Scheme text -> quant_spec. One table of keys drives parsing, canonical text, lists and errors. */
#include "sim/scheme.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/strbuf.h"

enum key {
    KEY_BIAS,
    KEY_SPECIALS,
    KEY_SUBNORMALS,
    KEY_CODES,
    KEY_FRACTION,
    KEY_ROUND,
    KEY_SR_BITS,
    KEY_OVERFLOW,
    KEY_NAN,
    KEY_NEG_ZERO,
    KEY_PER,
    KEY_BLOCK,
    KEY_AXIS,
    KEY_TAIL,
    KEY_SCALE,
    KEY_SCALE_RULE,
    KEY_SCALE_ROUND,
    KEY_SECOND,
    KEY_ORDER,
    KEY_CLIP,
    KEYS
};

static const struct scheme_key keys[KEYS] = {
    [KEY_BIAS] = {"bias", "-1100..1100", "exponent bias of an eXmY element"},
    [KEY_SPECIALS] = {"specials", "ieee|nan|none|fnuz", "reserved codes of an eXmY element"},
    [KEY_SUBNORMALS] = {"subnormals", "on|off|none", "lowest exponent field of an eXmY element"},
    [KEY_CODES] = {"codes", "sym|twos|signmag", "codes of an intN element"},
    [KEY_FRACTION] = {"fraction", "-126..126", "fraction bits of an intN element"},
    [KEY_ROUND] = {"round", "rne|rna|rnz|rno|rup|rdn|rtz|raz|odd|sr", "rounding of elements"},
    [KEY_SR_BITS] = {"sr_bits", "1..32", "random bits of round=sr"},
    [KEY_OVERFLOW] = {"overflow", "saturate|saturate-keep-inf|saturate-onnx|saturate-mldtypes|infinity|nan",
                      "values beyond the range, and infinities"},
    [KEY_NAN] = {"nan", "zero|max|error", "NaN in a type without NaN"},
    [KEY_NEG_ZERO] = {"neg_zero", "keep|drop", "-0 in a type that has it"},
    [KEY_PER] = {"per", "none|tensor|channel|token|block", "which elements share a scale"},
    [KEY_BLOCK] = {"block", "none or 1..2147483648", "elements of a block (implies per=block)"},
    [KEY_AXIS] = {"axis", "last, first, 0..7 or a label of the dump", "axis of channels, tokens or blocks"},
    [KEY_TAIL] = {"tail", "short|zero-pad|refuse", "last block of a length that is no multiple of it"},
    [KEY_SCALE] = {"scale", "none or a float format", "format of the scale"},
    [KEY_SCALE_RULE] = {"scale_rule", "floor|rceil|ceil-exp|even|absmax", "from largest magnitude to scale"},
    [KEY_SCALE_ROUND] = {"scale_round", "rne|rna|rnz|rno|rup|rdn|rtz|raz|odd", "rounding of the scale"},
    [KEY_SECOND] = {"second", "none|tensor|row", "binary32 scale above the scales"},
    [KEY_ORDER] = {"order", "exact|te", "order of operations"},
    [KEY_CLIP] = {"clip", "none or 0 < share <= 1", "share of the largest magnitude that the scale covers"},
};

size_t scheme_key_count(void)
{
    return KEYS;
}

const struct scheme_key *scheme_key_at(size_t i)
{
    return &keys[i];
}

const struct scheme_key *scheme_key_find(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static const struct scheme_alias aliases[] = {
#define SCHEME(...) {__VA_ARGS__},
#include "sim/schemes.def"
#undef SCHEME
};

size_t scheme_alias_count(void)
{
    return sizeof aliases / sizeof *aliases;
}

const struct scheme_alias *scheme_alias_at(size_t i)
{
    return &aliases[i];
}

const struct scheme_alias *scheme_alias_find(const char *name)
{
    for (size_t i = 0; i < scheme_alias_count(); i++)
        if (strcasecmp(aliases[i].name, name) == 0)
            return &aliases[i];
    return NULL;
}

/* A text cut into its name and the value of each key. */
struct words {
    char name[64];
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
        names[i] = keys[i].name;
        strbuf_printf(&list, "%s%s", i ? ", " : "", keys[i].name);
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
    size_t i = (size_t)(k - keys);
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
    return error_set(e, STATUS_INVALID, "%s: '%s' is not one of %s", keys[k].name, w->value[k],
                     keys[k].choices);
}

/* The key has no effect with the rest of the scheme: an error if the text gives it, nothing if an alias does.
 */
static enum status no_effect(const struct words *w, enum key k, const char *because, struct error *e)
{
    if (!w->given[k] || strcmp(w->value[k], "none") == 0)
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "%s=%s has no effect: %s", keys[k].name, w->value[k], because);
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

static enum status unknown_format(const char *what, const char *name, const char *why, struct error *e)
{
    if (why)
        return error_set(e, STATUS_INVALID, "%s '%s': %s", what, name, why);
    const char *names[256];
    size_t n = 0;
    for (size_t i = 0; i < format_count() && n < 256; i++)
        names[n++] = format_at(i)->name;
    for (size_t i = 0; i < scheme_alias_count() && n < 256; i++)
        names[n++] = aliases[i].name;
    const char *near = str_nearest(name, names, n);
    return error_set(
        e, STATUS_INVALID,
        "unknown %s '%s'%s%s%s; 'bitsweep formats' lists them, and any eXmY (X 0..11) and intN (N 2..16) "
        "is one",
        what, name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

/* Floats named eXmY take bias, specials and subnormals; other names say it all. */
static bool is_parametric_float(const struct format *f)
{
    int e, m;
    char rest;
    return f->family == &family_float && !f->is_unsigned && sscanf(f->name, "e%dm%d%c", &e, &m, &rest) == 2;
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

static enum status resolve_element(const struct words *w, struct format *f, struct error *e)
{
    const char *why;
    if (!format_by_name(w->name, f, &why))
        return unknown_format("format", w->name, why, e);
    bool is_int = f->family == &family_int, parametric = is_parametric_float(f);
    enum status s = STATUS_OK;
    for (enum key k = KEY_BIAS; k <= KEY_SUBNORMALS && !s && !parametric; k++)
        s = no_effect(w, k, "only elements named eXmY take it", e);
    for (enum key k = KEY_CODES; k <= KEY_FRACTION && !s && !is_int; k++)
        s = no_effect(w, k, "only elements named intN take it", e);
    if (!s && parametric)
        s = resolve_float(w, f, e);
    if (!s && is_int)
        s = resolve_int(w, f, e);
    if (s)
        return s;
    why = format_problem(f);
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

/* --- canonical text --- */

static const char *get_element(const struct quant_spec *q, enum key k, char *number)
{
    const struct format *f = &q->element;
    bool is_int = f->family == &family_int, parametric = is_parametric_float(f);
    switch (k) {
    case KEY_BIAS:
        sprintf(number, "%d", f->bias);
        return parametric ? number : NULL;
    case KEY_SPECIALS:
        return parametric ? specials_names[f->specials] : NULL;
    case KEY_SUBNORMALS:
        return parametric ? subnormals_names[f->subnormals] : NULL;
    case KEY_CODES:
        return is_int ? int_codes_names[f->codes] : NULL;
    case KEY_FRACTION:
        sprintf(number, "%d", f->fraction_bits);
        return is_int ? number : NULL;
    case KEY_ROUND:
        return round_mode_names[q->rounding.mode];
    case KEY_SR_BITS:
        sprintf(number, "%d", q->rounding.sr_bits);
        return q->rounding.mode == ROUND_SR ? number : NULL;
    case KEY_OVERFLOW:
        return format_has_inf(f) || format_has_nan(f) ? overflow_mode_names[q->rounding.overflow] : NULL;
    case KEY_NAN:
        return format_has_nan(f) ? NULL : nan_mode_names[q->rounding.nan];
    default:
        return format_has_neg_zero(f) ? neg_zero_mode_names[q->rounding.neg_zero] : NULL;
    }
}

static const char *get_scaling(const struct quant_spec *q, enum key k, char *number)
{
    const struct scaling *s = &q->scaling;
    if (k == KEY_PER)
        return granularity_names[s->per];
    if (s->per == PER_NONE)
        return NULL;
    switch (k) {
    case KEY_BLOCK:
        sprintf(number, "%zu", s->block);
        return s->per == PER_BLOCK ? number : NULL;
    case KEY_AXIS:
        return s->per == PER_TENSOR ? NULL : s->axis;
    case KEY_TAIL:
        return s->per == PER_BLOCK ? tail_policy_names[s->tail] : NULL;
    case KEY_SCALE:
        return s->scale.name;
    case KEY_SCALE_RULE:
        return s->rule ? s->rule->name : NULL;
    case KEY_SCALE_ROUND:
        return round_mode_names[s->scale_round];
    case KEY_SECOND:
        return second_level_names[s->second];
    case KEY_ORDER:
        return scale_order_names[s->order];
    default: /* the shortest text that gives the same binary32 */
        for (int digits = 1; digits <= 9; digits++) {
            sprintf(number, "%.*g", digits, (double)s->clip);
            if (strtof(number, NULL) == s->clip)
                break;
        }
        return s->clip < 1 ? number : "none";
    }
}

void scheme_get(const struct quant_spec *q, const struct scheme_key *key, char out[static SCHEME_TEXT_SIZE])
{
    enum key k = (enum key)(key - keys);
    char number[32];
    const char *v = k < KEY_PER ? get_element(q, k, number) : get_scaling(q, k, number);
    snprintf(out, SCHEME_TEXT_SIZE, "%s", v ? v : "");
}

void scheme_canonical(const struct quant_spec *q, char out[static SCHEME_TEXT_SIZE])
{
    char value[SCHEME_TEXT_SIZE];
    int n = snprintf(out, SCHEME_TEXT_SIZE, "%s", q->element.name);
    for (size_t k = 0; k < KEYS; k++) {
        scheme_get(q, &keys[k], value);
        if (*value)
            n += snprintf(out + n, (size_t)(SCHEME_TEXT_SIZE - n), ",%s=%s", keys[k].name, value);
    }
}

/* --- short text --- */

static bool same_meaning(const char *text, const char *canonical)
{
    struct quant_spec q;
    char again[SCHEME_TEXT_SIZE];
    struct error ignored = {{0}};
    if (scheme_parse(text, &q, &ignored))
        return false;
    scheme_canonical(&q, again);
    return strcmp(again, canonical) == 0;
}

/* `base` with the keys of q that it needs: all that differ first, then without each that turns out
 * superfluous. */
static bool shorten_from(const char *base, const struct quant_spec *q, const char *canonical,
                         char out[static SCHEME_TEXT_SIZE])
{
    bool keep[KEYS];
    char value[KEYS][SCHEME_TEXT_SIZE];
    for (size_t k = 0; k < KEYS; k++) {
        scheme_get(q, &keys[k], value[k]);
        keep[k] = value[k][0] != '\0';
    }
    for (size_t drop = 0; drop <= KEYS; drop++) { /* the first round tries all keys */
        bool was = drop ? keep[drop - 1] : false;
        if (drop && !was)
            continue;
        if (drop)
            keep[drop - 1] = false;
        char text[SCHEME_TEXT_SIZE];
        int n = snprintf(text, sizeof text, "%s", base);
        for (size_t k = 0; k < KEYS; k++)
            if (keep[k])
                n += snprintf(text + n, sizeof text - (size_t)n, ",%s=%s", keys[k].name, value[k]);
        if (same_meaning(text, canonical))
            snprintf(out, SCHEME_TEXT_SIZE, "%s", text);
        else if (!drop)
            return false;
        else
            keep[drop - 1] = true;
    }
    return true;
}

void scheme_short(const struct quant_spec *q, char out[static SCHEME_TEXT_SIZE])
{
    char canonical[SCHEME_TEXT_SIZE], text[SCHEME_TEXT_SIZE];
    scheme_canonical(q, canonical);
    snprintf(out, SCHEME_TEXT_SIZE, "%s", canonical);
    if (shorten_from(q->element.name, q, canonical, text))
        snprintf(out, SCHEME_TEXT_SIZE, "%s", text);
    for (size_t i = 0; i < scheme_alias_count(); i++)
        if (shorten_from(aliases[i].name, q, canonical, text) && strlen(text) < strlen(out))
            snprintf(out, SCHEME_TEXT_SIZE, "%s", text);
}

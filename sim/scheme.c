/* The tables of keys and published schemes; quant_spec -> canonical and short text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/book.h"
#include "sim/scheme_keys.h"

const struct scheme_key scheme_keys[KEYS] = {
    [KEY_BIAS] = {"bias", "-1100..1100", "exponent bias of an eXmY element"},
    [KEY_SPECIALS] = {"specials", "ieee|nan|none|fnuz", "reserved codes of an eXmY element"},
    [KEY_SUBNORMALS] = {"subnormals", "on|off|none", "lowest exponent field of an eXmY element"},
    [KEY_CODES] = {"codes", "sym|twos|signmag", "codes of an intN element"},
    [KEY_FRACTION] = {"fraction", "-126..126", "fraction bits of an intN element"},
    [KEY_BOOK_HASH] = {"book_hash", "16 hexadecimal digits",
                       "content that the file of a book:PATH element must have"},
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
    [KEY_SCALE_RULE] = {"scale_rule",
/* the registered names with bars between them: the first bar is skipped */
#define SCALE_RULE(id, name) "|" name
                        &(
#include "formats/scale_rules.def"
                            )[1],
#undef SCALE_RULE
                        "from largest magnitude to scale"},
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
    return &scheme_keys[i];
}

const struct scheme_key *scheme_key_find(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(scheme_keys[i].name, name) == 0)
            return &scheme_keys[i];
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

bool scheme_is_parametric_float(const struct format *f)
{
    int e, m;
    char rest;
    return f->family == &family_float && !f->is_unsigned && sscanf(f->name, "e%dm%d%c", &e, &m, &rest) == 2;
}

/* --- canonical text --- */

static const char *get_element(const struct quant_spec *q, enum key k, char *number)
{
    const struct format *f = &q->element;
    bool is_int = f->family == &family_int, parametric = scheme_is_parametric_float(f);
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
    case KEY_BOOK_HASH:
        if (!book_is_file(f))
            return NULL;
        book_hash(f->book, number);
        return number;
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
    enum key k = (enum key)(key - scheme_keys);
    char number[32];
    const char *v = k < KEY_PER ? get_element(q, k, number) : get_scaling(q, k, number);
    snprintf(out, SCHEME_TEXT_SIZE, "%s", v ? v : "");
}

static void write_text(const struct quant_spec *q, const char *element, char out[static SCHEME_TEXT_SIZE])
{
    char value[SCHEME_TEXT_SIZE];
    int n = snprintf(out, SCHEME_TEXT_SIZE, "%s", element);
    for (size_t k = 0; k < KEYS; k++) {
        scheme_get(q, &scheme_keys[k], value);
        if (*value)
            n += snprintf(out + n, (size_t)(SCHEME_TEXT_SIZE - n), ",%s=%s", scheme_keys[k].name, value);
    }
}

void scheme_canonical(const struct quant_spec *q, char out[static SCHEME_TEXT_SIZE])
{
    write_text(q, q->element.name, out);
}

void scheme_identity(const struct quant_spec *q, char out[static SCHEME_TEXT_SIZE])
{
    write_text(q, book_is_file(&q->element) ? BOOK_PREFIX : q->element.name, out);
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
        scheme_get(q, &scheme_keys[k], value[k]);
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
                n += snprintf(text + n, sizeof text - (size_t)n, ",%s=%s", scheme_keys[k].name, value[k]);
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

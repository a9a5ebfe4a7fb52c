/* The tables of keys and published schemes; quant_spec -> canonical and short text. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/book.h"
#include "sim/profile.h"
#include "sim/scheme_keys.h"

const char *const choose_names[CHOOSE_KINDS] = {"mse", "mae", "max"};
const char *const fit_names[FIT_KINDS] = {"none", "lloyd", "mse", "sensitivity"};
const char *const zero_tensor_names[2] = {"one", "nan"};
const char *const no_yes_names[2] = {"no", "yes"};
const char *const half_names[2] = {"exact", "fp32"};

#define ROUND_CHOICES "rne|rna|rnz|rno|rup|rdn|rtz|raz|odd"

/* The registered names of a .def file with bars between them: the first bar is skipped. */
#define SCALE_RULE(id, name) "|" name
#define STATISTIC(id)        "|" #id
static const char rule_choices[] =
#include "formats/scale_rules.def"
    ;
static const char stat_choices[] =
#include "sim/stats.def"
    ;
#undef SCALE_RULE
#undef STATISTIC

const struct text_key scheme_keys[KEYS] = {
    [KEY_BIAS] = {"bias", "-1100..1100, fractions too", "exponent bias of an eXmY or ueXmY element"},
    [KEY_SPECIALS] = {"specials", "ieee|nan|none|fnuz|p3109-finite|p3109-extended",
                      "reserved codes of an eXmY or ueXmY element"},
    [KEY_SUBNORMALS] = {"subnormals", "on|off|none", "lowest exponent field of an eXmY or ueXmY element"},
    [KEY_CODES] = {"codes", "sym|twos|signmag", "codes of an intN element"},
    [KEY_FRACTION] = {"fraction", "-126..126", "fraction bits of an intN element"},
    [KEY_BOOK_HASH] = {"book_hash", "16 hexadecimal digits",
                       "content that the file of a book:PATH element must have"},
    [KEY_FIT] = {"fit", "none|lloyd|mse|sensitivity", "values of a codebook element fitted to the tensor"},
    [KEY_OR] = {"or", "none or formats of the same bits with + between them",
                "other elements, one chosen for each block"},
    [KEY_ROUND] = {"round", ROUND_CHOICES "|sr", "rounding of elements"},
    [KEY_HALF] = {"half", "exact|fp32", "round=rna compares with half a step, or adds it in binary32"},
    [KEY_CARRY] = {"carry", "add|or|clamp", "a fraction that is rounded up out of its field"},
    [KEY_SR_KIND] = {"sr_kind", "a|b|c|equal", "how round=sr uses its random bits (a, b, c: P3109)"},
    [KEY_SR_BITS] = {"sr_bits", "1..32", "random bits of round=sr"},
    [KEY_OVERFLOW] = {"overflow", "saturate|saturate-keep-inf|saturate-onnx|saturate-mldtypes|infinity|nan",
                      "values beyond the range, and infinities"},
    [KEY_NAN] = {"nan", "zero|max|error", "NaN in a type without NaN"},
    [KEY_NEG_ZERO] = {"neg_zero", "keep|drop|made|rounded",
                      "-0 in a type that has it (made: every zero is -0; rounded: only what becomes zero)"},
    [KEY_DAZ] = {"daz", "no|yes", "subnormal binary32 inputs are zero"},
    [KEY_FTZ] = {"ftz", "no|yes", "subnormal elements are zero"},
    [KEY_PER] = {"per", "none|tensor|channel|token|block|tile", "which elements share a scale"},
    [KEY_BLOCK] = {"block", "none or 1..2147483648", "elements of a block (implies per=block)"},
    [KEY_TILE] = {"tile", "none or RxC",
                  "rows and columns of a tile of the last two axes (implies per=tile)"},
    [KEY_AXIS] = {"axis", "last, first, 0..7 or a label of the dump", "axis of channels, tokens or blocks"},
    [KEY_TAIL] = {"tail", "short|zero-pad|refuse", "last block of a length that is no multiple of it"},
    [KEY_SCALE] = {"scale", "none or a float format", "format of the scale"},
    [KEY_SCALE_RULE] = {"scale_rule", rule_choices + 1, "from largest magnitude to scale"},
    [KEY_SCALE_LOG2] = {"scale_log2", "exact|fp32|bf16|fp16",
                        "arithmetic of the logarithm in a scale rule: exact, or correctly rounded"},
    [KEY_SCALE_VALUE] = {"scale_value", "a number above 0", "the scale of scale_rule=static"},
    [KEY_SCALE_ROUND] = {"scale_round", ROUND_CHOICES "|sr", "rounding of the scale"},
    [KEY_SCALE_SHIFT] = {"scale_shift", "-127..127",
                         "binades by which a scale is moved before it is rounded"},
    [KEY_SCALE_OVERFLOW] = {"scale_overflow", "nan|clamp|wrap",
                            "a scale above the largest one (wrap: its exponent field, at both ends)"},
    [KEY_SCALE_UNDERFLOW] = {"scale_underflow", "zero, min or a number above 0",
                             "a scale that is rounded to zero, of a block that is not all zeros"},
    [KEY_SCALE_MIN] = {"scale_min", "none or a number above 0", "smallest scale before it is rounded"},
    [KEY_SCALE_MAX] = {"scale_max", "none or a number above 0", "largest scale before it is rounded"},
    [KEY_ZERO_BLOCK] = {"zero_block", "zero, one, min or a number above 0", "scale of a block of zeros"},
    [KEY_BLOCK_NAN] = {"block_nan", "poison|element", "a NaN makes its block NaN, or is coded by itself"},
    [KEY_BLOCK_INF] = {"block_inf", "poison|element|max",
                       "an infinity makes its block NaN, is coded by itself, or sets the largest scale"},
    [KEY_MICRO] = {"micro", "none or 1..65536", "elements that share a shift below the scale"},
    [KEY_MICRO_BITS] = {"micro_bits", "1..8", "bits of that shift"},
    [KEY_ZERO_POINT] = {"zero_point", "none|yes|unclamped|float", "zero of an asymmetric integer range"},
    [KEY_INCLUDE_ZERO] = {"include_zero", "no|yes", "whether an asymmetric range always contains 0"},
    [KEY_SECOND] = {"second", "none|tensor|row|block", "scale above the scales"},
    [KEY_SECOND_BLOCK] = {"second_block", "a multiple of block", "elements under one scale of second=block"},
    [KEY_SECOND_SCALE] = {"second_scale", "a float format", "format of the second level"},
    [KEY_SECOND_ROUND] = {"second_round", ROUND_CHOICES, "rounding of the second level"},
    [KEY_SECOND_TOP] = {"second_top", "none or a number above 0",
                        "block scale that the largest block is to get (none: the largest scale)"},
    [KEY_SECOND_STORES] =
        {"second_stores", "scale|divisor",
         "the second level is amax / (Xmax * Smax), or the inverse by which scales are divided"},
    [KEY_ZERO_TENSOR] = {"zero_tensor", "one|nan",
                         "second level of zeros: scale 1, or 0 and NaN block scales"},
    [KEY_ORDER] = {"order", "exact|te", "order of operations"},
    [KEY_SCALE_STEPS] = {"scale_steps", "top-first|product|second-first|of-scales",
                         "order in which amax, Xmax and the second level meet"},
    [KEY_QUOTIENT] = {"quotient", "exact|divide|reciprocal|stages", "how elements meet their scale"},
    [KEY_VIA] = {"via", "a float format", "format of intermediate results"},
    [KEY_CAST] = {"cast", "none or a float format", "format that values pass on their way into the element"},
    [KEY_CLIP] = {"clip", "none or 0 < share <= 1", "share of the largest magnitude that the scale covers"},
    [KEY_STAT] = {"stat", stat_choices + 1,
                  "from the values of a region to the magnitude that its scale covers"},
    [KEY_STAT_ARG] = {"stat_arg", "a number", "argument of stat"},
    [KEY_PEAK] = {"peak", "none or up to 4 numbers with + between them",
                  "element value that the largest magnitude becomes; of several the best"},
    [KEY_SEARCH] = {"search", "none, 1..65536 or all", "scale codes tried around the rule's"},
    [KEY_CHOOSE] = {"choose", "mse|mae|max", "error by which the best way to scale a block is found"},
    [KEY_FLIP] = {"flip", "none or 0 < probability <= 1", "faults: each bit of a code flips"},
    [KEY_OUT] = {"out", "none or a float format", "format of dequantized values"},
    [KEY_OUT_ROUND] = {"out_round", ROUND_CHOICES, "rounding of dequantized values"},
};

size_t scheme_key_count(void)
{
    return KEYS;
}

const struct text_key *scheme_key_at(size_t i)
{
    return &scheme_keys[i];
}

const struct text_key *scheme_key_find(const char *name)
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
    const struct profile *p = profile_find(name);
    return p ? &p->scheme : NULL;
}

static void write_text(const struct quant_spec *q, const char *element, char out[static SCHEME_TEXT_SIZE])
{
    char scratch[SCHEME_VALUE_SIZE];
    int n = snprintf(out, SCHEME_TEXT_SIZE, "%s", element);
    for (size_t k = 0; k < KEYS; k++) {
        const char *value = scheme_get(q, &scheme_keys[k], scratch);
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

/* What a scheme says of each key. */
typedef char values[KEYS][SCHEME_VALUE_SIZE];

static void values_of(const struct quant_spec *q, values out)
{
    char scratch[SCHEME_VALUE_SIZE];
    for (size_t k = 0; k < KEYS; k++)
        snprintf(out[k], sizeof out[k], "%s", scheme_get(q, &scheme_keys[k], scratch));
}

/* Whether q has the same canonical text as an element with these values: most differ in an early key. */
static bool is(const struct quant_spec *q, const char *element, values value)
{
    char scratch[SCHEME_VALUE_SIZE];
    bool same = strcmp(q->element.name, element) == 0;
    for (size_t k = 0; same && k < KEYS; k++)
        same = strcmp(scheme_get(q, &scheme_keys[k], scratch), value[k]) == 0;
    return same;
}

static bool says(const char *text, const char *element, values value)
{
    struct quant_spec q;
    return !scheme_parse(text, &q, NULL) && is(&q, element, value);
}

static void join(char out[static SCHEME_TEXT_SIZE], const char *base, const bool *keep, values value)
{
    int n = snprintf(out, SCHEME_TEXT_SIZE, "%s", base);
    for (size_t k = 0; k < KEYS; k++)
        if (keep[k])
            n += snprintf(out + n, SCHEME_TEXT_SIZE - (size_t)n, ",%s=%s", scheme_keys[k].name, value[k]);
}

/* What a name says by itself; some say nothing without a key. */
struct own {
    struct quant_spec spec;
    bool says;
};

static struct own own_of_name(const char *name)
{
    struct own own = {.says = false};
    own.says = !scheme_parse(name, &own.spec, NULL);
    return own;
}

/* A name to start a text from, and the keys of a scheme whose value differs from what it says by itself. */
struct start {
    const char *name;
    size_t rank;   /* of texts of one length the first in rank is taken */
    size_t length; /* of the text with all of these keys */
    bool keep[KEYS];
};

static size_t key_length(size_t k, values value)
{
    return strlen(",=") + strlen(scheme_keys[k].name) + strlen(value[k]);
}

static struct start start_of(const char *name, size_t rank, const struct own *own, values value)
{
    struct start s = {.name = name, .rank = rank, .length = strlen(name)};
    char scratch[SCHEME_VALUE_SIZE];
    for (size_t k = 0; k < KEYS; k++) {
        const char *has = own->says ? scheme_get(&own->spec, &scheme_keys[k], scratch) : "";
        s.keep[k] = *value[k] && strcmp(value[k], has) != 0;
        s.length += s.keep[k] ? key_length(k, value) : 0;
    }
    return s;
}

static int by_length(const void *a, const void *b)
{
    const struct start *s = a, *t = b;
    return (s->length > t->length) - (s->length < t->length);
}

/* The text from a start without each key that turns out superfluous. False if it does not say the scheme, or
 * in no fewer than `most` characters. */
static bool shorten(struct start *s, const char *element, values value, size_t most,
                    char out[static SCHEME_TEXT_SIZE])
{
    size_t needed = strlen(s->name); /* characters that stay */
    if (needed >= most)
        return false;
    char text[SCHEME_TEXT_SIZE];
    join(text, s->name, s->keep, value);
    if (!says(text, element, value))
        return false;
    for (size_t k = 0; k < KEYS; k++) {
        if (!s->keep[k])
            continue;
        s->keep[k] = false;
        join(text, s->name, s->keep, value);
        if (says(text, element, value))
            continue;
        s->keep[k] = true;
        needed += key_length(k, value);
        if (needed >= most)
            return false;
    }
    join(out, s->name, s->keep, value);
    return true;
}

/* What aliases and profiles say by themselves, read once: a study has many schemes. */
#define PROFILE(...) +1
enum {
    ALIASES = sizeof aliases / sizeof *aliases,
    PROFILES =
#include "sim/profiles.def"
};
#undef PROFILE
static struct own own_of[ALIASES], own_of_profile[PROFILES];

static void read_aliases(void)
{
    for (size_t i = 0; i < ALIASES; i++)
        own_of[i] = own_of_name(aliases[i].name);
}

static void read_profiles(void)
{
    for (size_t i = 0; i < PROFILES; i++)
        own_of_profile[i] = own_of_name(profile_at(i)->scheme.name);
}

/* A scheme that few keys say is known by them, not by whoever uses it. */
enum { FEW_KEYS = 3 };

static int keys_of(const char *text)
{
    int n = 0;
    for (; (text = strchr(text, ',')); text++)
        n++;
    return n;
}

void scheme_short(const struct quant_spec *q, char out[static SCHEME_TEXT_SIZE])
{
    values value;
    const char *element = q->element.name;
    static pthread_once_t aliases_once = PTHREAD_ONCE_INIT, profiles_once = PTHREAD_ONCE_INIT;
    pthread_once(&aliases_once, read_aliases);
    values_of(q, value);
    struct start start[1 + ALIASES];
    const struct own own = own_of_name(element);
    size_t n = 0, rank = 0;
    start[n++] = start_of(element, 0, &own, value);
    for (size_t i = 0; i < ALIASES; i++)
        if (!own_of[i].says || strcmp(own_of[i].spec.element.name, element) == 0)
            start[n++] = start_of(aliases[i].name, i + 1, &own_of[i], value);
    /* A short text first: it ends the search from most of the other starts. */
    qsort(start, n, sizeof *start, by_length);
    scheme_canonical(q, out);
    for (size_t i = 0; i < n; i++)
        if (shorten(&start[i], element, value, strlen(out) + (start[i].rank < rank), out))
            rank = start[i].rank;
    if (keys_of(out) > FEW_KEYS)
        pthread_once(&profiles_once, read_profiles);
    for (size_t i = 0; i < PROFILES && keys_of(out) > FEW_KEYS; i++) {
        const char *name = profile_at(i)->scheme.name;
        const struct own *p = &own_of_profile[i];
        if (p->says && strlen(name) < strlen(out) && is(&p->spec, element, value))
            snprintf(out, SCHEME_TEXT_SIZE, "%s", name);
    }
}

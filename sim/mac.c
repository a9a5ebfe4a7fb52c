/* The tables of keys, orders and units; mac_spec -> canonical and short text. */
#include "sim/mac.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/mac_keys.h"

const char *const mac_order_names[MAC_ORDERS] = {"exact", "sequential", "pairwise", "split", "fused"};
const char *const mac_layout_names[MAC_LAYOUTS] = {"contiguous", "interleaved"};
const char *const mac_take_names[MAC_TAKES] = {"consecutive", "pairs"};
const char *const mac_c_names[MAC_C_PLACES] = {"first", "last"};
const char *const mac_overflow_names[MAC_OVERFLOWS] = {"ieee", "infinity", "saturate", "wrap"};
const char *const mac_scales_names[MAC_SCALES_KINDS] = {"none", "partials", "partials-fma", "dequantize",
                                                        "unit"};
const char *const mac_nan_names[2] = {"quiet", "ones"};
const char *const mac_no_yes[2] = {"no", "yes"};

const struct mac_alias mac_aliases[MAC_ALIASES] = {
    {"blocked", "sequential,promote=32"},
    {"odd-even", "split,parts=2,layout=interleaved"},
};

#define ROUNDS "rne|rna|rnz|rno|rup|rdn|rtz|raz|odd"

/* The registered products with bars between them: the first bar is skipped. */
#define PRODUCT(id) "|" #id
static const char product_choices[] =
#include "sim/products.def"
    ;
#undef PRODUCT

const struct text_key mac_keys[MAC_KEYS] = {
    [MAC_PRODUCT] = {"product", product_choices + 1, "what becomes of two codes"},
    [MAC_L] = {"l", "paper or 0..24", "offset 2^-l of a product (paper: L-Mul's own)"},
    [MAC_NORMALISE] = {"normalise", "no|yes", "a product takes subnormal operands, or zeros in their place"},
    [MAC_DROPPED] = {"dropped", "0..32", "columns that a truncated array leaves out"},
    [MAC_INTO] = {"into", "none or a float format",
                  "format that holds products on their way (none: any does)"},
    [MAC_INTO_ROUND] = {"into_round", ROUNDS, "rounding of products"},
    [MAC_FMA] = {"fma", "yes|no", "products meet the accumulator as they are, or are rounded into it first"},
    [MAC_GROUP] = {"group", "1..1024", "terms of a fused step"},
    [MAC_TAKE] =
        {"take", "consecutive|pairs",
         "terms of a step: the next ones; or of twice as many those with k mod 4 of 0, 1, then of 2, 3"},
    [MAC_PRESUM] = {"presum", "1..1024, a divisor of group",
                    "terms added exactly first; their exponent is that of their scales"},
    [MAC_FRACTION] = {"fraction", "exact or 1..48", "bits kept below the largest exponent of a step"},
    [MAC_ALIGN] = {"align", ROUNDS, "rounding of each term to those bits"},
    [MAC_LANES] = {"lanes", "1|2", "2: even and odd terms are aligned and added apart, then together"},
    [MAC_JOIN] =
        {"join", "none or fraction..48",
         "bits of the sum of products when it meets the accumulator (none: that is a term like others)"},
    [MAC_JOIN_ROUND] = {"join_round", "rtz|rdn", "rounding of lanes and of join"},
    [MAC_PARTS] = {"parts", "1..65536", "sums that are kept apart, then added in sequence"},
    [MAC_LAYOUT] = {"layout", "contiguous|interleaved", "terms of a part: neighbours, or k mod parts"},
    [MAC_ACC] = {"acc", "a float format or intN (N 2..32)", "accumulator"},
    [MAC_POINT] = {"point", "-126..126", "fraction bits of integer accumulators"},
    [MAC_ROUND] = {"round", ROUNDS "|sr", "rounding into the accumulator"},
    [MAC_SR_KIND] = {"sr_kind", "a|b|c|equal", "how sr uses its random bits (a, b, c: P3109)"},
    [MAC_SR_BITS] = {"sr_bits", "1..32", "random bits of sr"},
    [MAC_OVERFLOW] = {"overflow", "ieee|infinity|saturate of floats, wrap|saturate of integers",
                      "sums beyond the range of an accumulator or of the result"},
    [MAC_PROMOTE] = {"promote", "none or a whole number above 0",
                     "terms after which the accumulator is added to an outer one and starts again"},
    [MAC_OUTER] = {"outer", "a float format, or acc's", "outer accumulator"},
    [MAC_OUTER_ROUND] = {"outer_round", ROUNDS "|sr", "rounding into the outer accumulator"},
    [MAC_FLIP] = {"flip", "none, 0 or a probability of 2^-64..1",
                  "faults: each bit of an accumulator flips after a rounding into it"},
    [MAC_C] = {"c", "first|last", "the addend starts the outermost accumulator, or comes last"},
    [MAC_OUT] = {"out", "a float format, or the last accumulator's", "format of addend and result"},
    [MAC_OUT_ROUND] = {"out_round", ROUNDS "|sr", "rounding of the result"},
    [MAC_NAN] = {"nan", "quiet|ones", "NaN of results: the format's own, or all ones without a sign"},
    [MAC_DAZ] = {"daz", "no|yes", "subnormal operands and addends are zero"},
    [MAC_FTZ] = {"ftz", "no|yes", "subnormal sums are zero"},
    [MAC_SCALES] = {"scales", "none|partials|partials-fma|dequantize|unit", "how scales of blocks enter"},
};

size_t mac_key_count(void)
{
    return MAC_KEYS;
}

const struct text_key *mac_key_at(size_t i)
{
    return &mac_keys[i];
}

const struct text_key *mac_key_find(const char *name)
{
    for (size_t i = 0; i < MAC_KEYS; i++)
        if (strcmp(mac_keys[i].name, name) == 0)
            return &mac_keys[i];
    return NULL;
}

/* --- units --- */

static const struct unit units[] = {
#define UNIT(...) {__VA_ARGS__},
#include "sim/units.def"
#undef UNIT
};

size_t unit_count(void)
{
    return sizeof units / sizeof *units;
}

const struct unit *unit_at(size_t i)
{
    return &units[i];
}

static const struct unit *find(const char *name, size_t length)
{
    for (size_t i = 0; i < unit_count(); i++)
        if (strlen(units[i].name) == length && strncasecmp(units[i].name, name, length) == 0)
            return &units[i];
    return NULL;
}

const struct unit *unit_find(const char *name)
{
    return find(name, strlen(name));
}

const struct unit *unit_of(const char *text)
{
    text += strspn(text, " \t\n");
    return find(text, strcspn(text, ", \t\n"));
}

bool unit_takes(const struct unit *u, const struct format *f)
{
    size_t n = strlen(f->name);
    for (const char *p = u->formats; *p; p += strcspn(p, "+"), p += *p == '+')
        if (strcspn(p, "+") == n && strncmp(p, f->name, n) == 0)
            return true;
    return false;
}

/* --- text --- */

static void write_text(const struct mac_spec *m, const char *name, const struct mac_spec *without,
                       char out[static MAC_TEXT_SIZE])
{
    char value[MAC_TEXT_SIZE], own[MAC_TEXT_SIZE];
    int n = snprintf(out, MAC_TEXT_SIZE, "%s", name);
    for (size_t k = 0; k < MAC_KEYS; k++) {
        mac_get(m, &mac_keys[k], value);
        own[0] = '\0';
        if (without)
            mac_get(without, &mac_keys[k], own);
        if (*value && strcmp(value, own) != 0)
            n += snprintf(out + n, (size_t)(MAC_TEXT_SIZE - n), ",%s=%s", mac_keys[k].name, value);
    }
}

void mac_identity(const struct mac_spec *m, char out[static MAC_TEXT_SIZE])
{
    write_text(m, mac_order_names[m->order], NULL, out);
}

bool mac_same(const struct mac_spec *a, const struct mac_spec *b)
{
    char text_a[MAC_TEXT_SIZE], text_b[MAC_TEXT_SIZE];
    mac_identity(a, text_a);
    mac_identity(b, text_b);
    return !strcmp(text_a, text_b);
}

/* Whether m is a variation of what a name stands for, not another machine. */
static bool is_like(const struct mac_spec *m, const struct mac_spec *named)
{
    return !strcmp(m->acc.name, named->acc.name) && m->group == named->group &&
           m->fraction == named->fraction;
}

/* The keys of m that `base` does not say by itself, each tried without; kept in out if that says m and is
 * shorter. */
static void shorten_from(const char *base, const struct mac_spec *m, const char *identity,
                         char out[static MAC_TEXT_SIZE])
{
    struct mac_spec own, again;
    struct error ignored = {{0}};
    char text[MAC_TEXT_SIZE], rest[MAC_TEXT_SIZE], got[MAC_TEXT_SIZE];
    if (mac_parse(base, &own, &ignored) || own.order != m->order ||
        (strcmp(base, mac_order_names[m->order]) != 0 && !is_like(m, &own)))
        return;
    write_text(m, base, &own, text);
    char *end = strchr(text, ',');
    while (end) {
        char *next = strchr(end + 1, ',');
        snprintf(rest, sizeof rest, "%.*s%s", (int)(end - text), text, next ? next : "");
        bool same = !mac_parse(rest, &again, &ignored);
        if (same)
            mac_identity(&again, got);
        if (same && strcmp(got, identity) == 0)
            strcpy(text, rest);
        else
            end = next;
        end = end && *end ? end : NULL;
    }
    if (mac_parse(text, &again, &ignored))
        return;
    mac_identity(&again, got);
    if (strcmp(got, identity) == 0 && strlen(text) < strlen(out))
        strcpy(out, text);
}

void mac_short(const struct mac_spec *m, char out[static MAC_TEXT_SIZE])
{
    char identity[MAC_TEXT_SIZE];
    mac_identity(m, identity);
    strcpy(out, identity);
    shorten_from(mac_order_names[m->order], m, identity, out);
    for (size_t i = 0; i < MAC_ALIASES; i++)
        shorten_from(mac_aliases[i].name, m, identity, out);
    for (size_t i = 0; i < unit_count(); i++)
        shorten_from(units[i].name, m, identity, out);
}

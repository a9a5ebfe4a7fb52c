/* MAC text -> words -> mac_spec. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/strbuf.h"
#include "sim/mac_keys.h"
#include "sim/scheme_words.h"

#define VALUE_SIZE 64

struct mac_words {
    char name[VALUE_SIZE];
    char value[MAC_KEYS][VALUE_SIZE]; /* "" = not given */
    bool given[MAC_KEYS];             /* by the text itself, not by a unit or an alias */
};

static enum status unknown_name(const char *name, struct error *e)
{
    enum { MOST = 128 };
    const char *names[MOST];
    size_t n = 0;
    for (size_t i = 0; i < MAC_ORDERS; i++)
        names[n++] = mac_order_names[i];
    for (size_t i = 0; i < MAC_ALIASES; i++)
        names[n++] = mac_aliases[i].name;
    for (size_t i = 0; i < unit_count() && n < MOST; i++)
        names[n++] = unit_at(i)->name;
    return text_unknown("order or unit", name, names, n, "names", e);
}

static enum status bad(const struct mac_words *w, enum mac_key_id k, struct error *e)
{
    char hint[STR_HINT_SIZE];
    return error_set(e, STATUS_INVALID, "%s: '%s' is not one of %s%s", mac_keys[k].name, w->value[k],
                     mac_keys[k].choices, str_hint_list(w->value[k], mac_keys[k].choices, hint));
}

static const char *stands_for(const char *name)
{
    for (size_t i = 0; i < MAC_ALIASES; i++)
        if (strcasecmp(mac_aliases[i].name, name) == 0)
            return mac_aliases[i].text;
    const struct unit *u = unit_find(name);
    return u ? u->text : NULL;
}

/* flip=0 is none. */
static const char *no_effect(const void *spec, size_t i)
{
    const struct mac_spec *m = spec;
    return i == MAC_FLIP && m->flip <= 0 ? NULL : mac_no_effect(m, (enum mac_key_id)i);
}

static const struct text_kind mac_text = {.what = "MAC",
                                          .names = "order or unit",
                                          .text_size = MAC_TEXT_SIZE,
                                          .value_size = VALUE_SIZE,
                                          .keys = mac_keys,
                                          .n = MAC_KEYS,
                                          .stands_for = stands_for};

/* --- values; a key that is not given leaves *out alone --- */

static bool says(const struct mac_words *w, enum mac_key_id k)
{
    return w->value[k][0] != '\0';
}

static enum status choose(const struct mac_words *w, enum mac_key_id k, const char *const *names, int n,
                          int *out, struct error *e)
{
    for (int i = 0; says(w, k) && i < n; i++)
        if (strcmp(names[i], w->value[k]) == 0) {
            *out = i;
            return STATUS_OK;
        }
    return says(w, k) ? bad(w, k, e) : STATUS_OK;
}

/* low..high, or `word`, which means `meaning`. */
static enum status number(const struct mac_words *w, enum mac_key_id k, const char *word, long long meaning,
                          long long low, long long high, long long *out, struct error *e)
{
    if (!says(w, k))
        return STATUS_OK;
    if (word && strcmp(w->value[k], word) == 0) {
        *out = meaning;
        return STATUS_OK;
    }
    char *end;
    errno = 0;
    long long v = strtoll(w->value[k], &end, 10);
    if (errno || *end || end == w->value[k] || v < low || v > high)
        return bad(w, k, e);
    *out = v;
    return STATUS_OK;
}

/* A probability; "none" and 0 mean none. */
static enum status probability(const struct mac_words *w, enum mac_key_id k, double low, float *out,
                               struct error *e)
{
    const char *text = w->value[k];
    if (!says(w, k) || strcmp(text, "none") == 0)
        return STATUS_OK;
    char *end;
    float v = strtof(text, &end);
    if (*end || end == text || !(v == 0 || ((double)v >= low && v <= 1)))
        return bad(w, k, e);
    *out = v + 0.0F;
    return STATUS_OK;
}

static enum status rounding(const struct mac_words *w, enum mac_key_id k, bool stochastic, struct rounding *r,
                            struct error *e)
{
    int mode = (int)r->mode;
    enum status s = choose(w, k, round_mode_names, stochastic ? ROUND_MODES : ROUND_SR, &mode, e);
    r->mode = (enum round_mode)mode;
    return s;
}

/* An integer of up to 32 bits: sums in two's complement. */
static bool integer_named(const char *name, struct format *out)
{
    int bits = format_name_number(name, "int", NULL);
    if (bits < 2 || bits > 32)
        return false;
    *out = (struct format){.family = &family_int, .bits = bits, .codes = CODES_TWOS};
    snprintf(out->name, sizeof out->name, "int%d", bits);
    return true;
}

static enum status format(const struct mac_words *w, enum mac_key_id k, bool integers, struct format *out,
                          struct error *e)
{
    const char *why = NULL, *name = w->value[k];
    if (!says(w, k) || (integers && integer_named(name, out)))
        return STATUS_OK;
    struct format f;
    if (format_name_number(name, "int", NULL) >= 0)
        return bad(w, k, e);
    if (!format_by_name(name, &f, &why))
        return why ? error_set(e, STATUS_INVALID, "%s: '%s': %s", mac_keys[k].name, name, why) : bad(w, k, e);
    if (f.family != &family_float)
        return bad(w, k, e);
    if (words_ambiguous(&f, e))
        return error_prefix(e, STATUS_INVALID, "%s", mac_keys[k].name);
    why = format_problem(&f);
    if (why)
        return error_set(e, STATUS_INVALID, "%s: %s: %s", mac_keys[k].name, name, why);
    *out = f;
    return STATUS_OK;
}

/* --- groups --- */

static enum status product(const struct mac_words *w, struct mac_spec *m, struct error *e)
{
    const char *name = says(w, MAC_PRODUCT) ? w->value[MAC_PRODUCT] : "exact";
    long long offset = PRODUCT_OFFSET_PAPER, dropped = 0;
    int normalise = 0;
    m->product = product_find(name);
    m->args.rounding.overflow = OVERFLOW_INFINITY;
    enum status s = m->product ? STATUS_OK : bad(w, MAC_PRODUCT, e);
    if (!s && m->product->uses & PRODUCT_TABLE)
        s = error_set(e, STATUS_INVALID, "product=%s: a MAC text cannot name its table", name);
    bool rounds = !s && strcmp(name, "rounded") == 0; /* the others have a form without into= */
    if (rounds)
        m->args.into = *format_find("fp32");
    if (!s)
        s = number(w, MAC_L, "paper", PRODUCT_OFFSET_PAPER, 0, PRODUCT_OFFSET_MAX, &offset, e);
    if (!s)
        s = choose(w, MAC_NORMALISE, mac_no_yes, 2, &normalise, e);
    if (!s)
        s = number(w, MAC_DROPPED, NULL, 0, 0, 32, &dropped, e);
    if (!s && strcmp(w->value[MAC_INTO], "none") != 0)
        s = format(w, MAC_INTO, false, &m->args.into, e);
    else if (!s && rounds)
        s = error_set(e, STATUS_INVALID, "into=none contradicts product=rounded, which takes a float format");
    if (!s)
        s = rounding(w, MAC_INTO_ROUND, false, &m->args.rounding, e);
    m->args.offset = (int)offset;
    m->args.dropped = (int)dropped;
    m->args.normalise = normalise != 0;
    return s;
}

static enum status fused(const struct mac_words *w, struct mac_spec *m, struct error *e)
{
    long long group = 16, presum = 1, fraction = 24, lanes = 1, join = 0;
    int take = MAC_TAKE_CONSECUTIVE;
    struct rounding align = {.mode = ROUND_RTZ}, join_round = {.mode = ROUND_RTZ};
    enum status s = number(w, MAC_GROUP, NULL, 0, 1, MAC_GROUP_MAX, &group, e);
    if (!s)
        s = choose(w, MAC_TAKE, mac_take_names, MAC_TAKES, &take, e);
    if (!s)
        s = number(w, MAC_PRESUM, NULL, 0, 1, MAC_GROUP_MAX, &presum, e);
    if (!s)
        s = number(w, MAC_FRACTION, "exact", 0, 1, MAC_FRACTION_MAX, &fraction, e);
    if (!s)
        s = rounding(w, MAC_ALIGN, false, &align, e);
    if (!s)
        s = number(w, MAC_LANES, NULL, 0, 1, 2, &lanes, e);
    if (!s)
        s = number(w, MAC_JOIN, "none", 0, fraction, MAC_FRACTION_MAX, &join, e);
    if (!s)
        s = rounding(w, MAC_JOIN_ROUND, false, &join_round, e);
    if (!s && join_round.mode != ROUND_RTZ && join_round.mode != ROUND_RDN)
        s = bad(w, MAC_JOIN_ROUND, e);
    if (!s && group % presum)
        s = error_set(e, STATUS_INVALID, "presum=%lld contradicts group=%lld: it divides the group", presum,
                      group);
    if (!s && take == MAC_TAKE_PAIRS && group % 2)
        s = error_set(e, STATUS_INVALID, "take=pairs contradicts group=%lld: it takes an even group", group);
    if (!s && presum > 1 && lanes == 2)
        s = error_set(e, STATUS_INVALID, "presum=%lld contradicts lanes=2: neighbours are added first",
                      presum);
    m->group = (size_t)group;
    m->take = (enum mac_take)take;
    m->presum = (size_t)presum;
    m->fraction = (int)fraction;
    m->align = align.mode;
    m->lanes = fraction ? (int)lanes : 1;
    m->join_fraction = fraction ? (int)join : 0;
    m->join_round = join_round.mode;
    return s;
}

static enum status order(const struct mac_words *w, struct mac_spec *m, struct error *e)
{
    int o = 0, fma = 1, layout = MAC_CONTIGUOUS;
    long long parts = 2;
    while (o < MAC_ORDERS && strcasecmp(mac_order_names[o], w->name) != 0)
        o++;
    if (o == MAC_ORDERS)
        return unknown_name(w->name, e);
    m->order = (enum mac_order)o;
    enum status s = choose(w, MAC_FMA, mac_no_yes, 2, &fma, e);
    if (!s)
        s = fused(w, m, e);
    if (!s)
        s = number(w, MAC_PARTS, NULL, 0, 1, 65536, &parts, e);
    if (!s)
        s = choose(w, MAC_LAYOUT, mac_layout_names, MAC_LAYOUTS, &layout, e);
    m->fma = fma != 0;
    m->parts = (size_t)parts;
    m->layout = (enum mac_layout)layout;
    return s;
}

static enum status overflow(const struct mac_words *w, struct mac_spec *m, struct error *e)
{
    bool integer = mac_is_integer(&m->acc);
    int o = integer ? MAC_WRAP : MAC_IEEE;
    enum status s = choose(w, MAC_OVERFLOW, mac_overflow_names, MAC_OVERFLOWS, &o, e);
    m->overflow = (enum mac_overflow)o;
    if (!s && integer && o != MAC_WRAP && o != MAC_SATURATE)
        s = error_set(e, STATUS_INVALID, "overflow=%s contradicts acc=%s; integers wrap or saturate",
                      mac_overflow_names[o], m->acc.name);
    if (!s && !integer && o == MAC_WRAP)
        s = error_set(e, STATUS_INVALID,
                      "overflow=wrap contradicts acc=%s; floats take ieee, infinity, saturate", m->acc.name);
    return s;
}

/* An integer format other than that of the accumulator has no point of its own. */
static enum status only_acc(const struct mac_spec *m, enum mac_key_id k, struct format *f, struct error *e)
{
    if (!mac_is_integer(f))
        return STATUS_OK;
    if (strcmp(f->name, m->acc.name) != 0)
        return error_set(e, STATUS_INVALID, "%s: %s is an integer other than acc=%s; %s takes %s",
                         mac_keys[k].name, f->name, m->acc.name, mac_keys[k].name, mac_keys[k].choices);
    *f = m->acc;
    return STATUS_OK;
}

static enum status accumulators(const struct mac_words *w, struct mac_spec *m, struct error *e)
{
    long long point = 0, promote = 0, bits = 32;
    int kind = SR_A;
    m->acc = *format_find("fp32");
    m->round = (struct rounding){.mode = m->order == MAC_FUSED ? ROUND_RTZ : ROUND_RNE};
    enum status s = format(w, MAC_ACC, true, &m->acc, e);
    if (!s)
        s = number(w, MAC_POINT, NULL, 0, -126, 126, &point, e);
    if (!s && mac_is_integer(&m->acc))
        m->acc.fraction_bits = (int)point;
    if (!s && m->order == MAC_FUSED && mac_is_integer(&m->acc))
        s = error_set(e, STATUS_INVALID, "acc=%s contradicts the order fused, which takes a float format",
                      m->acc.name);
    if (!s)
        s = rounding(w, MAC_ROUND, true, &m->round, e);
    if (!s)
        s = choose(w, MAC_SR_KIND, sr_kind_names, SR_KINDS, &kind, e);
    if (!s)
        s = number(w, MAC_SR_BITS, NULL, 0, 1, 32, &bits, e);
    m->round.sr_kind = (enum sr_kind)kind;
    m->round.sr_bits = (int)bits;
    if (!s)
        s = overflow(w, m, e);
    if (!s)
        s = number(w, MAC_PROMOTE, "none", 0, 1, INT32_MAX, &promote, e);
    m->promote = (size_t)promote;
    m->outer = m->acc;
    m->outer_round = m->round;
    if (!s)
        s = format(w, MAC_OUTER, true, &m->outer, e);
    if (!s)
        s = only_acc(m, MAC_OUTER, &m->outer, e);
    if (!s)
        s = rounding(w, MAC_OUTER_ROUND, true, &m->outer_round, e);
    return s ? s : probability(w, MAC_FLIP, MAC_FLIP_MIN, &m->flip, e);
}

static enum status result(const struct mac_words *w, struct mac_spec *m, struct error *e)
{
    int c = MAC_C_FIRST, nan = 0, daz = 0, ftz = 0, scales = MAC_SCALES_NONE;
    enum status s = choose(w, MAC_SCALES, mac_scales_names, MAC_SCALES_KINDS, &scales, e);
    m->scales = (enum mac_scales)scales;
    bool partials = mac_spec_has_partials(m);
    m->out = m->order == MAC_EXACT || partials ? *format_find("fp32") : *mac_last(m);
    m->out_round = m->round;
    m->out_round.mode = ROUND_RNE;
    if (!s && scales == MAC_SCALES_UNIT && m->order != MAC_FUSED)
        s = error_set(e, STATUS_INVALID, "scales=unit contradicts the order %s; it takes the order fused",
                      mac_order_names[m->order]);
    if (!s)
        s = choose(w, MAC_C, mac_c_names, MAC_C_PLACES, &c, e);
    if (!s)
        s = format(w, MAC_OUT, m->order != MAC_EXACT && !partials, &m->out, e);
    if (!s && m->order != MAC_EXACT)
        s = only_acc(m, MAC_OUT, &m->out, e);
    if (!s)
        s = rounding(w, MAC_OUT_ROUND, true, &m->out_round, e);
    if (!s)
        s = choose(w, MAC_NAN, mac_nan_names, 2, &nan, e);
    if (!s)
        s = choose(w, MAC_DAZ, mac_no_yes, 2, &daz, e);
    if (!s)
        s = choose(w, MAC_FTZ, mac_no_yes, 2, &ftz, e);
    m->c = (enum mac_join)c;
    m->nan_ones = nan != 0;
    m->daz = daz != 0;
    m->round.ftz = m->outer_round.ftz = m->out_round.ftz = ftz != 0;
    return s;
}

enum status mac_parse(const char *text, struct mac_spec *out, struct error *e)
{
    struct mac_words w;
    struct mac_spec m = {.order = MAC_EXACT};
    const struct text_words words = {w.name, w.value[0], w.given};
    enum status s = text_cut(&mac_text, text, &words, e);
    if (!s)
        s = product(&w, &m, e);
    if (!s)
        s = order(&w, &m, e);
    if (!s)
        s = accumulators(&w, &m, e);
    if (!s)
        s = result(&w, &m, e);
    if (!s && says(&w, MAC_FLIP) && m.flip <= 0) /* 0 says none */
        snprintf(w.value[MAC_FLIP], VALUE_SIZE, "none");
    if (!s)
        s = text_check_effects(&mac_text, &words, no_effect, &m, e);
    if (s)
        return error_prefix(e, s, "MAC '%.100s'", text);
    *out = m;
    return STATUS_OK;
}

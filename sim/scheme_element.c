/* Words -> the element of a scheme, its rounding, and what is done with results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/float.h"
#include "sim/book.h"
#include "sim/scheme_words.h"

/* The bias is the binary32 number that the text says. */
static enum status bias_of(const struct words *w, struct format *f, struct error *e)
{
    const char *text = w->value[KEY_BIAS];
    char *end;
    float bias = strtof(text, &end);
    if (*end || !(bias >= -1100 && bias <= 1100))
        return words_bad(w, KEY_BIAS, e);
    float_set_bias(f, bias);
    return STATUS_OK;
}

/* T3 of the formats: two biases are published for E1M2. */
enum status words_ambiguous(const struct format *f, struct error *e)
{
    if (f->exponent_bits != 1 || f->precision != 3 || !scheme_is_parametric_float(f))
        return STATUS_OK;
    return error_set(
        e, STATUS_INVALID,
        "%s has two published biases: write bias=0 (largest 3.5) or bias=1 (largest 1.75) after it, "
        "or e1m2b0 or e1m2b1 for it",
        f->name);
}

static enum status of_float(const struct words *w, struct format *f, struct error *e)
{
    const struct format was = *f;
    int specials = (int)f->specials, subnormals = (int)f->subnormals;
    enum status s = w->value[KEY_BIAS][0] ? bias_of(w, f, e) : words_ambiguous(f, e);
    if (!s)
        s = words_select(w, KEY_SPECIALS, specials_names, SPECIALS_KINDS, &specials, e);
    if (!s)
        s = words_select(w, KEY_SUBNORMALS, subnormals_names, SUBNORMALS_KINDS, &subnormals, e);
    if (s)
        return s;
    bool changed = f->bias != was.bias || f->stretch > 0 || specials != (int)was.specials ||
                   subnormals != (int)was.subnormals;
    f->specials = (enum specials)specials;
    f->subnormals = (enum subnormals)subnormals;
    if (changed) { /* no longer the registered format: what is said of it does not hold */
        f->doc = "float with the parameters of the text";
        f->goldens = 0;
    }
    return STATUS_OK;
}

static enum status of_int(const struct words *w, struct format *f, struct error *e)
{
    if (words_says(w, KEY_ZERO_POINT)) { /* plain codes: what was said of others has no effect */
        f->codes = CODES_SYM;
        f->fraction_bits = 0;
        return STATUS_OK;
    }
    long long fraction = f->fraction_bits;
    int codes = (int)f->codes;
    enum status s = words_select(w, KEY_CODES, int_codes_names, CODES_KINDS, &codes, e);
    if (!s)
        s = words_integer(w, KEY_FRACTION, -126, 126, &fraction, e);
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
    return s == STATUS_SKIP ? words_unknown_format("format", name, why, e) : s;
}

/* The names after or=, with + between them. */
static enum status alternatives(const struct words *w, struct quant_spec *q, struct error *e)
{
    if (!words_says(w, KEY_OR))
        return STATUS_OK;
    char copy[SCHEME_VALUE_SIZE];
    snprintf(copy, sizeof copy, "%s", w->value[KEY_OR]);
    for (char *rest = copy, *name; (name = strsep(&rest, "+"));) {
        if (q->n_alternatives == ALTERNATIVES_MAX)
            return error_set(e, STATUS_INVALID, "or: at most %d formats", ALTERNATIVES_MAX);
        struct format *f = &q->alternative[q->n_alternatives++];
        enum status s = find_element(name, f, e);
        if (s)
            return error_prefix(e, s, "or");
        if (words_ambiguous(f, e))
            return error_prefix(e, STATUS_INVALID, "or");
        if (format_problem(f))
            return error_set(e, STATUS_INVALID, "or: %s: %s", name, format_problem(f));
        if (f->bits != q->element.bits)
            return error_set(e, STATUS_INVALID, "or: %s has %d bits, %s %d: they share the place of a code",
                             f->name, f->bits, q->element.name, q->element.bits);
    }
    return STATUS_OK;
}

static enum status of_book(const struct words *w, const struct format *f, struct error *e)
{
    char hash[BOOK_HASH_SIZE];
    book_hash(f->book, hash);
    if (!w->value[KEY_BOOK_HASH][0] || strcmp(w->value[KEY_BOOK_HASH], hash) == 0)
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "book_hash: %s holds the codebook %s, and %s was asked for",
                     f->name + strlen(BOOK_PREFIX), hash, w->value[KEY_BOOK_HASH]);
}

/* The parameters of an element do not hang together: which were given. */
static enum status does_not_fit(const struct words *w, const struct format *f, struct error *e)
{
    char given[4 * SCHEME_VALUE_SIZE] = "";
    int n = 0;
    for (enum key k = KEY_BIAS; k <= KEY_FRACTION; k++)
        if (w->value[k][0] && n < (int)(3 * SCHEME_VALUE_SIZE))
            n += snprintf(given + n, SCHEME_VALUE_SIZE, " with %s=%.60s", scheme_keys[k].name, w->value[k]);
    return error_set(e, STATUS_INVALID, "%s%s: %s", f->name, given, format_problem(f));
}

enum status words_element(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct format *f = &q->element;
    q->codec = codec_find(w->name);
    if (q->codec) {
        codec_describe(q->codec, f);
        return STATUS_OK;
    }
    enum status s = find_element(w->name, f, e);
    if (!s && scheme_is_parametric_float(f))
        s = of_float(w, f, e);
    else if (!s && book_is_file(f))
        s = of_book(w, f, e);
    else if (!s && scheme_is_parametric_int(f))
        s = of_int(w, f, e);
    if (s)
        return s;
    if (format_problem(f))
        return does_not_fit(w, f, e);
    s = alternatives(w, q, e);
    int fit = FIT_NONE;
    if (!s && f->book && !q->n_alternatives)
        s = words_select(w, KEY_FIT, fit_names, FIT_KINDS, &fit, e);
    q->fit = (enum fit)fit;
    return s;
}

static enum status element_rounding(const struct words *w, struct quant_spec *q, struct error *e)
{
    struct rounding *r = &q->rounding;
    const struct format *f = &q->element;
    int mode = ROUND_RNE, kind = SR_A, overflow = OVERFLOW_SATURATE, nan = NAN_TO_ZERO,
        neg_zero = NEG_ZERO_KEEP, ftz = 0, half = 0, carry = CARRY_ADD;
    long long bits = 32;
    if (strcmp(w->value[KEY_ROUND], "nearest") == 0)
        return error_set(
            e, STATUS_INVALID,
            "round: 'nearest' means ties-to-even to some and ties-away to others: write rne or rna");
    enum status s = words_select(w, KEY_ROUND, round_mode_names, ROUND_MODES, &mode, e);
    if (!s && mode == ROUND_RNA && scheme_adds_half(f))
        s = words_select(w, KEY_HALF, half_names, 2, &half, e);
    if (!s && scheme_carries(f))
        s = words_select(w, KEY_CARRY, carry_mode_names, CARRY_MODES, &carry, e);
    if (!s && mode == ROUND_SR)
        s = words_select(w, KEY_SR_KIND, sr_kind_names, SR_KINDS, &kind, e);
    if (!s && mode == ROUND_SR && kind != SR_EQUAL)
        s = words_integer(w, KEY_SR_BITS, 1, 32, &bits, e);
    if (!s && (format_has_inf(f) || format_has_nan(f)))
        s = words_select(w, KEY_OVERFLOW, overflow_mode_names, OVERFLOW_MODES, &overflow, e);
    if (!s && !format_has_nan(f))
        s = words_select(w, KEY_NAN, nan_mode_names, NAN_MODES, &nan, e);
    if (!s && format_has_neg_zero(f))
        s = words_select(w, KEY_NEG_ZERO, neg_zero_mode_names, NEG_ZERO_MODES, &neg_zero, e);
    if (!s && format_has_normals(f))
        s = words_select(w, KEY_FTZ, no_yes_names, 2, &ftz, e);
    *r = (struct rounding){.mode = (enum round_mode)mode,
                           .overflow = (enum overflow_mode)overflow,
                           .nan = (enum nan_mode)nan,
                           .neg_zero = (enum neg_zero_mode)neg_zero,
                           .sr_kind = (enum sr_kind)kind,
                           .half_f32 = half,
                           .carry = (enum carry_mode)carry,
                           .sr_bits = mode == ROUND_SR ? (int)bits : 0,
                           .ftz = ftz};
    return s;
}

enum status words_rounding(const struct words *w, struct quant_spec *q, struct error *e)
{
    int daz = 0, out_round = ROUND_RNE;
    enum status s = q->codec ? STATUS_OK : element_rounding(w, q, e);
    if (!s && !q->codec && q->scaling.order != ORDER_TE && words_says(w, KEY_CAST))
        s = words_format(w, KEY_CAST, "format", &q->scaling.cast, e);
    if (!s)
        s = words_select(w, KEY_DAZ, no_yes_names, 2, &daz, e);
    if (!s && !q->codec)
        s = words_positive(w, KEY_FLIP, 1, &q->flip, e);
    if (!s && words_says(w, KEY_OUT))
        s = words_format(w, KEY_OUT, "format", &q->out, e);
    if (!s && q->out.family)
        s = words_select(w, KEY_OUT_ROUND, round_mode_names, ROUND_SR, &out_round, e);
    q->daz = daz;
    q->out_round = (enum round_mode)out_round;
    return s;
}

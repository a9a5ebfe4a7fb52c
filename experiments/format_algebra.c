#include "experiments/format_algebra.h"

#include <stdio.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "formats/algebra.h"
#include "formats/number_text.h"
#include "sim/scheme.h"

/* The element of a scheme text without a scale. */
static enum status open_format(const char *text, struct quant_spec *q, struct error *e)
{
    enum status s = scheme_parse(text, q, e);
    if (s)
        return error_prefix(e, s, "formats");
    if (q->codec || q->scaling.per != PER_NONE)
        return error_set(e, STATUS_INVALID,
                         "formats: '%s' has scales; questions about formats take an element alone, as '%s'",
                         text, q->codec ? "e4m3" : q->element.name);
    return STATUS_OK;
}

/* "0x7f = 448". */
#define VALUE_TEXT_SIZE (NUMBER_TEXT_SIZE + 16)

static void value_text(const struct format *f, uint32_t code, char out[VALUE_TEXT_SIZE])
{
    char text[NUMBER_TEXT_SIZE];
    number_text(format_decode(f, code), text);
    snprintf(out, VALUE_TEXT_SIZE, "0x%0*x = %s", (f->bits + 3) / 4, (unsigned)code, text);
}

static const char *decided_by(const struct format *f)
{
    return f->bits <= ALGEBRA_BITS ? "every code" : "the codes that decide an octave or a step";
}

struct fact {
    const char *name;
    struct table_value value;
};

static enum status write_facts(const struct fact *facts, size_t n, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    struct table *t = NULL;
    enum status s = table_open(format, stdout, columns, 2, &t, e);
    for (size_t i = 0; i < n && !s; i++) {
        bool missing = facts[i].value.kind == TABLE_STRING && !facts[i].value.text;
        struct table_value row[] = {table_text(facts[i].name), facts[i].value};
        if (!missing)
            s = table_row(t, row, e);
    }
    return list_end(t, s, e);
}

/* --- containment --- */

static const char *special_text(bool a, bool b)
{
    return !b ? "b has none" : a ? "held" : "lost";
}

enum status algebra_show_contains(const char *a_text, const char *b_text, bool specials,
                                  enum table_format format, struct error *e)
{
    struct quant_spec qa, qb;
    uint32_t code = 0;
    enum status s = open_format(a_text, &qa, e);
    if (!s)
        s = open_format(b_text, &qb, e);
    if (s)
        return s;
    const struct format *a = &qa.element, *b = &qb.element;
    enum verdict v = algebra_contains(a, b, specials, &code);
    if (v == VERDICT_NOT_COVERED)
        return error_set(
            e, STATUS_INVALID,
            "formats: not covered: %s has %d bits; beyond %d bits only a float is decided, in a float "
            "or an integer, both of integer bias",
            b_text, b->bits, ALGEBRA_BITS);
    char found[VALUE_TEXT_SIZE], nearest[VALUE_TEXT_SIZE];
    value_text(b, code, found);
    value_text(a, format_round(a, format_decode(b, code), &qa.rounding, 0).code, nearest);
    bool no = v == VERDICT_NO;
    const struct fact facts[] = {
        {"a", table_text(a_text)},
        {"b", table_text(b_text)},
        {specials ? "every value of b, -0, Inf and NaN is one of a" : "every value of b is one of a",
         table_text(no ? "no" : "yes")},
        {"decided by", table_text(decided_by(b))},
        {"first value that a lacks", table_text(no ? found : NULL)},
        {"which a rounds to", table_text(no ? nearest : NULL)},
        {"-0", table_text(special_text(format_has_neg_zero(a), format_has_neg_zero(b)))},
        {"Inf", table_text(special_text(format_has_inf(a), format_has_inf(b)))},
        {"NaN", table_text(special_text(format_has_nan(a), format_has_nan(b)))},
    };
    s = write_facts(facts, sizeof facts / sizeof *facts, format, e);
    if (s || !no)
        return s;
    return error_set(e, STATUS_DIFFERENT, "formats: %s of %s is no value of %s", found, b_text, a_text);
}

/* --- double rounding --- */

struct chain {
    const char *a, *via, *to; /* texts */
    struct quant_spec qa, qvia, qto;
};

static enum status write_mode(const struct chain *c, struct table *t, struct error *e, struct error *first)
{
    const struct format *a = &c->qa.element;
    struct conversion via = {&c->qvia.element, c->qvia.rounding}, to = {&c->qto.element, c->qto.rounding};
    struct detour d = {0};
    enum verdict v = algebra_via(a, &via, &to, &d);
    if (v == VERDICT_NOT_COVERED)
        return error_set(
            e, STATUS_INVALID,
            "formats: not covered: %s has %d bits; beyond %d bits floats and tapered formats are "
            "decided, to a format of at most %d bits",
            c->a, a->bits, ALGEBRA_BITS, ALGEBRA_BITS);
    char source[VALUE_TEXT_SIZE], middle[VALUE_TEXT_SIZE], twice[VALUE_TEXT_SIZE], once[VALUE_TEXT_SIZE];
    bool no = v == VERDICT_NO;
    value_text(a, d.source, source);
    value_text(via.to, d.via, middle);
    value_text(to.to, d.twice, twice);
    value_text(to.to, d.once, once);
    const char *none = NULL;
    struct table_value row[] = {table_text(round_mode_names[via.rounding.mode]),
                                table_text(round_mode_names[to.rounding.mode]),
                                table_text(no ? "no" : "yes"),
                                table_text(no ? source : none),
                                table_text(no ? middle : none),
                                table_text(no ? twice : none),
                                table_text(no ? once : none)};
    if (no)
        error_set(first, STATUS_DIFFERENT, "formats: %s of %s: %s then %s (%s), but %s (%s) at once", source,
                  c->a, middle, twice, round_mode_names[via.rounding.mode], once,
                  round_mode_names[to.rounding.mode]);
    return table_row(t, row, e);
}

static enum status set_modes(struct chain *c, const char *round, int *last, struct error *e)
{
    int first = -1;
    for (int m = 0; m < ROUND_SR && round; m++)
        if (!strcmp(round, round_mode_names[m]))
            first = m;
    *last = first;
    if (round && !strcmp(round, "all")) {
        first = 0;
        *last = ROUND_SR - 1;
    }
    if (round && first < 0) {
        static const char allowed[] = "all, rne, rna, rnz, rno, rup, rdn, rtz, raz, odd";
        char hint[STR_HINT_SIZE];
        error_set(e, STATUS_USAGE,
                  "--round: unknown '%s'%s; allowed: %s (stochastic rounding is no function of the value)",
                  round, str_hint_list(round, allowed, hint), allowed);
        return STATUS_USAGE;
    }
    if (!round && (c->qvia.rounding.mode == ROUND_SR || c->qto.rounding.mode == ROUND_SR))
        return error_set(e, STATUS_INVALID, "formats: round=sr is no function of the value");
    if (round)
        c->qvia.rounding.mode = c->qto.rounding.mode = (enum round_mode)first;
    return STATUS_OK;
}

enum status algebra_show_via(const char *a, const char *via, const char *to, const char *round,
                             enum table_format format, struct error *e)
{
    static const char *const columns[] = {"round via", "round to",    "same", "first value that differs",
                                          "via",       "then, twice", "once"};
    struct chain c = {.a = a, .via = via, .to = to};
    struct error first = {{0}};
    struct table *t = NULL;
    int last = 0;
    enum status s = open_format(a, &c.qa, e);
    if (!s)
        s = open_format(via, &c.qvia, e);
    if (!s)
        s = open_format(to, &c.qto, e);
    if (!s)
        s = set_modes(&c, round, &last, e);
    if (!s)
        s = table_open(format, stdout, columns, sizeof columns / sizeof *columns, &t, e);
    if (s)
        return s;
    s = write_mode(&c, t, e, &first);
    while (!s && round && (int)c.qto.rounding.mode < last) {
        c.qvia.rounding.mode = ++c.qto.rounding.mode;
        s = write_mode(&c, t, e, &first);
    }
    s = list_end(t, s, e);
    return !s && first.text[0] ? error_set(e, STATUS_DIFFERENT, "%s", first.text) : s;
}

/* --- exact products and sums --- */

static void float_name(const struct exact_need *need, char *out, size_t size)
{
    int bits = need->is_signed + need->exponent_bits + need->fraction_bits;
    /* By rule: 0 to 11 exponent bits, 32 bits. e1mY needs its bias said. */
    if (!need->exponent_bits || need->exponent_bits > 11 || bits > 32)
        out[0] = '\0';
    else
        snprintf(out, size, "%se%dm%d,specials=none%s", need->is_signed ? "" : "u", need->exponent_bits,
                 need->fraction_bits, need->exponent_bits == 1 ? ",bias=0" : "");
}

enum status algebra_show_exact(const char *text, bool products, uint32_t terms, enum table_format format,
                               struct error *e)
{
    struct quant_spec q;
    struct exact_need n;
    enum status s = open_format(text, &q, e);
    if (s)
        return s;
    const struct format *f = &q.element;
    if (algebra_exact(f, products, terms, &n) == VERDICT_NOT_COVERED)
        return error_set(
            e, STATUS_INVALID,
            "formats: not covered: %s has values of more than 32 significant bits, or more than %d "
            "bits and is no float of integer bias",
            text, ALGEBRA_BITS);
    char what[160], lsb[32], top[32], integer[64], width[64], name[64];
    const char *members = products ? "products of two values" : "values";
    if (terms > 1)
        snprintf(what, sizeof what, "sums of %u %s of %.60s", (unsigned)terms, members, text);
    else
        snprintf(what, sizeof what, "%s of %.60s", members, text);
    snprintf(lsb, sizeof lsb, "2^%d", (int)n.lsb);
    snprintf(top, sizeof top, "2^%d", (int)n.top + 1);
    snprintf(integer, sizeof integer, "%d bits, %s", (int)n.integer_bits,
             n.is_signed ? "two's complement" : "unsigned");
    snprintf(width, sizeof width, "%d bits: %s%d exponent, %d fraction, bias %d",
             (int)n.is_signed + n.exponent_bits + n.fraction_bits, n.is_signed ? "sign, " : "",
             n.exponent_bits, n.fraction_bits, n.exponent_bits ? (1 << (n.exponent_bits - 1)) - 1 : 0);
    float_name(&n, name, sizeof name);
    const struct fact facts[] = {
        {"exact", table_text(what)},
        {"decided by", table_text(decided_by(f))},
        {"least bit", table_text(lsb)},
        {"magnitudes below", table_text(top)},
        {"integer of least bits", table_text(integer)},
        {"significant bits of a float",
         n.precision ? table_integer(n.precision)
                     : table_text("not decided: sums of an even number of odd values")},
        {"float of least bits", table_text(n.exponent_bits ? width : NULL)},
        {"as a format here", table_text(name[0] ? name : NULL)},
    };
    return write_facts(facts, sizeof facts / sizeof *facts, format, e);
}

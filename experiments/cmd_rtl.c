#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "sim/mac.h"
#include "sim/rtl/rtl.h"
#include "sim/scheme.h"

struct args {
    const char *what, *a, *b, *into, *designs, *out, *name;
    enum table_format format;
    uint64_t seed;
    bool list;
};

enum { OPT_A = 256, OPT_B, OPT_INTO, OPT_SEED, OPT_NAME };

static void check_arguments(struct argp_state *state, const struct args *a)
{
    bool asks = a->what || a->a || a->b || a->into || a->designs || a->out || a->name;
    if (a->list && asks)
        argp_error(state, "--list stands alone");
    if (!a->list && !a->what)
        argp_error(state, "a scheme or a MAC text is missing");
    if (!a->list && !a->out)
        argp_error(state, "-o DIR is missing");
    if (a->a && a->into)
        argp_error(state, "--into is of schemes; a MAC text says into=");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->format;
        break;
    case OPT_A:
        a->a = arg;
        break;
    case OPT_B:
        a->b = arg;
        break;
    case OPT_INTO:
        a->into = arg;
        break;
    case OPT_SEED:
        a->seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case OPT_NAME:
        a->name = arg;
        break;
    case 'd':
        a->designs = arg;
        break;
    case 'l':
        a->list = true;
        break;
    case 'o':
        a->out = arg;
        break;
    case ARGP_KEY_ARG:
        if (a->what)
            argp_error(state, "one scheme or MAC text at a time");
        a->what = arg;
        break;
    case ARGP_KEY_END:
        check_arguments(state, a);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"design", 'd', "NAME,...", 0, "these units (default: each that is not refused)", 0},
    {"a", OPT_A, "SCHEME", 0, "the argument is a MAC text, and operand a has this element", 0},
    {"b", OPT_B, "SCHEME", 0, "operand b has this element (default: as a)", 0},
    {"into", OPT_INTO, "SCHEME", 0, "the element that products are rounded into (default: the scheme's)", 0},
    {"name", OPT_NAME, "NAME", 0, "modules and files are NAME_DESIGN (default: from the texts)", 0},
    {"seed", OPT_SEED, "N", 0, "seed of vectors that are drawn (default 0)", 0},
    {"output", 'o', "DIR", 0, "write into this folder", 0},
    {"list", 'l', NULL, 0, "list the designs instead", 0},
    {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = list_children,
    .args_doc = "SCHEME|MAC",
    .doc =
        "Write units of hardware as Verilog, with a test bench and our own vectors.\v"
        "A unit is DIR/NAME.v, combinational and plain Verilog-2001; NAME_tb.v checks it against NAME.hex, "
        "which has what this program computes. Of formats of at most 8 bits, products of at most 16. A "
        "scheme gives every design "
        "that there is for its element, a MAC text its product and its dot unit. One row a unit is printed; "
        "why a design is refused is an error where it is named, else a message.\n\n"
        "  bitsweep rtl --list\n"
        "  bitsweep rtl e4m3 -o rtl\n"
        "  bitsweep rtl e4m3,overflow=nan --b e5m2 --design product,rounded -o rtl\n"
        "  bitsweep rtl exact,product=lmul_bits,into=e4m3 --a e4m3 -o rtl\n"
        "  (cd rtl && iverilog -g2001 -o t e4m3_product.v e4m3_product_tb.v && vvp t)\n"};

/* --- the question --- */

static enum status scheme(const char *option, const char *text, struct quant_spec *out, struct error *e)
{
    enum status s = scheme_parse(text, out, e);
    return s && *option ? error_prefix(e, s, "%s", option) : s;
}

static enum status read_mac(const struct args *a, struct rtl_spec *spec, struct error *e)
{
    struct quant_spec side[2];
    struct mac_spec m;
    enum status s = mac_parse(a->what, &m, e);
    if (!s)
        s = scheme("--a", a->a, &side[0], e);
    if (!s)
        s = scheme("--b", a->b ? a->b : a->a, &side[1], e);
    const struct unit *u = s ? NULL : unit_of(a->what);
    for (int i = 0; i < 2 && u && !s; i++)
        if (!unit_takes(u, &side[i].element))
            s = error_set(e, STATUS_INVALID, "--%c: '%s' is no operand of %s; allowed: %s", "ab"[i],
                          side[i].element.name, u->name, u->formats);
    if (!s)
        rtl_spec_of_mac(&m, &side[0], &side[1], spec);
    return s;
}

static enum status read_scheme(const struct args *a, struct rtl_spec *spec, struct error *e)
{
    struct quant_spec side[2], into;
    struct mac_spec m;
    struct error why = {{0}};
    enum status s = scheme("", a->what, &side[0], &why);
    if (s && !mac_parse(a->what, &m, NULL))
        return error_set(e, STATUS_INVALID, "'%s' is a MAC text: --a SCHEME says what it multiplies",
                         a->what);
    if (s)
        return error_set(e, s, "%s", why.text);
    s = scheme("--b", a->b ? a->b : a->what, &side[1], e);
    if (!s && a->into)
        s = scheme("--into", a->into, &into, e);
    if (!s)
        s = rtl_spec_of_scheme(&side[0], &side[1], spec, e);
    if (!s && a->into) {
        spec->mac.args.into = into.element;
        spec->mac.args.rounding = into.rounding;
    }
    return s;
}

/* --- names --- */

/* What of a text can be in a module's name; runs of other characters become one underscore, and the minus of
 * a number m. */
static void add_name(struct strbuf *b, const char *text)
{
    bool gap = false;
    for (const char *p = text; *p; p++) {
        const bool minus = *p == '-' && isdigit((unsigned char)p[1]);
        const bool safe = minus || isalnum((unsigned char)*p);
        if (safe && gap)
            strbuf_add(b, "_");
        gap = !safe;
        if (safe)
            strbuf_add_n(b, minus ? "m" : p, 1);
    }
}

/* From the texts as they were given, so that who asks knows the name. */
static enum status prefix(const struct args *a, char out[static RTL_NAME_MAX], struct error *e)
{
    const char *parts[] = {a->what, a->a, a->b, a->into};
    struct strbuf b = {0};
    if (a->name) {
        strbuf_add(&b, a->name);
    } else {
        if (isdigit((unsigned char)*a->what))
            strbuf_add(&b, "u");
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            if (parts[i] && i)
                strbuf_add(&b, i == 3 ? "_into_" : i == 2 ? "_x_" : "_");
            if (parts[i])
                add_name(&b, parts[i]);
        }
    }
    enum status s = b.failed ? error_set(e, STATUS_INTERNAL, "out of memory") : STATUS_OK;
    if (!s && b.length >= RTL_NAME_MAX - 32)
        s = error_set(e, STATUS_INVALID, "'%.40s...': too long for the name of a module; --name gives one",
                      b.text);
    if (!s)
        snprintf(out, RTL_NAME_MAX, "%s", b.text ? b.text : "");
    strbuf_free(&b);
    return s;
}

/* --- the units --- */

static const char *design_name(size_t i)
{
    return rtl_design_at(i)->name;
}

/* Whether a design is among the names of --design; without them all are. */
static bool wanted(const char *designs, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = designs; p; p = strchr(p, ',')) {
        p += *p == ',';
        if (!strncmp(p, name, n) && (p[n] == ',' || !p[n]))
            return true;
    }
    return !designs;
}

static enum status check_designs(const char *designs, struct error *e)
{
    for (const char *p = designs; p; p = strchr(p, ',')) {
        char name[RTL_NAME_MAX];
        p += *p == ',';
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ","), p);
        if (!rtl_design_find(name))
            return list_unknown("design", name, rtl_design_count(), design_name, e);
    }
    return STATUS_OK;
}

static enum status unit(const struct rtl_design *d, const struct rtl_spec *spec, const char *base,
                        const struct args *a, struct table *t, struct error *e)
{
    char name[RTL_NAME_MAX];
    snprintf(name, sizeof name, "%s_%s", base, d->name);
    enum status s = rtl_write(d, spec, name, a->out, e);
    if (s)
        return s;
    struct table_value row[] = {table_text(name), table_text(d->name),
                                table_integer(d->register_bits ? d->register_bits(spec) : 0)};
    return table_row(t, row, e);
}

static enum status units(const struct args *a, const struct rtl_spec *spec, struct error *e)
{
    static const char *const columns[] = {"unit", "design", "register_bits"};
    char name[RTL_NAME_MAX];
    struct table *t = NULL;
    size_t written = 0;
    enum status s = check_designs(a->designs, e);
    if (!s)
        s = prefix(a, name, e);
    if (!s)
        s = table_open(a->format, stdout, columns, 3, &t, e);
    for (size_t i = 0; i < rtl_design_count() && !s; i++) {
        const struct rtl_design *d = rtl_design_at(i);
        const char *why = d->refuses(spec);
        if (!wanted(a->designs, d->name))
            continue;
        if (why && !a->designs) {
            fprintf(stderr, "bitsweep rtl: no unit '%s': %s\n", d->name, why);
            continue;
        }
        s = unit(d, spec, name, a, t, e); /* which says why it is refused */
        written++;
    }
    if (!s && !written)
        s = error_set(e, STATUS_INVALID, "no unit of '%s'", a->what);
    return list_end(t, s, e);
}

static enum status list(enum table_format format, struct error *e)
{
    static const char *const columns[] = {"name", "doc", "citation"};
    struct table *t = NULL;
    enum status s = table_open(format, stdout, columns, 3, &t, e);
    for (size_t i = 0; i < rtl_design_count() && !s; i++) {
        const struct rtl_design *d = rtl_design_at(i);
        struct table_value row[] = {table_text(d->name), table_text(d->doc), table_text(d->citation)};
        s = table_row(t, row, e);
    }
    return list_end(t, s, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    struct rtl_spec spec;
    cli_parse(&argp, argc, argv, &a);
    if (a.list)
        return list(a.format, e);
    enum status s = a.a ? read_mac(&a, &spec, e) : read_scheme(&a, &spec, e);
    if (s)
        return s;
    spec.seed = a.seed;
    return units(&a, &spec, e);
}

const struct command command_rtl = {"rtl", "write units of hardware with their vectors", run, &argp};

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "experiments/cli_list.h"
#include "experiments/error_magnitude.h"
#include "experiments/format_algebra.h"
#include "experiments/format_list.h"
#include "experiments/format_page.h"
#include "experiments/value_spacing.h"
#include "formats/algebra.h"
#include "plots/plot.h"

enum { MAX_NAMES = SPACING_MAX_FORMATS };

struct args {
    const char *names[MAX_NAMES];
    size_t n;
    const char *find, *dir;
    bool codes;
    const char *contains, *via, *to, *round;
    bool specials, products;
    enum figure_width width;
    uint32_t terms; /* 0: not asked */
    enum table_format format;
};

enum { OPT_CONTAINS = 256, OPT_SPECIALS, OPT_VIA, OPT_TO, OPT_ROUND, OPT_PRODUCT, OPT_SUM };

static void add(struct argp_state *state, struct args *a, const char *name)
{
    for (size_t i = 0; i < a->n; i++)
        if (!strcasecmp(a->names[i], name))
            argp_error(state, "'%s' is named twice", name);
    if (a->n == MAX_NAMES)
        argp_error(state, "at most %d formats beside each other", MAX_NAMES);
    a->names[a->n++] = name;
}

static void check_question(struct argp_state *state, const struct args *a)
{
    int questions = (a->contains != NULL) + (a->via || a->to) + (a->products || a->terms);
    if (questions > 1)
        argp_error(state,
                   "one question at a time: --contains, --via with --to, or --exact-product and --exact-sum");
    if (!a->via != !a->to)
        argp_error(state, "--via and --to go together: A --via B --to C");
    if (a->round && !a->via)
        argp_error(state, "--round is for --via");
    if (a->specials && !a->contains)
        argp_error(state, "--specials is for --contains");
    if (questions && (a->n != 1 || a->dir || a->codes || a->find))
        argp_error(state, "a question takes one NAME, and no --codes, --output or --find");
}

static void check(struct argp_state *state, const struct args *a)
{
    check_question(state, a);
    if (a->find && (a->n || a->dir || a->codes))
        argp_error(state, "--find searches the list: it takes no NAME, --codes or --output");
    if (a->codes && (a->n != 1 || a->dir))
        argp_error(state, "--codes takes one NAME");
    if (a->width && !a->dir)
        argp_error(state, "--width is for --output");
    if (a->dir && !a->n)
        argp_error(state, "--output draws the formats that are named: NAME is missing");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->format;
        state->child_inputs[1] = &a->width;
        break;
    case 'F':
        a->find = arg;
        break;
    case 'c':
        a->codes = true;
        break;
    case 'o':
        a->dir = arg;
        break;
    case OPT_CONTAINS:
        a->contains = arg;
        break;
    case OPT_SPECIALS:
        a->specials = true;
        break;
    case OPT_VIA:
        a->via = arg;
        break;
    case OPT_TO:
        a->to = arg;
        break;
    case OPT_ROUND:
        a->round = arg;
        break;
    case OPT_PRODUCT:
        a->products = true;
        break;
    case OPT_SUM:
        a->terms = (uint32_t)cli_count(state, "--exact-sum", arg, ALGEBRA_TERMS_MAX);
        if (!a->terms)
            argp_error(state, "--exact-sum: expected at least 1");
        break;
    case ARGP_KEY_ARG:
        add(state, a, arg);
        break;
    case ARGP_KEY_END:
        check(state, a);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"find", 'F', "WORD", 0, "list the formats whose name, alias, description or citation has WORD", 0},
    {"codes", 'c', NULL, 0, "print every code of NAME instead: bits by field, class, value", 0},
    {"output", 'o', "DIR", 0,
     "draw value_spacing and error_magnitude (.svg, .pdf, .png) of the formats into DIR instead", 0},
    {"contains", OPT_CONTAINS, "FORMAT", 0, "is every finite value of FORMAT one of NAME?", 0},
    {"specials", OPT_SPECIALS, NULL, 0, "with --contains: -0, Inf and NaN count too", 0},
    {"via", OPT_VIA, "FORMAT", 0, "with --to: does rounding NAME to FORMAT first change nothing?", 0},
    {"to", OPT_TO, "FORMAT", 0, "the format at the end", 0},
    {"round", OPT_ROUND, "MODE", 0,
     "with --via: the mode of both steps, or all of them (default: as the texts say)", 0},
    {"exact-product", OPT_PRODUCT, NULL, 0, "the smallest float and integer that hold every product of NAME",
     0},
    {"exact-sum", OPT_SUM, "K", 0, "the same for every sum of K values, with --exact-product of K products",
     0},
    {0}};
static const struct argp_child children[] = {
    {&cli_format_argp, 0, NULL, 0}, {&cli_width_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "[NAME...]",
    .doc = "List the element formats; show one whole, or several beside each other; draw where their values "
           "lie.\v"
           "NAME is a format, any eXmY or intN, or a scheme text, whose element is shown. Tables for people "
           "end with every code of a format of 8 bits or fewer; for programs, --codes has them.\n\n"
           "  bitsweep formats\n"
           "  bitsweep formats --find mxfp4\n"
           "  bitsweep formats e2m1\n"
           "  bitsweep formats e4m3 e5m2 int8\n"
           "  bitsweep formats e3m2,specials=ieee --codes --format csv\n"
           "  bitsweep formats e4m3 e5m2 int8 -o figures\n\n"
           "Questions; exit status 1 and the first counter-example when the answer is no:\n\n"
           "  bitsweep formats fp16 --contains e4m3 --specials\n"
           "  bitsweep formats fp32 --via bf16 --to e4m3,overflow=nan --round all\n"
           "  bitsweep formats e4m3 --exact-product --exact-sum 32\n"};

static enum status draw(const struct studied *formats, const struct args *a, struct error *e)
{
    static const struct {
        const char *figure;
        enum status (*write)(const void *what, FILE *tsv, size_t *rows, struct error *e);
    } given[] = {{"value_spacing", spacing_write}, {"error_magnitude", error_magnitude_write}};
    const struct spacing what = {formats, a->n};
    enum status s = STATUS_OK;
    for (size_t i = 0; i < a->n; i++)
        if (!formats[i].codes)
            return error_set(e, STATUS_INVALID,
                             "formats: %s has %d bits; the figure shows formats of at most %d",
                             formats[i].label, formats[i].format.bits, FACTS_BITS);
    for (size_t i = 0; !s && i < sizeof given / sizeof *given; i++) {
        s = figure_draw_rows(figure_given_find(given[i].figure), &(struct figure_rows){given[i].write, &what},
                             a->dir, a->width, e);
        if (!s)
            printf("%s/%s.svg\n", a->dir, given[i].figure);
    }
    return s;
}

static enum status show_codes(const struct studied *s, enum table_format format, struct error *e)
{
    if (!s->codes)
        return error_set(e, STATUS_INVALID, "formats: %s has %d bits; --codes prints formats of at most %d",
                         s->label, s->format.bits, FACTS_BITS);
    return page_codes(s, format, e);
}

static enum status show(const struct studied *formats, const struct args *a, struct error *e)
{
    enum { ALL_CODES_BITS = 8 };
    if (a->dir)
        return draw(formats, a, e);
    if (a->codes)
        return show_codes(formats, a->format, e);
    enum status s = page_facts(formats, a->n, a->format, e);
    if (s || !table_for_people(a->format) || a->n > 1 || formats->format.bits > ALL_CODES_BITS)
        return s;
    putchar('\n');
    return page_codes(formats, a->format, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    struct studied formats[MAX_NAMES];
    cli_parse(&argp, argc, argv, &a);
    if (a.contains)
        return algebra_show_contains(a.names[0], a.contains, a.specials, a.format, e);
    if (a.via)
        return algebra_show_via(a.names[0], a.via, a.to, a.round, a.format, e);
    if (a.products || a.terms)
        return algebra_show_exact(a.names[0], a.products, a.terms ? a.terms : 1, a.format, e);
    if (!a.n)
        return format_list(a.find, a.format, e);
    if (a.n == 1 && !a.dir && !a.codes && codec_find(a.names[0]))
        return page_codec(codec_find(a.names[0]), a.format, e);
    enum status s = STATUS_OK;
    size_t opened = 0;
    while (!s && opened < a.n) {
        s = studied_open(&formats[opened], a.names[opened], e);
        opened++;
    }
    if (!s)
        s = show(formats, &a, e);
    for (size_t i = 0; i < opened; i++)
        studied_close(&formats[i]);
    return s;
}

const struct command command_formats = {"formats", "list the element formats, show or draw some", run, &argp};

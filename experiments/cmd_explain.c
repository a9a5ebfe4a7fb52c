#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "experiments/cli_dump.h"
#include "experiments/explain.h"
#include "experiments/subject_read.h"
#include "sim/scheme.h"

/* A row of more elements is not shown unless it is asked for. */
enum { ROW_SHORT = 64 };

struct args {
    struct dump_args dump;
    const char *scheme, *name, *element;
    enum table_format format;
    uint64_t seed, row;
    bool has_row;
    float *values;
    size_t n, room; /* of values */
};

enum { OPT_DUMP = 256, OPT_ELEMENT, OPT_ROW, OPT_SEED };

/* --- arguments --- */

/* Eight hexadecimal digits, perhaps behind 0x. */
static bool parse_bits(const char *text, float *out)
{
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2;
    if (strspn(text, "0123456789abcdefABCDEF") != 8 || text[8])
        return false;
    *out = f32_from_bits((uint32_t)strtoul(text, NULL, 16));
    return true;
}

static bool is_bare_hex(const char *text)
{
    text += *text == '-' || *text == '+';
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && !strpbrk(text, "pP.");
}

static float parse_value(const struct argp_state *state, const char *text)
{
    static const char prefix[] = "bits:";
    char *end;
    float x = 0;
    if (!strncasecmp(text, prefix, sizeof prefix - 1)) {
        if (!parse_bits(text + sizeof prefix - 1, &x))
            argp_error(state, "'%s': expected 8 hexadecimal digits of binary32, as bits:3f800000", text);
        return x;
    }
    if (is_bare_hex(text))
        argp_error(state, "'%s' may be bits or a number: write bits:3f800000 or 0x10p0", text);
    errno = 0;
    x = strtof(text, &end);
    if (end == text || *end || isspace((unsigned char)text[0]))
        argp_error(state,
                   "'%s' is no value; expected a decimal number, a hexadecimal one as 0x1.8p3, inf, nan or "
                   "bits:3f800000",
                   text);
    if (errno == ERANGE && isinf(x))
        argp_error(state, "'%s' lies beyond binary32; say inf if infinity is meant", text);
    return x;
}

static void add_value(const struct argp_state *state, struct args *a, const char *text)
{
    if (a->n == a->room) {
        a->room = a->room ? 2 * a->room : 64;
        float *more = realloc(a->values, a->room * sizeof *more);
        if (!more)
            argp_failure(state, status_exit_code(STATUS_INTERNAL), 0, "out of memory");
        a->values = more;
    }
    a->values[a->n++] = parse_value(state, text);
}

static void check_arguments(struct argp_state *state, const struct args *a)
{
    bool chooses = a->name || a->element || a->has_row || dump_args_given(&a->dump);
    if (!a->scheme)
        argp_error(state, "a scheme is missing");
    if (a->dump.path && a->n)
        argp_error(state, "values and --dump: one of them");
    if (!a->dump.path && !a->n)
        argp_error(state, "values, or --dump FILE, are missing");
    if (!a->dump.path && chooses)
        argp_error(state, "options that choose elements need --dump FILE");
    if (a->element && a->has_row)
        argp_error(state, "--element and --row: one of them");
}

/* A word as it was before protect(). */
static char *unprotected(char *word)
{
    return word + (word[0] == ' ' && word[1] == '-');
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    if (arg)
        arg = unprotected(arg);
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->dump;
        state->child_inputs[1] = &a->format;
        break;
    case 'n':
        a->name = arg;
        break;
    case OPT_DUMP:
        a->dump.path = arg;
        break;
    case OPT_ELEMENT:
        a->element = arg;
        break;
    case OPT_ROW:
        a->row = cli_count(state, "--row", arg, SIZE_MAX);
        a->has_row = true;
        break;
    case OPT_SEED:
        a->seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case ARGP_KEY_ARG:
        if (!a->scheme)
            a->scheme = arg;
        else
            add_value(state, a, arg);
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
    {"dump", OPT_DUMP, "FILE", 0, "explain elements of a tensor of FILE instead of VALUEs", 0},
    {"name", 'n', "TENSOR", 0, "which tensor of the dump (default: the only one)", 0},
    {"element", OPT_ELEMENT, "I,J,...", 0, "which element: an index for each axis, or one in C order", 0},
    {"row", OPT_ROW, "R", 0, "every element of row R along the last axis (default: of the only row)", 0},
    {"seed", OPT_SEED, "N", 0, "seed of stochastic rounding (default 0)", 0},
    {0}};
static const struct argp_child children[] = {{&dump_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "SCHEME [VALUE...]",
    .doc =
        "Show every step from a number to its code and back: largest magnitudes, scales before and after "
        "rounding, the quotient, its neighbours, the distance to the tie, the rule, code, value and error.\v"
        "VALUEs are one row and share scales as SCHEME says. A VALUE is a decimal number, a hexadecimal one "
        "with an exponent (0x1.8p3), inf, nan, or bits:3f800000, the bits of binary32. ~ marks decimals that "
        "are rounded here, ... digits that go on.\n\n"
        "  bitsweep explain mxfp4 5.1 0.3 -2.5 -0\n"
        "  bitsweep explain e4m3,overflow=nan 0x1.1p3 bits:43e80000\n"
        "  bitsweep explain torchao:nvfp4 --dump x.npy --element 3,17\n"
        "  bitsweep explain int8,per=token --dump tinylm.safetensors \\\n"
        "      --name layers.0.mlp.down.input --row 5 --format json\n"};

/* Whether a word that begins with a dash is a number. */
static bool is_negative(const char *word)
{
    if (word[0] != '-')
        return false;
    bool digits = isdigit((unsigned char)word[1]) || (word[1] == '.' && isdigit((unsigned char)word[2]));
    return digits || !strcasecmp(word, "-inf") || !strcasecmp(word, "-infinity") || !strcasecmp(word, "-nan");
}

/* Negative numbers behind a space, so that they are taken for no options; *words, of which *texts are the new
 * ones, is the caller's to free. */
static bool protect(int argc, char **argv, char ***words, struct strbuf *texts)
{
    *words = calloc((size_t)argc + 1, sizeof **words);
    for (int i = 0; i < argc; i++)
        if (is_negative(argv[i])) {
            strbuf_printf(texts, " %s", argv[i]);
            strbuf_add_n(texts, "", 1);
        }
    if (!*words || texts->failed)
        return false;
    char *next = texts->text;
    for (int i = 0; i < argc; i++) {
        (*words)[i] = argv[i];
        if (is_negative(argv[i])) {
            (*words)[i] = next;
            next += strlen(next) + 1;
        }
    }
    return true;
}

/* --- which elements --- */

static size_t row_length(const struct tensor_view *v)
{
    return v->rank ? v->shape[v->rank - 1] : 1;
}

static enum status wrong_element(const char *text, const struct tensor_view *v, struct error *e)
{
    char shape[TENSOR_SHAPE_TEXT];
    tensor_shape_text(v, shape);
    return error_set(e, STATUS_USAGE,
                     "--element: found '%s'; allowed: %d indices within %s, or one below %zu", text, v->rank,
                     shape, tensor_count(v));
}

/* An index for each axis, or one of all elements in C order. */
static enum status parse_element(const char *text, const struct tensor_view *v, size_t *index,
                                 struct error *e)
{
    size_t at[TENSOR_MAX_RANK];
    int n = 0;
    for (const char *p = text;; p++) {
        char *end;
        errno = 0;
        unsigned long long i = strtoull(p, &end, 10);
        if (*p < '0' || *p > '9' || errno || (*end && *end != ',') || n == TENSOR_MAX_RANK)
            return wrong_element(text, v, e);
        at[n++] = (size_t)i;
        p = end;
        if (!*p)
            break;
    }
    *index = 0;
    bool inside = n == v->rank;
    for (int d = 0; inside && d < n; d++) {
        inside = at[d] < v->shape[d];
        *index = *index * v->shape[d] + at[d];
    }
    if (!inside && n == 1 && v->rank != 1 && at[0] < tensor_count(v)) {
        *index = at[0];
        inside = true;
    }
    return inside ? STATUS_OK : wrong_element(text, v, e);
}

static enum status choose(const struct args *a, const struct tensor_view *v, size_t *first, size_t *n,
                          struct error *e)
{
    size_t row = row_length(v), all = tensor_count(v), rows = row ? all / row : 0;
    *first = 0;
    *n = all;
    if (a->n)
        return STATUS_OK;
    if (a->element) {
        *n = 1;
        return parse_element(a->element, v, first, e);
    }
    if (a->has_row && a->row >= rows)
        return error_set(e, STATUS_USAGE, "--row: found %llu; %s has %zu rows", (unsigned long long)a->row,
                         v->name, rows);
    *n = row;
    *first = (size_t)a->row * row;
    if (a->has_row || (rows == 1 && row <= ROW_SHORT))
        return STATUS_OK;
    return error_set(e, STATUS_USAGE, "%s has %zu rows of %zu elements: give --element or --row", v->name,
                     rows, row);
}

/* --- the tensor --- */

static enum status from_values(const struct args *a, struct subject *subject, struct error *e)
{
    struct tensor_view v = {
        .name = "values", .data = a->values, .dtype = DTYPE_F32, .rank = 1, .shape = {a->n}};
    tensor_set_c_order(&v);
    return subject_load(&v, NULL, subject, e);
}

static enum status from_dump(const struct args *a, struct dump *d, struct subject *subject, struct error *e)
{
    size_t i;
    enum status s = dump_choose(d, a->name, &i, e);
    return s ? s : subject_read_held(d, i, subject, e);
}

static enum status explain(const struct args *a, const struct quant_spec *spec, const struct subject *subject,
                           struct error *e)
{
    struct explained x = {.request = {.subject = subject, .spec = spec, .seed = a->seed},
                          .scheme = a->scheme};
    enum status s = choose(a, &subject->view, &x.first, &x.n, e);
    return s ? s : explain_elements(&x, a->format, e);
}

static enum status explain_parsed(const struct args *a, struct error *e)
{
    struct quant_spec spec;
    struct dump *d = NULL;
    struct subject subject = {0};
    enum status s = scheme_parse(a->scheme, &spec, e);
    if (!s && a->dump.path)
        s = dump_open(a->dump.path, &a->dump.hint, &d, e);
    if (!s)
        s = a->dump.path ? from_dump(a, d, &subject, e) : from_values(a, &subject, e);
    if (!s)
        s = explain(a, &spec, &subject, e);
    subject_free(&subject);
    dump_close(d);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    struct strbuf texts = {0};
    char **words;
    enum status s =
        protect(argc, argv, &words, &texts) ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        cli_parse(&argp, argc, words, &a);
        s = explain_parsed(&a, e);
    }
    free(a.values);
    free(words);
    strbuf_free(&texts);
    return s;
}

const struct command command_explain = {"explain", "show every step from a number to its code and back", run,
                                        &argp};

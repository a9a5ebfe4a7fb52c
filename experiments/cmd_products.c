#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/product_page.h"

enum { OPT_OFFSET = 256, OPT_SUBNORMAL, OPT_DROPPED, OPT_INTO, OPT_TABLE };

static void read_offset(struct argp_state *state, struct product_question *q, const char *text)
{
    q->offset_given = true;
    q->offset = PRODUCT_OFFSET_PAPER;
    if (strcmp(text, "paper"))
        q->offset = (int)cli_count(state, "--offset", text, PRODUCT_OFFSET_MAX);
}

static void add(struct argp_state *state, struct product_question *q, const char *text)
{
    const char **places[] = {&q->name, &q->a, &q->b};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!*places[i]) {
            *places[i] = text;
            return;
        }
    argp_error(state, "expected NAME and at most two formats, found '%s' too", text);
}

static void check(struct argp_state *state, const struct product_question *q)
{
    if (!q->name && (q->offset_given || q->subnormal_given || q->dropped >= 0 || q->into || q->table))
        argp_error(state, "options are of one product: NAME is missing");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    static const char *const subnormals[] = {"flush", "normalise"};
    struct product_question *q = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &q->format;
        break;
    case OPT_OFFSET:
        read_offset(state, q, arg);
        break;
    case OPT_SUBNORMAL:
        q->subnormal_given = true;
        q->normalise = cli_choice(state, "--subnormal", arg, subnormals, 2) == 1;
        break;
    case OPT_DROPPED:
        q->dropped = (int)cli_count(state, "--dropped", arg, 64);
        break;
    case OPT_INTO:
        q->into = arg;
        break;
    case OPT_TABLE:
        q->table = arg;
        break;
    case ARGP_KEY_ARG:
        add(state, q, arg);
        break;
    case ARGP_KEY_END:
        check(state, q);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"offset", OPT_OFFSET, "L", 0, "L-Mul's offset 2^-L, 0 to 24, or paper: its own l(m) (default)", 0},
    {"subnormal", OPT_SUBNORMAL, "WHAT", 0, "flush subnormal operands to zero (default) or normalise them",
     0},
    {"dropped", OPT_DROPPED, "N", 0, "columns that a truncated array leaves out (default 0)", 0},
    {"into", OPT_INTO, "SCHEME", 0, "an element that holds the product, with its rounding", 0},
    {"table", OPT_TABLE, "FILE", 0, "a dump of 65536 products, that of codes a and b at [a << 8 | b]", 0},
    {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = list_children,
    .args_doc = "[NAME [A [B]]]",
    .doc = "List products, requantizers and recodings, or show one: of a product how far it lies from the "
           "exact one, of a recoding its digits, which are cycles.\v"
           "A and B are the formats of the operands, B as A unless said. Errors are over all pairs of "
           "significands of floats and of all codes of integers; of more than 2^22 pairs, over as many that "
           "are drawn. Percentages are relative to the exact product.\n\n"
           "  bitsweep products\n"
           "  bitsweep products lmul_bits\n"
           "  bitsweep products lmul_real e4m3 e5m2 --offset 3\n"
           "  bitsweep products rounded bf16 --into fp16,round=rtz\n"
           "  bitsweep products truncated int8 --dropped 2\n"
           "  bitsweep products table int8 --table mul8s.npy\n"
           "  bitsweep products ent int8 --format csv\n"};

static enum status list(enum table_format format, struct error *e)
{
    static const char *const columns[] = {"name", "kind", "doc", "options", "citation"};
    struct table *t = NULL;
    enum status s = table_open(format, stdout, columns, 5, &t, e);
    for (size_t i = 0; !s && i < arith_count(); i++) {
        struct arith_entry x = arith_at(i);
        char text[ARITH_OPTIONS_SIZE];
        arith_options(x.uses, text);
        struct table_value row[] = {table_text(x.name), table_text(x.kind), table_text(x.doc),
                                    table_text(*text ? text : "-"), table_text(x.citation)};
        s = table_row(t, row, e);
    }
    return list_end(t, s, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct product_question q = {.offset = PRODUCT_OFFSET_PAPER, .dropped = -1};
    cli_parse(&argp, argc, argv, &q);
    return q.name ? product_page(&q, e) : list(q.format, e);
}

const struct command command_products = {"products", "list products and their kin, with their errors", run,
                                         &argp};

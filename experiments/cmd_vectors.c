#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli.h"
#include "sim/base/new_file.h"
#include "sim/vectors/vectors.h"

enum { DEFAULT_RANDOM = 1000 };

struct args {
    const char *what, *out, *check, *from;
    struct vectors_spec spec;
    bool chooses; /* an option that --check has no use for */
};

enum { OPT_COUNT = 256, OPT_SEED, OPT_FROM, OPT_LENGTH, OPT_PACK, OPT_CHECK };

static void check_arguments(struct argp_state *state, const struct args *a)
{
    if (a->check && (a->what || a->out || a->chooses))
        argp_error(state, "--check FILE stands alone: the file says what it holds");
    if (!a->check && !a->what)
        argp_error(state, "a scheme, decode:SCHEME or OPERATION:SCHEME is missing");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    a->chooses |= key >= OPT_COUNT && key < OPT_CHECK;
    switch (key) {
    case OPT_COUNT:
        a->spec.random = cli_count(state, "--count", arg, VECTORS_LINES_MAX);
        break;
    case OPT_SEED:
        a->spec.seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case OPT_FROM:
        a->from = arg;
        break;
    case OPT_LENGTH:
        a->spec.length = cli_count(state, "--length", arg, VECTORS_LENGTH_MAX);
        if (!a->spec.length)
            argp_error(state, "--length: expected at least 1");
        break;
    case OPT_PACK:
        a->spec.pack = (enum pack_order)cli_choice(state, "--pack", arg, pack_order_names, PACK_ORDERS);
        a->spec.packed = true;
        break;
    case OPT_CHECK:
        a->check = arg;
        break;
    case 'o':
        a->out = arg;
        break;
    case ARGP_KEY_ARG:
        if (a->what)
            argp_error(state, "one scheme or operation at a time");
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
    {"count", OPT_COUNT, "N", 0, "random cases where not all are taken (default 1000)", 0},
    {"seed", OPT_SEED, "N", 0, "seed of random cases and of stochastic rounding (default 0)", 0},
    {"from", OPT_FROM, "FORMAT", 0,
     "inputs are codes of FORMAT, at most 20 bits, every one without a scale (default: binary32); of an "
     "operation the operands (default: as the result)",
     0},
    {"length", OPT_LENGTH, "N", 0, "elements of a case: a shorter tail, or without blocks any (default 16)",
     0},
    {"pack", OPT_PACK, "ORDER", 0, "element codes as bytes: low-first, high-first, halves or split", 0},
    {"output", 'o', "FILE", 0, "write into FILE (default: standard output)", 0},
    {"check", OPT_CHECK, "FILE", 0, "check the cases of FILE against the definition instead", 0},
    {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[SCHEME|OPERATION:FORMAT]",
    .doc =
        "Write conformance vectors of a scheme, a decoder or an operation; check somebody's.\v"
        "OPERATION is decode, compare, add, sub, mul, div, fma, sqrt, recip, exp2, minimum, maximum, "
        "minimum-number, maximum-number or convert. A line is a case, its words hexadecimal; the header says "
        "what they are. Inputs are all there are up to 2^20, else values, the boundaries between them "
        "with their neighbours, specials and random ones. The same request gives the same bytes.\n\n"
        "  bitsweep vectors mxfp4 -o mxfp4.txt\n"
        "  bitsweep vectors e4m3,overflow=nan --from bf16\n"
        "  bitsweep vectors nvfp4 --pack low-first --count 10000 --seed 7\n"
        "  bitsweep vectors decode:e4m3\n"
        "  bitsweep vectors mul:e5m2,round=rtz\n"
        "  bitsweep vectors convert:e4m3 --from fp16\n"
        "  bitsweep vectors --check theirs.txt\n"};

static enum status write_out(const char *path, const struct strbuf *text, struct error *e)
{
    if (!path) {
        fwrite(text->text, 1, text->length, stdout);
        return STATUS_OK;
    }
    struct new_file f;
    enum status s = new_file_open(&f, path, e);
    if (!s)
        s = new_file_write(&f, text->text, text->length, e);
    if (!s)
        s = new_file_commit(&f, e);
    new_file_abandon(&f);
    return s;
}

static enum status write_vectors(struct args *a, struct error *e)
{
    struct vectors *v = NULL;
    struct strbuf text = {0};
    const char *why = NULL;
    enum status s = vectors_parse(a->what, &a->spec, e);
    bool binary32 = a->from && a->spec.kind == VECTORS_QUANTIZE && format_find(a->from) &&
                    format_find(a->from) == format_find("fp32");
    if (!s && a->from && !binary32 && !format_by_name(a->from, &a->spec.from, &why))
        s = error_set(e, STATUS_INVALID, "--from: unknown format '%s'%s%s; bitsweep formats lists them",
                      a->from, why ? ": " : "", why ? why : "");
    if (!s)
        s = vectors_open(&a->spec, &v, e);
    if (!s)
        s = vectors_write(v, &text, e);
    if (!s)
        s = write_out(a->out, &text, e);
    vectors_close(v);
    strbuf_free(&text);
    return s;
}

static enum status check_vectors(const char *path, struct error *e)
{
    struct vectors_report report;
    enum status s = vectors_check(path, &report, e);
    fputs(report.first, stdout);
    if (report.note[0])
        printf("%s: %s\n", path, report.note);
    if (!s)
        printf("%s: %zu cases, all as defined\n", path, report.lines);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {.spec = {.random = DEFAULT_RANDOM}};
    cli_parse(&argp, argc, argv, &a);
    return a.check ? check_vectors(a.check, e) : write_vectors(&a, e);
}

const struct command command_vectors = {"vectors", "write conformance vectors, check somebody's", run, &argp};

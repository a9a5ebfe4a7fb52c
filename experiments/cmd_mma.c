#include <stdlib.h>
#include <string.h>

#include "experiments/cli_dump.h"
#include "experiments/cli_list.h"
#include "experiments/wire.h"
#include "sim/arith/dot.h"
#include "sim/base/pool.h"
#include "sim/mac.h"

enum { SIDES = 2 };
static const char *const side_names[SIDES] = {"a", "b"};

struct args {
    const char *mac, *out, *c;
    const char *codes[SIDES], *format[SIDES], *scales[SIDES], *scale_format;
    double second[SIDES];
    bool has_second[SIDES];
    enum table_format table;
    uint64_t seed;
    int jobs;
};

enum {
    OPT_CODES = 256, /* A, then B; likewise below */
    OPT_FORMAT = OPT_CODES + SIDES,
    OPT_SCALES = OPT_FORMAT + SIDES,
    OPT_SECOND = OPT_SCALES + SIDES,
    OPT_C = OPT_SECOND + SIDES,
    OPT_SCALE_FORMAT,
    OPT_SEED
};

static void check(const struct args *a, struct argp_state *state)
{
    if (!a->mac)
        argp_error(state, "a matrix unit or a MAC text is missing; 'bitsweep units' lists both");
    if (!a->codes[0] || !a->codes[1])
        argp_error(state, "--a FILE and --b FILE are expected");
    if (!a->out)
        argp_error(state, "-o FILE is missing: where the results go");
    if (!a->scales[0] != !a->scales[1])
        argp_error(state, "--a-scales and --b-scales: both or none of them");
    if (!a->scales[0] && (a->scale_format || a->has_second[0] || a->has_second[1]))
        argp_error(
            state,
            "--scale-format, --a-second and --b-second say what scales mean: --a-scales FILE is missing");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    if (key >= OPT_CODES && key < OPT_C) {
        int side = (key - OPT_CODES) % SIDES;
        const char **texts[] = {a->codes, a->format, a->scales};
        if (key >= OPT_SECOND) {
            a->second[side] = cli_number(state, side ? "--b-second" : "--a-second", arg);
            a->has_second[side] = true;
        } else
            texts[(key - OPT_CODES) / SIDES][side] = arg;
        return 0;
    }
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->table;
        break;
    case OPT_C:
        a->c = arg;
        break;
    case 'o':
        a->out = arg;
        break;
    case OPT_SCALE_FORMAT:
        a->scale_format = arg;
        break;
    case OPT_SEED:
        a->seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case 'j':
        a->jobs = cli_jobs(state, arg);
        break;
    case ARGP_KEY_ARG:
        if (a->mac)
            argp_error(state, "unexpected '%s'", arg);
        a->mac = arg;
        break;
    case ARGP_KEY_END:
        check(a, state);
        if (!a->jobs)
            a->jobs = cli_default_jobs(state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"a", OPT_CODES, "FILE", 0, "codes of A as .npy, unsigned, [rows, n] or [n]", 0},
    {"b", OPT_CODES + 1, "FILE", 0, "codes of B, the same shape: row by row, as columns of a matrix", 0},
    {"c", OPT_C, "FILE", 0, "codes of the addends, [rows]; in the format of the result", 0},
    {"output", 'o', "FILE", 0, "write the codes of the results as .npy, [rows]", 0},
    {"a-format", OPT_FORMAT, "FORMAT", 0, "format of A (default: the unit's only one, or that of B)", 0},
    {"b-format", OPT_FORMAT + 1, "FORMAT", 0, "format of B (default: likewise, or that of A)", 0},
    {"a-scales", OPT_SCALES, "FILE", 0, "codes of the scales of A's blocks, [rows, blocks]", 0},
    {"b-scales", OPT_SCALES + 1, "FILE", 0, "the same for B", 0},
    {"scale-format", OPT_SCALE_FORMAT, "FORMAT", 0, "format of scales (default e8m0)", 0},
    {"a-second", OPT_SECOND, "X", 0, "second level of A's scales (default 1)", 0},
    {"b-second", OPT_SECOND + 1, "X", 0, "the same for B", 0},
    {"seed", OPT_SEED, "N", 0, "seed of stochastic rounding and of faults (default 0)", 0},
    {"jobs", 'j', "N", 0,
     "threads (default BITSWEEP_JOBS, else the processors); results do not depend on them", 0},
    {0}};
static const struct argp_child children[] = {{&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "UNIT|MAC",
    .doc =
        "Multiply rows of codes as a matrix unit does: one dot product a row, and what happened on the way.\v"
        "A MAC text is a unit or an order of summation, then keys: fused,group=8,fraction=24\n"
        "('bitsweep units' lists units, 'bitsweep units --keys' the keys).\n\n"
        "  bitsweep mma h100_wgmma_fp8 --a a.npy --b b.npy --a-format e4m3 -o d.npy\n"
        "  bitsweep mma a100_f16 --a a.npy --b b.npy --c c.npy -o d.npy\n"
        "  bitsweep mma sequential,acc=bf16,round=sr --a-format fp16 --a a.npy \\\n"
        "      --b b.npy -o d.npy --seed 1\n"
        "  bitsweep mma tcgen05_mxf4 --a a.npy --b b.npy --a-scales sa.npy \\\n"
        "      --b-scales sb.npy --scale-format e4m3 -o d.npy\n"};

/* --- formats --- */

static enum status named(const char *option, const char *name, struct format *out, struct error *e)
{
    const char *why;
    if (!format_by_name(name, out, &why))
        return error_set(e, STATUS_INVALID, "%s: unknown format '%s'%s%s; 'bitsweep formats' lists them",
                         option, name, why ? ": " : "", why ? why : "");
    why = format_problem(out);
    return why ? error_set(e, STATUS_INVALID, "%s: %s: %s", option, name, why) : STATUS_OK;
}

/* Of side i: what is said, else what is said of the other, else the unit's only one. */
static enum status operand(const struct args *a, const struct unit *u, int i, struct format *out,
                           struct error *e)
{
    char option[16];
    snprintf(option, sizeof option, "--%s-format", side_names[i]);
    const char *name = a->format[i] ? a->format[i] : a->format[1 - i];
    if (!name && u && !strchr(u->formats, '+'))
        name = u->formats;
    if (!name)
        return error_set(e, STATUS_INVALID, "%s is missing; %s takes %s", option, u ? u->name : "a MAC text",
                         u ? u->formats : "any format");
    enum status s = named(option, name, out, e);
    if (!s && u && !unit_takes(u, out))
        s = error_set(e, STATUS_INVALID, "%s: '%s' is no operand of %s; allowed: %s", option, name, u->name,
                      u->formats);
    return s;
}

/* --- reading --- */

struct codes {
    uint32_t *code;
    size_t rows, n; /* n: 1 of a vector of rows */
};

static uint32_t code_at(const unsigned char *raw, size_t size, size_t i)
{
    uint32_t code = 0;
    for (size_t b = 0; b < size; b++)
        code |= (uint32_t)raw[i * size + b] << 8 * b;
    return code;
}

static enum status copy(const struct tensor_view *t, const char *option, const struct format *f,
                        struct codes *out, struct error *e)
{
    size_t count = tensor_count(t), size = dtype_size(t->dtype);
    unsigned char *raw = malloc(count * size + 1);
    out->code = malloc((count + 1) * sizeof *out->code);
    enum status s = raw && out->code ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        tensor_read_raw(t, 0, count, raw);
    for (size_t i = 0; i < count && !s; i++) {
        out->code[i] = code_at(raw, size, i);
        if (out->code[i] & ~format_code_mask(f))
            s = error_set(e, STATUS_INVALID, "%s: element %zu is %#x; codes of %s have %d bits", option, i,
                          (unsigned)out->code[i], f->name, f->bits);
    }
    free(raw);
    return s;
}

/* `vector`: one code a row; else rows of codes, of which a vector is one. */
static enum status read_codes(const char *path, const char *option, const struct format *f, bool vector,
                              struct codes *out, struct error *e)
{
    struct dump *d = NULL;
    const struct tensor_view *t = NULL;
    size_t i;
    char shape[TENSOR_SHAPE_TEXT];
    enum status s = dump_open(path, NULL, &d, e);
    if (!s)
        s = dump_choose(d, NULL, &i, e);
    if (!s)
        s = dump_load(d, i, &t, e);
    if (s) {
        dump_close(d);
        return s;
    }
    tensor_shape_text(t, shape);
    if (t->dtype != DTYPE_U8 && t->dtype != DTYPE_U16 && t->dtype != DTYPE_U32)
        s = error_set(e, STATUS_INVALID, "%s %s: found elements of %s; codes are U8, U16 or U32", option,
                      path, dtype_names[t->dtype]);
    else if (t->rank != 1 && (vector || t->rank != 2))
        s = error_set(e, STATUS_INVALID, "%s %s: found shape %s; allowed: %s", option, path, shape,
                      vector ? "[rows]" : "[rows, n] or [n]");
    else if ((int)(8 * dtype_size(t->dtype)) < f->bits)
        s = error_set(e, STATUS_INVALID, "%s %s: found elements of %s; codes of %s have %d bits", option,
                      path, dtype_names[t->dtype], f->name, f->bits);
    else {
        out->rows = t->rank == 2 || vector ? t->shape[0] : 1;
        out->n = vector ? 1 : t->shape[t->rank - 1];
        s = copy(t, option, f, out, e);
    }
    if (!s)
        s = dump_check(d, e);
    dump_close(d);
    return s;
}

/* --- computing --- */

enum { TASK_ROWS = 64 };

/* Everything of one call. */
struct job {
    struct mac_spec mac;
    struct format format[SIDES], scale;
    struct codes side[SIDES], scales[SIDES], c;
    struct dot_scales all[SIDES];
    struct dot_side whole[SIDES];
    bool has_c;
    uint64_t seed;
    uint32_t *d;
    struct dot_stats *stats; /* one a thread */
};

static void row(const struct job *j, size_t i, struct dot_stats *stats)
{
    const size_t n = j->side[0].n;
    struct dot_scales scales[SIDES];
    struct dot_input in = {.a = dot_side_row(&j->whole[0], i, n, &scales[0]),
                           .b = dot_side_row(&j->whole[1], i, n, &scales[1]),
                           .n = n,
                           .c = j->has_c ? &j->c.code[i] : NULL,
                           .seed = j->seed,
                           .row = i};
    j->d[i] = dot_product(&j->mac, &in, stats);
}

static void work(void *context, int worker, size_t task)
{
    struct job *j = context;
    size_t end = (task + 1) * TASK_ROWS < j->side[0].rows ? (task + 1) * TASK_ROWS : j->side[0].rows;
    for (size_t i = task * TASK_ROWS; i < end; i++)
        row(j, i, &j->stats[worker]);
}

static enum status same_rows(const struct job *j, const struct codes *other, const char *option,
                             struct error *e)
{
    if (other->rows == j->side[0].rows)
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "%s has %zu rows, --a %zu", option, other->rows, j->side[0].rows);
}

static enum status load_scales(const struct args *a, struct job *j, struct error *e)
{
    enum status s = named("--scale-format", a->scale_format ? a->scale_format : "e8m0", &j->scale, e);
    for (int i = 0; i < SIDES && !s; i++) {
        char option[16];
        snprintf(option, sizeof option, "--%s-scales", side_names[i]);
        struct codes *c = &j->scales[i];
        const size_t n = j->side[i].n;
        s = read_codes(a->scales[i], option, &j->scale, false, c, e);
        if (!s)
            s = same_rows(j, c, option, e);
        if (!s && (!c->n || n % c->n))
            s = error_set(e, STATUS_INVALID, "%s: %zu scales a row do not divide its %zu elements", option,
                          c->n, n);
        if (!s)
            j->all[i] = (struct dot_scales){&j->scale, c->code, n ? n / c->n : 1,
                                            a->has_second[i] ? (float)a->second[i] : 1};
    }
    return s;
}

static enum status load(const struct args *a, struct job *j, struct error *e)
{
    enum status s = mac_parse(a->mac, &j->mac, e);
    const struct unit *u = unit_of(a->mac);
    for (int i = 0; i < SIDES && !s; i++)
        s = operand(a, u, i, &j->format[i], e);
    for (int i = 0; i < SIDES && !s; i++)
        s = read_codes(a->codes[i], i ? "--b" : "--a", &j->format[i], false, &j->side[i], e);
    if (!s)
        s = same_rows(j, &j->side[1], "--b", e);
    if (!s && j->side[1].n != j->side[0].n)
        s = error_set(e, STATUS_INVALID, "--b has rows of %zu codes, --a of %zu", j->side[1].n, j->side[0].n);
    if (!s && a->c)
        s = read_codes(a->c, "--c", &j->mac.out, true, &j->c, e);
    if (!s && a->c)
        s = same_rows(j, &j->c, "--c", e);
    j->has_c = a->c != NULL;
    if (!s && a->scales[0])
        s = load_scales(a, j, e);
    for (int i = 0; i < SIDES; i++)
        j->whole[i] = (struct dot_side){&j->format[i], j->side[i].code, a->scales[0] ? &j->all[i] : NULL};
    const struct dot_input in = {.a = j->whole[0], .b = j->whole[1]};
    const char *why = s ? NULL : dot_input_problem(&j->mac, &in);
    return why ? error_set(e, STATUS_INVALID, "MAC '%s' with %s and %s: %s", a->mac, j->format[0].name,
                           j->format[1].name, why)
               : s;
}

static enum status compute(const struct args *a, struct job *j, const struct cli *cli, struct error *e)
{
    size_t rows = j->side[0].rows;
    j->seed = a->seed;
    j->d = calloc(rows + 1, sizeof *j->d);
    j->stats = calloc((size_t)a->jobs, sizeof *j->stats);
    if (!j->d || !j->stats)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    struct pool_job pool = {.tasks = (rows + TASK_ROWS - 1) / TASK_ROWS,
                            .jobs = a->jobs,
                            .context = j,
                            .work = work,
                            .stop = cli->stop};
    enum status s = pool_run(&pool, e);
    for (int i = 1; i < a->jobs; i++)
        dot_stats_add(&j->stats[0], &j->stats[i]);
    return s;
}

/* --- telling --- */

static enum status text(struct table *t, const char *name, const char *value, struct error *e)
{
    return table_row(t, (struct table_value[]){table_text(name), table_text(value)}, e);
}

static enum status print(const struct args *a, const struct job *j, struct error *e)
{
    static const char *const columns[] = {"quantity", "value"};
    const struct dot_stats *n = &j->stats[0];
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"rows", j->side[0].rows},      {"terms", j->side[0].n},     {"roundings", n->roundings},
                  {"inexact", n->inexact},        {"saturated", n->saturated}, {"overflowed", n->overflowed},
                  {"wrapped", n->wrapped},        {"flushed", n->flushed},     {"nan", n->nan},
                  {"products_lost", n->products}, {"flipped", n->flipped}};
    char mac[MAC_TEXT_SIZE];
    if (a->table == TABLE_TEXT) /* people read the short text */
        mac_short(&j->mac, mac);
    else
        mac_identity(&j->mac, mac);
    struct table *t = NULL;
    enum status s = table_open(a->table, stdout, columns, 2, &t, e);
    if (!s)
        s = text(t, "mac", mac, e);
    if (!s)
        s = text(t, "a", j->format[0].name, e);
    if (!s)
        s = text(t, "b", j->format[1].name, e);
    if (!s)
        s = text(t, "out", j->mac.out.name, e);
    for (size_t i = 0; i < sizeof counts / sizeof *counts && !s; i++)
        s = table_row(
            t, (struct table_value[]){table_text(counts[i].name), table_integer((int64_t)counts[i].value)},
            e);
    return list_end(t, s, e);
}

static enum status keep_inputs(const struct args *a, struct error *e)
{
    const char *const in[] = {a->codes[0], a->codes[1], a->scales[0], a->scales[1], a->c};
    enum status s = STATUS_OK;
    for (size_t i = 0; !s && i < sizeof in / sizeof *in; i++)
        s = cli_keep_input("--output", a->out, in[i], e);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct args a = {0};
    struct job j = {.d = NULL};
    cli_parse(&argp, argc, argv, &a);
    cli_catch_signals();
    enum status s = keep_inputs(&a, e);
    if (!s)
        s = load(&a, &j, e);
    if (!s)
        s = compute(&a, &j, cli, e);
    struct tensor_view like = {.rank = 1, .shape = {j.side[0].rows}};
    if (!s)
        s = wire_write(a.out, j.d, j.mac.out.bits, &like, e);
    if (!s)
        s = print(&a, &j, e);
    for (int i = 0; i < SIDES; i++) {
        free(j.side[i].code);
        free(j.scales[i].code);
    }
    free(j.c.code);
    free(j.d);
    free(j.stats);
    return s;
}

const struct command command_mma = {"mma", "multiply rows of codes as a matrix unit does", run, &argp};

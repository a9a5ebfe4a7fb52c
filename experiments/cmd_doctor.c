#include <stdio.h>

#include "experiments/cli_list.h"
#include "experiments/doctor.h"

struct args {
    struct doctor_options o;
    enum table_format format;
    bool skip_dumps;
};

enum { OPT_SEED = 256, OPT_NO_DUMPS };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->o.db;
        state->child_inputs[1] = &a->format;
        break;
    case 'n':
        a->o.cells = cli_count(state, "--cells", arg, SIZE_MAX);
        break;
    case OPT_SEED:
        a->o.seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case OPT_NO_DUMPS:
        a->skip_dumps = true;
        break;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not expected; the database is said by --db", arg);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"cells", 'n', "N", 0, "compute N finished cells again (default 10; 0: none)", 0},
    {"seed", OPT_SEED, "N", 0, "of the draw of cells (default 0)", 0},
    {"no-dumps", OPT_NO_DUMPS, NULL, 0, "do not read the dumps for their hashes", 0},
    {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .children = children,
                                 .doc = "Is the result database sound? Looks at the file (SQLite's integrity "
                                        "check, references, rows without what "
                                        "belongs to them, keys, values by their bits, tables and views), at "
                                        "the dumps (each tensor by its hash), and "
                                        "computes some cells again, bit for bit. Exit "
                                        "status 1 if something is bad; what is noted is no fault.\v"
                                        "  bitsweep doctor\n"
                                        "  bitsweep doctor --db study.db --cells 100 --seed 7\n"};

struct findings {
    struct table *t;
    size_t bad;
};

static enum status row(void *context, const char *check, enum check_state state, const char *detail,
                       struct error *e)
{
    static const char *const words[] = {[CHECK_FINE] = "fine", [CHECK_NOTE] = "note", [CHECK_BAD] = "BAD"};
    struct findings *f = context;
    const struct table_value values[] = {table_text(check), table_text(words[state]), table_text(detail)};
    f->bad += state == CHECK_BAD;
    return table_row(f->t, values, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    static const char *const columns[] = {"check", "state", "detail"};
    struct args a = {.o = {.cells = 10, .stop = cli->stop}};
    struct findings f = {.bad = 0};
    cli_parse(&argp, argc, argv, &a);
    cli_catch_signals();
    enum status s = table_open(a.format, stdout, columns, 3, &f.t, e);
    if (s)
        return s;
    s = check_database(a.o.db, row, &f, e);
    if (!s && !a.skip_dumps)
        s = doctor_dumps(&a.o, row, &f, e);
    if (!s && a.o.cells)
        s = doctor_cells(&a.o, row, &f, e);
    s = list_end(f.t, s, e);
    return s || !f.bad ? s : error_set(e, STATUS_DIFFERENT, "%s: %zu findings are bad", a.o.db, f.bad);
}

const struct command command_doctor = {"doctor", "check a result database and compute some of it again", run,
                                       &argp};

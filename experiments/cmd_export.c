#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "experiments/cli.h"
#include "sim/base/new_file.h"

struct args {
    const char *db, *sql, *out;
    enum table_format format;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        a->format = TABLE_CSV;
        state->child_inputs[0] = &a->db;
        state->child_inputs[1] = &a->format;
        break;
    case 'o':
        a->out = arg;
        break;
    case ARGP_KEY_ARG:
        cli_take_query(state, &a->sql, arg);
        break;
    case ARGP_KEY_END:
        if (!a->out)
            argp_error(state, "-o FILE is missing");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {{"output", 'o', "FILE", 0, "the file to write", 0}, {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "[SQL|VIEW]",
    .doc = "Write the rows of a view (default: v_cell) or of a SELECT to a file, whole or not at all. The "
           "default of --format is csv here; numbers have 17 digits in csv, json, jsonl and tsv.\v"
           "  bitsweep export -o cells.csv\n"
           "  bitsweep export v_scheme --format md -o schemes.md\n"};

/* The stream has its own descriptor of the new file, so that closing it tells whether all was written. */
static enum status write_file(struct query *q, const struct args *a, struct error *e)
{
    struct new_file f;
    enum status s = new_file_open(&f, a->out, e);
    int copy = s ? -1 : dup(f.descriptor);
    FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
    if (!s && !out)
        s = error_set(e, STATUS_IO, "%s: %s", a->out, strerror(errno));
    if (copy >= 0 && !out)
        close(copy);
    if (!s)
        s = query_write(q, a->sql ? a->sql : "v_cell", a->format, out, NULL, e);
    if (s && out && ferror(out))
        error_prefix(e, s, "%s", a->out);
    if (out && fclose(out) != 0 && !s)
        s = error_set(e, STATUS_IO, "%s: %s", a->out, strerror(errno));
    if (!s)
        s = new_file_commit(&f, e);
    new_file_abandon(&f);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    struct query *q = NULL;
    enum status s = cli_keep_input("--output", a.out, a.db, e);
    if (!s)
        s = query_open(a.db, 0, &q, e);
    if (!s)
        s = write_file(q, &a, e);
    query_close(q);
    return s;
}

const struct command command_export = {"export", "write rows of the result database to a file", run, &argp};

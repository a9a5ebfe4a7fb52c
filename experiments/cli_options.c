/* Options that many sub-commands share. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "experiments/cli.h"
#include "sim/base/pool.h"

const char *cli_in_results(const char *path)
{
    struct stat st;
    return stat("results", &st) == 0 && S_ISDIR(st.st_mode) ? path : path + strlen("results/");
}

const char *cli_default_db(void)
{
    const char *named = cli_environment("BITSWEEP_DB");
    return named ? named : cli_in_results("results/bitsweep.db");
}

int cli_jobs(const struct argp_state *state, const char *text)
{
    uint64_t jobs = cli_count(state, "--jobs", text, CLI_MAX_JOBS);
    if (!jobs)
        argp_error(state, "--jobs: expected at least 1");
    return (int)jobs;
}

int cli_default_jobs(const struct argp_state *state)
{
    const char *text = cli_environment("BITSWEEP_JOBS");
    if (!text)
        return pool_default_jobs();
    uint64_t jobs = cli_count(state, "BITSWEEP_JOBS", text, CLI_MAX_JOBS);
    if (!jobs)
        argp_error(state, "BITSWEEP_JOBS: expected at least 1");
    return (int)jobs;
}

void *cli_grow(const struct argp_state *state, void *old, size_t bytes)
{
    void *more = realloc(old, bytes);
    if (!more)
        argp_failure(state, status_exit_code(STATUS_INTERNAL), 0, "out of memory");
    return more;
}

void cli_append(const struct argp_state *state, struct cli_list *list, const char *item)
{
    list->items = cli_grow(state, list->items, (list->n + 1) * sizeof *list->items);
    list->items[list->n++] = item;
}

static error_t parse_db(int key, char *arg, struct argp_state *state)
{
    const char **db = state->input;
    if (key == ARGP_KEY_INIT)
        *db = cli_default_db();
    else if (key == 'd')
        *db = arg;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_option db_options[] = {
    {"db", 'd', "FILE", 0, "result database (default: $BITSWEEP_DB, results/bitsweep.db, bitsweep.db)", 0},
    {0}};
const struct argp cli_db_argp = {.options = db_options, .parser = parse_db};

static error_t parse_quiet(int key, char *arg, struct argp_state *state)
{
    bool *quiet = state->input;
    (void)arg;
    if (key != 'q')
        return ARGP_ERR_UNKNOWN;
    *quiet = true;
    return 0;
}

static const struct argp_option quiet_options[] = {
    {"quiet", 'q', NULL, 0, "no progress; warnings and errors alone", 0}, {0}};
const struct argp cli_quiet_argp = {.options = quiet_options, .parser = parse_quiet};

static error_t parse_study(int key, char *arg, struct argp_state *state)
{
    const char **study = state->input;
    if (key != 's')
        return ARGP_ERR_UNKNOWN;
    *study = arg;
    return 0;
}

static const struct argp_option study_options[] = {
    {"study", 's', "GLOB", 0, "the studies of these names alone, each as its last run had it", 0}, {0}};
const struct argp cli_study_argp = {.options = study_options, .parser = parse_study};

static error_t parse_width(int key, char *arg, struct argp_state *state)
{
    enum figure_width *width = state->input;
    if (key != 'w')
        return ARGP_ERR_UNKNOWN;
    *width = FIGURE_SINGLE +
             (enum figure_width)cli_choice(state, "--width", arg, figure_width_names, FIGURE_WIDTHS);
    return 0;
}

static const struct argp_option width_options[] = {
    {"width", 'w', "single|double", 0, "of figures: 3.3 or 7 inches (default: as each is made)", 0}, {0}};
const struct argp cli_width_argp = {.options = width_options, .parser = parse_width};

void cli_take_query(const struct argp_state *state, const char **sql, const char *arg)
{
    if (*sql)
        argp_error(state, "'%s' is not expected: one query, in quotes; the database is said by --db", arg);
    *sql = arg;
}

enum status cli_open_results(const char *db, const char *study, double seconds, struct query **out,
                             struct error *e)
{
    enum status s = query_open(db, seconds, out, e);
    if (!s && study && (s = query_choose_studies(*out, study, e))) {
        query_close(*out);
        *out = NULL;
    }
    return s;
}

static bool same_place(const char *a, const char *b)
{
    struct stat in_a, in_b;
    return stat(a, &in_a) == 0 && stat(b, &in_b) == 0 && in_a.st_dev == in_b.st_dev &&
           in_a.st_ino == in_b.st_ino;
}

/* The folder of a path, which the caller frees, and the place of its last part. */
static char *split(const char *path, const char **last)
{
    const char *slash = strrchr(path, '/');
    *last = slash ? slash + 1 : path;
    return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
}

bool cli_same_file(const char *a, const char *b)
{
    if (!a || !b || same_place(a, b))
        return a && b;
    const char *last_a, *last_b;
    char *dir_a = split(a, &last_a), *dir_b = split(b, &last_b);
    const bool same = dir_a && dir_b && !strcmp(last_a, last_b) && same_place(dir_a, dir_b);
    free(dir_a);
    free(dir_b);
    return same;
}

enum status cli_keep_input(const char *option, const char *out, const char *in, struct error *e)
{
    if (!out || !in || !same_place(out, in))
        return STATUS_OK;
    return error_set(e, STATUS_USAGE, "%s %s: it is the file that is read (%s); write to another", option,
                     out, in);
}

static error_t parse_format(int key, char *arg, struct argp_state *state)
{
    enum table_format *format = state->input;
    if (key != 'f')
        return ARGP_ERR_UNKNOWN;
    struct error e = {{0}};
    if (table_format_find(arg, format, &e))
        argp_error(state, "--format: %s", e.text);
    return 0;
}

static const struct argp_option format_options[] = {
    {"format", 'f', "FORMAT", 0, "table (default), json, jsonl, csv, md, tsv or html", 0}, {0}};
const struct argp cli_format_argp = {.options = format_options, .parser = parse_format};

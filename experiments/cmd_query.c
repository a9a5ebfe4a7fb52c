#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#include "experiments/cli.h"

/* What holds unless the options say else: views of millions of values stay below both. */
enum { SECONDS = 60, MEBIBYTES = 1024, MEBIBYTES_MAX = 1 << 20 };

struct args {
    const char *db, *sql, *study;
    enum table_format format;
    double timeout;
    uint64_t memory;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        state->child_inputs[1] = &a->format;
        state->child_inputs[2] = &a->study;
        break;
    case 't':
        a->timeout = cli_number(state, "--timeout", arg);
        if (a->timeout < 0)
            argp_error(state, "--timeout: expected 0 or more seconds");
        break;
    case 'm':
        a->memory = cli_count(state, "--memory", arg, MEBIBYTES_MAX);
        break;
    case ARGP_KEY_ARG:
        cli_take_query(state, &a->sql, arg);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"timeout", 't', "SECONDS", 0, "stop after this much time of the processor (default 60; 0: no limit)", 0},
    {"memory", 'm', "MIB", 0, "stop a query that needs more memory (default 1024 MiB; 0: no limit)", 0},
    {0}};
static const struct argp_child children[] = {
    {&cli_db_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {&cli_study_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "[SQL|VIEW]",
    .doc =
        "Print the rows of a view or of a SELECT; without either, list the views and tables. Nothing is ever "
        "written to the database.\v"
        "  bitsweep query\n"
        "  bitsweep query v_best\n"
        "  bitsweep query v_profile\n"
        "  bitsweep query v_best --study quickstart\n"
        "  bitsweep query --format csv \\\n"
        "      \"SELECT tensor, label, sqnr_db FROM v_cell WHERE bits = 4\"\n\n"
        "json and jsonl print NaN and infinities as null, since JSON has neither;\n"
        "the columns class and bits of v_value tell which it is.\n"};

/* Nothing is written to the database, so nothing is left undone. */
static void overdue(int signal)
{
    static const char text[] = "bitsweep query: stopped after its limit, inside one function of SQL "
                               "(--timeout SECONDS; 0: no limit)\n";
    (void)signal;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(status_exit_code(STATUS_INVALID));
}

/* SQLite is asked for the time between instructions of its machine, and one may search long texts for hours.
 */
static void watch(double seconds)
{
    enum { GRACE = 1, MOST = 100000000 };
    if (seconds <= 0 || seconds > MOST)
        return;
    const struct itimerval timer = {.it_value = {.tv_sec = (time_t)ceil(seconds) + GRACE}};
    signal(SIGPROF, overdue);
    setitimer(ITIMER_PROF, &timer, NULL);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {.timeout = SECONDS, .memory = MEBIBYTES};
    cli_parse(&argp, argc, argv, &a);
    query_limit_memory(a.memory << 20);
    watch(a.timeout);
    struct query *q = NULL;
    enum status s = cli_open_results(a.db, a.study, a.timeout, &q, e);
    if (s)
        return s;
    s = a.sql ? query_write(q, a.sql, a.format, stdout, NULL, e) : query_list(q, a.format, stdout, e);
    query_close(q);
    return s;
}

const struct command command_query = {"query", "print rows of the result database", run, &argp};

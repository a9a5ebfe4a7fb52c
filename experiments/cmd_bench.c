/* bitsweep bench: how fast, beside how fast this machine could be. */
#include <stdio.h>
#include <stdlib.h>

#include "experiments/bench.h"
#include "experiments/cli_list.h"
#include "experiments/format_page.h"
#include "experiments/provenance.h"
#include "experiments/terminal.h"

struct args {
    enum table_format format;
    struct bench_options bench;
    bool quiet;
};

enum { OPT_QUICK = 256 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->format;
        state->child_inputs[1] = &a->quiet;
        break;
    case 'J':
        a->format = TABLE_JSON;
        break;
    case OPT_QUICK:
        a->bench.quick = true;
        break;
    case 'o':
        a->bench.only = arg;
        break;
    case 'j':
        a->bench.jobs = cli_jobs(state, arg);
        break;
    case ARGP_KEY_END:
        if (!a->bench.jobs)
            a->bench.jobs = cli_default_jobs(state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"json", 'J', NULL, 0, "the same as --format json", 0},
    {"quick", OPT_QUICK, NULL, 0, "smaller arrays, fewer schemes: under 10 seconds instead of a minute", 0},
    {"only", 'o', "GLOB", 0, "only what is named so", 0},
    {"jobs", 'j', "N", 0, "what \"all threads\" are (default: $BITSWEEP_JOBS, else the processors available)",
     0},
    {0}};
static const struct argp_child children[] = {
    {&cli_format_argp, 0, NULL, 0}, {&cli_quiet_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc = "Measure how fast this program quantizes, beside the limits of this machine in the same run: "
           "reading, copying and adding to an array (read, copy, add) at the same instruction set.\vEach "
           "figure is the median of 7 repetitions after a warm-up, with the least and the greatest. Arrays "
           "of 2^16 numbers a thread lie in L2, of 2^26 (--quick: 2^22) in memory; where those would take "
           "longer than a twentieth of a second, there are fewer elements, as the column says. Threads have "
           "a part each and start together. NAME is a scheme, quantized in place; NAME+metrics is a cell: "
           "quantize, hash, six metrics. ratio is the time over that of add at the same size and threads. "
           "sweep has many schemes over one tensor on all threads, an element counted once for each; its "
           "ratio is to its cells one by one in L2, shared among the threads. gemm:MAC:FORMAT is a product "
           "of two matrices under a MAC; an element is one multiplication with its addition, the ratio is to "
           "the definition on one thread. GB/s counts each number read and written once.\n\n"
           "  bitsweep bench\n"
           "  bitsweep bench --quick --only 'mx*'\n"
           "  bitsweep bench --only 'gemm*'\n"
           "  bitsweep bench --json >bench.json\n"};

static const char *const columns[] = {"name",     "size",    "elements",       "threads",     "ns",
                                      "ns_min",   "ns_max",  "elements_per_s", "bytes_per_s", "ratio",
                                      "ratio_to", "isa",     "schemes",        "repetitions", "cpu",
                                      "compiler", "version", "git_commit"};
static const char *const short_columns[] = {"name", "size", "elements", "threads",     "ns/element", "min",
                                            "max",  "GB/s", "ratio",    "Gelements/s", "isa"};
enum {
    COLUMNS = sizeof columns / sizeof *columns,
    SHORT_COLUMNS = sizeof short_columns / sizeof *short_columns
};

struct report {
    struct table *table;
    struct host_info host;
    struct store_provenance who;
};

static enum status print_row(void *context, const struct bench_row *r, struct error *e)
{
    const struct report *report = context;
    const struct store_provenance *who = &report->who;
    struct table_value row[COLUMNS] = {table_text(r->name),
                                       table_text(r->size),
                                       table_integer((int64_t)r->elements),
                                       table_integer(r->threads),
                                       table_real(r->ns.median),
                                       table_real(r->ns.min),
                                       table_real(r->ns.max),
                                       table_real(1e9 / r->ns.median),
                                       table_real(1e9 * r->bytes / r->ns.median),
                                       table_real(r->ratio),
                                       table_text(r->to),
                                       table_text(r->isa),
                                       table_integer((int64_t)r->schemes),
                                       table_integer(BENCH_REPETITIONS),
                                       table_text(who->cpu),
                                       table_text(who->compiler),
                                       table_text(who->version),
                                       table_text(who->git_commit)};
    return table_row(report->table, row, e);
}

/* Four digits: more would be noise. */
static struct table_value rounded(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.4g", x);
    return table_real(strtod(text, NULL));
}

static enum status print_short_row(void *context, const struct bench_row *r, struct error *e)
{
    const struct report *report = context;
    struct table_value row[SHORT_COLUMNS] = {table_text(r->name),
                                             table_text(r->size),
                                             table_integer((int64_t)r->elements),
                                             table_integer(r->threads),
                                             rounded(r->ns.median),
                                             rounded(r->ns.min),
                                             rounded(r->ns.max),
                                             rounded(r->bytes / r->ns.median),
                                             rounded(r->ratio),
                                             rounded(1 / r->ns.median),
                                             table_text(r->isa)};
    return table_row(report->table, row, e);
}

static void print_header(const struct store_provenance *who, int jobs)
{
    printf("%s, %s, %d of %d processors; bitsweep %s (commit %s), %s\n"
           "Medians of %d repetitions by the monotonic clock. Ratio: time over that of add at the same size "
           "and\n"
           "threads; of sweep: over its cells alone in L2, shared among the threads. The processor sets its\n"
           "frequency as it likes: compare within a run.\n\n",
           who->cpu, who->isa, jobs, who->ncpu, who->version, who->git_commit, who->compiler,
           BENCH_REPETITIONS);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct args a = {.bench = {.stop = cli->stop}};
    struct report report = {.table = NULL};
    cli_parse(&argp, argc, argv, &a);
    cli_catch_signals();
    a.bench.progress = !a.quiet && terminal_rewrites(stderr) ? stderr : NULL;
    report.who = provenance_get(&report.host);
    bool people = table_for_people(a.format);
    enum status s = bench_check(&a.bench, e);
    if (!s)
        s = table_open(a.format, stdout, people ? short_columns : columns, people ? SHORT_COLUMNS : COLUMNS,
                       &report.table, e);
    if (!s)
        s = bench_run(&a.bench, people ? print_short_row : print_row, &report, e);
    if (!s && people)
        print_header(&report.who, a.bench.jobs);
    return list_end(report.table, s, e);
}

const struct command command_bench = {"bench", "measure speed beside the machine's limits", run, &argp};

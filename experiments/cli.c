/* Dispatch to sub-commands, signals, messages and exit codes. */
#include "experiments/cli.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/cli_facts.h"
#include "experiments/option_table.h"
#include "experiments/provenance.h"
#include "experiments/terminal.h"
#include "sim/kernels/kernels.h"

#define COMMAND(id) extern const struct command command_##id;
#include "experiments/commands.def"
#include "experiments/services.def"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(id) &command_##id,
#include "experiments/commands.def"
#undef COMMAND
};
static const struct command *const services[] = {
#define COMMAND(id) &command_##id,
#include "experiments/services.def"
#undef COMMAND
};
enum { COMMANDS = sizeof commands / sizeof *commands, SERVICES = sizeof services / sizeof *services };

/* The one place that a signal handler can reach. */
static atomic_int stop;

size_t command_count(void)
{
    return COMMANDS;
}

const struct command *command_at(size_t i)
{
    return commands[i];
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    for (size_t i = 0; i < SERVICES; i++)
        if (!strcmp(services[i]->name, name))
            return services[i];
    return NULL;
}

static enum status named(const char *name, const struct command **out, struct error *e)
{
    *out = command_find(name);
    if (*out)
        return STATUS_OK;
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    char hint[STR_HINT_SIZE];
    return error_set(e, STATUS_USAGE, "unknown command '%s'%s; bitsweep --help lists them", name,
                     str_hint(name, names, COMMANDS, hint));
}

error_t command_parse(int key, char *arg, struct argp_state *state)
{
    const char **name = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*name)
        argp_error(state, "one command at a time");
    *name = arg;
    return 0;
}

enum status command_argument(const struct argp *argp, int argc, char **argv, const struct command **out,
                             struct error *e)
{
    const char *name = NULL;
    *out = NULL;
    cli_parse(argp, argc, argv, &name);
    return name ? named(name, out, e) : STATUS_OK;
}

static void on_signal(int number)
{
    static const char note[] =
        "\nbitsweep: stopping when the work under way is done; once more to stop at once\n";
    if (atomic_exchange(&stop, 1)) {
        raise(number); /* the first signal was of another kind; this one has its default effect by now */
        return;
    }
    ssize_t written = write(STDERR_FILENO, note, sizeof note - 1);
    (void)written;
}

void cli_catch_signals(void)
{
    /* SA_RESETHAND: the second signal has its default effect. */
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}

static void print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    fprintf(out, "bitsweep %s (commit %s%s)\n", build_info.version, build_info.git_commit,
            build_info.dirty ? ", with local changes" : "");
    fprintf(out, "Built with %s; %s.\n", build_info.compiler, build_info.libs);
    fputs("Licence GPL-3.0-or-later. There is NO WARRANTY, to the extent permitted by law.\n", out);
}

/* The message of the program was about reading or writing. */
static bool io_reported;

/* Output that did not arrive is an error, also when argp ends the program after --help. The reason of an
 * earlier failure is gone: one character more meets it again. */
static void check_stdout(void)
{
    int failed = ferror(stdout), reason = 0;
    const bool pending = __fpending(stdout) != 0;
    if (failed)
        putchar('\n');
    if (fclose(stdout) && (failed || pending || errno != EBADF)) /* closed, and nothing was for it */
        reason = errno;
    if (!failed && !reason)
        return;
    if (!io_reported)
        fprintf(stderr, "bitsweep: writing to standard output failed%s%s\n", reason ? ": " : "",
                reason ? strerror(reason) : "");
    _exit(status_exit_code(STATUS_IO));
}

const char *cli_environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static void print_error(const struct error *e, enum colour when)
{
    const bool colour = terminal_colours(stderr, when);
    struct strbuf shown = {0}; /* messages quote what files say */
    strbuf_add_shown(&shown, e->text, "\n");
    fprintf(stderr, "%sbitsweep:%s %s\n", colour ? "\033[1;31m" : "", colour ? "\033[0m" : "",
            shown.text ? shown.text : e->text);
    strbuf_free(&shown);
}

/* What stands before the sub-command. */
struct global {
    int first; /* the place of the sub-command */
    enum colour colour;
};
enum { OPT_COLOUR = 512 };

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
    struct global *g = state->input;
    switch (key) {
    case OPT_COLOUR:
        g->colour = (enum colour)cli_choice(state, "--color", arg, colour_names, COLOURS);
        return 0;
    case ARGP_KEY_ARG:
        g->first = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a command is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void command_list(struct strbuf *out)
{
    for (size_t i = 0; i < COMMANDS; i++)
        strbuf_printf(out, "  %-11s %s\n", commands[i]->name, commands[i]->doc);
}

/* The list of sub-commands, from their table. */
static char *filter_help(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    struct strbuf b = {0};
    strbuf_add(&b, "Commands:\n");
    command_list(&b);
    strbuf_add(&b, "\nbitsweep COMMAND --help shows the options and examples of one.\n\nEnvironment:\n");
    for (const struct cli_fact *f = cli_environment_facts; f->name; f++) {
        strbuf_printf(&b, "  %-14s ", f->name);
        cli_wrap(&b, 17, f->doc);
    }
    struct strbuf codes = {0};
    for (const struct cli_fact *f = cli_exit_facts; f->name; f++)
        strbuf_printf(&codes, "%s%s %s", f == cli_exit_facts ? "" : ", ", f->name, f->doc);
    strbuf_add(&b, "\nExit status: ");
    cli_wrap(&b, 13, codes.text ? codes.text : "");
    strbuf_free(&codes);
    return strbuf_take(&b);
}

/* A long option that is none and no beginning of one, but near one: argp would not say which. */
static void check_options(const struct argp *argp, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        char name[64], hint[STR_HINT_SIZE];
        size_t n = strcspn(argv[i], "=");
        if (option_awaits(argp, argv[i])) {
            i++; /* its value may look like an option */
            continue;
        }
        if (strncmp(argv[i], "--", 2) != 0 || n - 2 >= sizeof name)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(n - 2), argv[i] + 2);
        if (!option_find(argp, name, 0) && *option_hint(argp, name, hint)) {
            fprintf(stderr, "%s: unrecognized option '--%s'%s\nTry `%s --help' for more information.\n",
                    argv[0], name, hint, argv[0]);
            exit(status_exit_code(STATUS_USAGE));
        }
    }
}

void cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    check_options(argp, argc, argv);
    argp_parse(argp, argc, argv, 0, NULL, input);
}

enum status cli_print(struct strbuf *text, struct error *e)
{
    char *whole = strbuf_take(text);
    if (!whole)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    fputs(whole, stdout);
    free(whole);
    return STATUS_OK;
}

uint64_t cli_count(const struct argp_state *state, const char *option, const char *text, uint64_t max)
{
    size_t digits = strspn(text, "0123456789");
    errno = 0;
    unsigned long long value = strtoull(text, NULL, 10);
    if (!digits || text[digits] || errno || value > max)
        argp_error(state, "%s: expected a whole number of 0..%llu, found '%s'", option,
                   (unsigned long long)max, text);
    return value;
}

double cli_number(const struct argp_state *state, const char *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value))
        argp_error(state, "%s: expected a number, found '%s'", option, text);
    return value;
}

void cli_unknown(const struct argp_state *state, const char *option, const char *text,
                 const char *const *names, size_t n)
{
    struct strbuf list = {0};
    for (size_t i = 0; i < n; i++)
        strbuf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    char hint[STR_HINT_SIZE];
    argp_error(state, "%s: unknown '%s'%s; allowed: %s", option, text, str_hint(text, names, n, hint),
               list.text ? list.text : "");
    strbuf_free(&list);
}

size_t cli_choice(const struct argp_state *state, const char *option, const char *text,
                  const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(names[i], text))
            return i;
    cli_unknown(state, option, text, names, n);
    return 0;
}

void cli_wrap(struct strbuf *b, size_t indent, const char *text)
{
    enum { COLUMNS = 78 };
    size_t column = indent;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > indent && column + 1 + n > COLUMNS) {
            strbuf_printf(b, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            strbuf_add(b, " ");
            column++;
        }
        strbuf_add_n(b, text, n);
        column += n;
        text += n;
        text += strspn(text, " ");
    }
    strbuf_add(b, "\n");
}

static enum status check_isa(struct error *e)
{
    const char *isa = cli_environment("BITSWEEP_ISA"), *allowed;
    if (!isa || kernels_isa_known(isa, &allowed))
        return STATUS_OK;
    char hint[STR_HINT_SIZE];
    return error_set(e, STATUS_USAGE, "BITSWEEP_ISA: unknown '%s'%s; allowed: %s", isa,
                     str_hint_list(isa, allowed, hint), allowed);
}

static enum status dispatch(const struct cli *cli, int argc, char **argv, struct error *e)
{
    const struct command *c;
    enum status s = named(argv[0], &c, e);
    if (s)
        return s;
    char name[64];
    snprintf(name, sizeof name, "bitsweep %s", c->name);
    argv[0] = name;
    return c->run(cli, argc, argv, e);
}

static char *join(int argc, char **argv)
{
    struct strbuf b = {0};
    for (int i = 0; i < argc; i++)
        strbuf_printf(&b, "%s%s", i ? " " : "", argv[i]);
    return strbuf_take(&b);
}

static const struct argp_option global_options[] = {
    {"color", OPT_COLOUR, "auto|always|never", 0, "colours in messages (default: auto); before COMMAND", 0},
    {0}};
const struct argp cli_argp = {.options = global_options,
                              .parser = parse_global,
                              .args_doc = "COMMAND [ARG...]",
                              .doc = "Bit-exact emulation of low-bit number formats: sweeps over recorded "
                                     "tensors, results in one database, figures from it.\v ",
                              .help_filter = filter_help};

int cli_main(int argc, char **argv)
{
    argp_err_exit_status = status_exit_code(STATUS_USAGE);
    argp_program_version_hook = print_version;
    atexit(check_stdout);
    unsetenv("ARGP_HELP_FMT"); /* with a narrow rmargin glibc's --help has no end */
    signal(SIGXFSZ, SIG_IGN);  /* a file beyond the limit is an error of writing */
    char *text = join(argc, argv);
    struct cli cli = {.argv = text ? text : "", .stop = &stop};
    struct error e = {{0}};
    struct global g = {.first = argc};
    check_options(&cli_argp, argc < 2 ? argc : 2, argv);
    argp_parse(&cli_argp, argc, argv, ARGP_IN_ORDER, NULL, &g);
    enum status s = check_isa(&e);
    if (!s)
        s = g.first < argc ? dispatch(&cli, argc - g.first, argv + g.first, &e) : STATUS_USAGE;
    if (s && s != STATUS_SKIP) {
        error_set(&e, s, s == STATUS_INTERRUPTED ? "interrupted" : "failed without a reason");
        print_error(&e, g.colour);
        io_reported = s == STATUS_IO;
    }
    free(text);
    return status_exit_code(s);
}

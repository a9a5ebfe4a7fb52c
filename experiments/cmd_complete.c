/* What shells ask when a word is to be completed. */
#include "experiments/cli.h"
#include "experiments/complete.h"

struct args {
    char **words;
    size_t n;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    (void)arg;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    a->words = state->argv + state->next - 1;
    a->n = (size_t)(state->argc - (state->next - 1));
    state->next = state->argc;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "-- WORD...",
    .doc = "Print what the last WORD of a command line can become, a line each: the word, a tab and what it "
           "is. :file and :dir say that a path stands there.\v"
           "  bitsweep complete -- run --fo\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    struct strbuf b = {0};
    complete_words(a.words, a.n, &b);
    return cli_print(&b, e);
}

const struct command command_complete = {"complete", "print what a word can become", run, &argp};

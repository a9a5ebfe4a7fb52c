/* Manual pages, for `make man`. */
#include <stdio.h>
#include <stdlib.h>

#include "experiments/man_page.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **name = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*name)
        argp_error(state, "one command at a time");
    *name = arg;
    return 0;
}

static const struct argp argp = {.parser = parse,
                                 .args_doc = "[COMMAND]",
                                 .doc = "Print the manual page of a command, or of the program, as roff.\v"
                                        "  bitsweep man run | man -l -\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    const char *name = NULL;
    cli_parse(&argp, argc, argv, &name);
    const struct command *c = name ? command_find(name) : NULL;
    if (name && !c)
        return command_unknown(name, e);
    struct strbuf b = {0};
    man_page(c, &b);
    char *text = strbuf_take(&b);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    fputs(text, stdout);
    free(text);
    return STATUS_OK;
}

const struct command command_man = {"man", "print a manual page as roff", run, &argp};

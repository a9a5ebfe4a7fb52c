#include <stdio.h>

#include "experiments/cli.h"

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
                                 .doc = "Show the help of a command, or the list of commands.\v"
                                        "  bitsweep help run\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    const char *name = NULL;
    cli_parse(&argp, argc, argv, &name);
    char help[] = "--help", text[64], *args[] = {text, help, NULL};
    if (!name) {
        command_list(stdout);
        return STATUS_OK;
    }
    const struct command *c = command_find(name);
    if (!c)
        return command_unknown(name, e);
    snprintf(text, sizeof text, "bitsweep %s", c->name);
    return c->run(cli, 2, args, e);
}

const struct command command_help = {"help", "show the help of a command", run, &argp};

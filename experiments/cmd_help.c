#include <stdio.h>

#include "experiments/cli.h"

static const struct argp argp = {.parser = command_parse,
                                 .args_doc = "[COMMAND]",
                                 .doc = "Show the help of a command, or the list of commands.\v"
                                        "  bitsweep help run\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    const struct command *c;
    struct strbuf list = {0};
    char help[] = "--help", text[64], *args[] = {text, help, NULL};
    enum status s = command_argument(&argp, argc, argv, &c, e);
    if (s)
        return s;
    if (!c) {
        command_list(&list);
        return cli_print(&list, e);
    }
    snprintf(text, sizeof text, "bitsweep %s", c->name);
    return c->run(cli, 2, args, e);
}

const struct command command_help = {"help", "show the help of a command", run, &argp};

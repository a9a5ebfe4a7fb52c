/* Manual pages, for `make man`. */
#include "experiments/man_page.h"

static const struct argp argp = {.parser = command_parse,
                                 .args_doc = "[COMMAND]",
                                 .doc = "Print the manual page of a command, or of the program, as roff.\v"
                                        "  bitsweep man run | man -l -\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    const struct command *c;
    struct strbuf page = {0};
    enum status s = command_argument(&argp, argc, argv, &c, e);
    if (s)
        return s;
    man_page(c, &page);
    return cli_print(&page, e);
}

const struct command command_man = {"man", "print a manual page as roff", run, &argp};

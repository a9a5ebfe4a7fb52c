#include "experiments/terminal.h"

#include <string.h>
#include <unistd.h>

#include "experiments/cli.h"

const char *const colour_names[COLOURS] = {"auto", "always", "never"};

bool terminal_rewrites(FILE *out)
{
    const char *term = cli_environment("TERM");
    return isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
}

bool terminal_colours(FILE *out, enum colour when)
{
    const char *force = cli_environment("CLICOLOR_FORCE");
    if (when != COLOUR_AUTO)
        return when == COLOUR_ALWAYS;
    if (cli_environment("NO_COLOR"))
        return false;
    return (force && strcmp(force, "0") != 0) || terminal_rewrites(out);
}

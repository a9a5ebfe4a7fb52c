#include "experiments/man_page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_facts.h"
#include "experiments/option_table.h"
#include "experiments/provenance.h"

/* Text as roff prints it: a hyphen is the character of the command line, and no line is a request. */
static void add_text(struct strbuf *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool starts = !i || text[i - 1] == '\n';
        if (starts && (text[i] == '.' || text[i] == '\''))
            strbuf_add(out, "\\&");
        if (text[i] == '\\')
            strbuf_add(out, "\\e");
        else if (text[i] == '-')
            strbuf_add(out, "\\-");
        else
            strbuf_add_n(out, text + i, 1);
    }
}

static void add(struct strbuf *out, const char *text)
{
    add_text(out, text, strlen(text));
}

static void add_bold(struct strbuf *out, const char *text)
{
    strbuf_add(out, "\\fB");
    add(out, text);
    strbuf_add(out, "\\fR");
}

static void add_head(struct strbuf *out, const char *name, const char *doc)
{
    strbuf_add(out, ".TH ");
    for (const char *p = name; *p; p++)
        strbuf_printf(out, "%c", toupper((unsigned char)*p));
    strbuf_printf(out, " 1 \"\" \"bitsweep %s\" \"User Commands\"\n.SH NAME\n", build_info.version);
    add(out, name);
    strbuf_add(out, " \\- ");
    add(out, doc);
}

static bool add_option(void *context, const struct argp_option *o)
{
    struct strbuf *out = context;
    strbuf_add(out, ".TP\n");
    if (isgraph(o->key)) {
        char letter[] = {'-', (char)o->key, '\0'};
        add_bold(out, letter);
        strbuf_add(out, ", ");
    }
    strbuf_add(out, "\\fB\\-\\-");
    add(out, o->name);
    strbuf_add(out, "\\fR");
    if (o->arg) {
        strbuf_add(out, o->flags & OPTION_ARG_OPTIONAL ? "[=\\fI" : "=\\fI");
        add(out, o->arg);
        strbuf_add(out, o->flags & OPTION_ARG_OPTIONAL ? "\\fR]" : "\\fR");
    }
    strbuf_add(out, "\n");
    add(out, o->doc ? o->doc : "");
    strbuf_add(out, "\n");
    return true;
}

/* What --help has below the options: words, then the examples, from the first one on. Lines that are
 * indented stay as they are. */
static void add_notes(struct strbuf *out, const struct argp *argp)
{
    static const char notes[] = "NOTES", examples[] = "EXAMPLES", example[] = "  bitsweep ";
    char *text = option_notes(argp);
    const char *section = NULL;
    bool as_is = false, gap = false;
    size_t n;
    for (const char *line = text ? text : ""; *line; line += n + (line[n] == '\n')) {
        n = strcspn(line, "\n");
        if (strspn(line, " ") == n) {
            gap = true;
            continue;
        }
        const bool indented = *line == ' ';
        const char *here = section == examples || !strncmp(line, example, strlen(example)) ? examples : notes;
        if (as_is && (!indented || here != section))
            strbuf_add(out, ".fi\n");
        if (here != section)
            strbuf_printf(out, ".SH %s\n", here);
        else if (gap)
            strbuf_add(out, "\n");
        if (indented && (!as_is || here != section))
            strbuf_add(out, ".nf\n");
        add_text(out, line, n);
        strbuf_add(out, "\n");
        section = here;
        as_is = indented;
        gap = false;
    }
    strbuf_add(out, as_is ? ".fi\n" : "");
    free(text);
}

static void add_facts(struct strbuf *out, const struct cli_fact *f)
{
    for (; f->name; f++) {
        strbuf_add(out, ".TP\n");
        add_bold(out, f->name);
        strbuf_add(out, "\n");
        add(out, f->doc);
        strbuf_add(out, "\n");
    }
}

static void add_description(struct strbuf *out, const char *doc)
{
    const char *end = strchr(doc, '\v');
    strbuf_add(out, ".SH DESCRIPTION\n");
    add_text(out, doc, end ? (size_t)(end - doc) : strlen(doc));
    strbuf_add(out, "\n");
}

/* A line of `args` is one way to call it. */
static void add_synopsis(struct strbuf *out, const char *name, const char *args)
{
    const char *way = args ? args : "";
    strbuf_add(out, "\n.SH SYNOPSIS\n");
    for (size_t n;; way += n + 1) {
        n = strcspn(way, "\n");
        add_bold(out, name);
        strbuf_add(out, n ? " [\\fIOPTION\\fR...] " : " [\\fIOPTION\\fR...]");
        add_text(out, way, n);
        strbuf_add(out, "\n");
        if (!way[n])
            return;
        strbuf_add(out, ".br\n");
    }
}

static void add_commands(struct strbuf *out)
{
    strbuf_add(out, ".SH COMMANDS\n");
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *c = command_at(i);
        strbuf_printf(out, ".TP\n.BR bitsweep\\-%s (1)\n%s\n", c->name, c->doc);
    }
}

static void add_common(struct strbuf *out)
{
    strbuf_add(out, ".SH ENVIRONMENT\n");
    add_facts(out, cli_environment_facts);
    add_facts(out, cli_launcher_facts);
    strbuf_add(out, ".SH FILES\n");
    add_facts(out, cli_file_facts);
}

static void add_codes(struct strbuf *out)
{
    strbuf_add(out, ".SH EXIT STATUS\n");
    add_facts(out, cli_exit_facts);
}

static const char main_examples[] =
    ".SH EXAMPLES\n.nf\n"
    "  bitsweep plan experiments/quickstart.yaml\n"
    "  bitsweep run experiments/quickstart.yaml\n"
    "  bitsweep query v_best\n"
    "  bitsweep plot all \\-o figures\n"
    "  bitsweep quantize mxfp4 dump.safetensors \\-\\-name layers.0.mlp.down.input\n"
    "  bitsweep help run\n"
    ".fi\n";

void man_page(const struct command *c, struct strbuf *out)
{
    const struct argp *argp = c ? c->argp : &cli_argp;
    char name[64] = "bitsweep", said[64] = "bitsweep";
    if (c) {
        snprintf(name, sizeof name, "bitsweep-%s", c->name);
        snprintf(said, sizeof said, "bitsweep %s", c->name);
    }
    add_head(out, name, c ? c->doc : "sweeps of low-bit number formats over recorded tensors");
    add_synopsis(out, said, argp->args_doc);
    add_description(out, argp->doc);
    if (!c)
        add_commands(out);
    strbuf_add(out, ".SH OPTIONS\n");
    option_each(argp, add_option, out);
    if (c)
        add_notes(out, argp);
    else
        add_common(out);
    add_codes(out);
    if (!c)
        strbuf_add(out, main_examples);
    strbuf_add(out, ".SH SEE ALSO\n");
    strbuf_add(out, c ? ".BR bitsweep (1)\n" : ".BR gnuplot (1),\n.BR sqlite3 (1)\n");
}

#include "experiments/complete.h"

#include <stdint.h>
#include <string.h>

#include "experiments/complete_names.h"
#include "experiments/option_table.h"

/* --- options --- */

static bool add_option(void *context, const struct argp_option *o)
{
    const struct completion *c = context;
    char name[64];
    snprintf(name, sizeof name, "--%s", o->name);
    complete_add(c, name, o->doc ? o->doc : "");
    return true;
}

/* The option whose value the next word is; NULL where the word is complete or no option. */
static const struct argp_option *awaits(const struct argp *argp, const char *word)
{
    const struct argp_option *o = NULL;
    if (!strncmp(word, "--", 2)) {
        o = strchr(word, '=') ? NULL : option_find(argp, word + 2, 0);
    } else if (*word == '-') {
        for (const char *p = word + 1; *p; p++) {
            o = option_find(argp, NULL, (unsigned char)*p);
            if (o && o->arg) {
                o = p[1] ? NULL : o;
                break;
            }
        }
    }
    return o && o->arg && !(o->flags & OPTION_ARG_OPTIONAL) ? o : NULL;
}

/* --- arguments --- */

/* The words of a placeholder, parted by bars; of a list the part behind the last comma is completed. */
static void add_value(struct completion *c, const char *placeholder)
{
    size_t n = strlen(placeholder);
    const char *comma = strrchr(c->word, ',');
    if (n > 4 && !strcmp(placeholder + n - 4, ",...")) {
        n -= 4;
        if (comma && !c->n_kept) {
            c->kept = c->word;
            c->n_kept = (size_t)(comma + 1 - c->word);
            c->word = comma + 1;
        }
    }
    for (size_t length; n; placeholder += length + (length < n), n -= length + (length < n)) {
        const char *bar = memchr(placeholder, '|', n);
        length = bar ? (size_t)(bar - placeholder) : n;
        complete_names(c, placeholder, length);
    }
}

/* Argument number `place` of "SCHEME... [DUMP]": the last one that is repeated stands for all after it, and
 * what may follow it stands there too. */
static void add_argument(struct completion *c, const char *args, size_t place)
{
    size_t repeated = SIZE_MAX;
    for (size_t i = 0; *args; i++) {
        char word[64];
        args += strspn(args, " []");
        size_t n = strcspn(args, " []");
        snprintf(word, sizeof word, "%.*s", (int)n, args);
        char *dots = strstr(word, "...");
        if (dots && repeated == SIZE_MAX)
            repeated = i;
        if (dots)
            memmove(dots, dots + 3, strlen(dots + 3) + 1);
        if (*word && (i == place || (i >= repeated && place >= repeated)))
            add_value(c, word);
        args += n + strspn(args + n, " []");
    }
}

/* --- the line --- */

static void complete_command(struct completion *c)
{
    if (*c->word == '-')
        option_each(&cli_argp, add_option, c);
    else
        complete_names(c, "COMMAND", strlen("COMMAND"));
}

/* --name=VALUE in one word. */
static void complete_joined(struct completion *c, const char *equals)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(equals - c->word - 2), c->word + 2);
    const struct argp_option *o = option_find(c->command->argp, name, 0);
    if (!o || !o->arg)
        return;
    c->option = o->name;
    c->kept = c->word;
    c->n_kept = (size_t)(equals + 1 - c->word);
    c->word = equals + 1;
    add_value(c, o->arg);
}

static void complete_arguments(struct completion *c)
{
    const struct argp *argp = c->command->argp;
    const struct argp_option *pending = NULL;
    size_t place = 0;
    bool plain = false; /* behind "--" */
    for (size_t i = 0; i < c->n; i++) {
        const char *word = c->words[i];
        if (pending) {
            if (!strcmp(pending->name, "db"))
                c->db = word;
            pending = NULL;
        } else if (!plain && !strcmp(word, "--")) {
            plain = true;
        } else if (!plain && *word == '-' && word[1]) {
            pending = awaits(argp, word);
            if (!strncmp(word, "--db=", 5))
                c->db = word + 5;
        } else {
            place++;
        }
    }
    const char *equals = strchr(c->word, '=');
    if (pending) {
        c->option = pending->name;
        add_value(c, pending->arg);
    } else if (!plain && !strncmp(c->word, "--", 2) && equals) {
        complete_joined(c, equals);
    } else if (!plain && *c->word == '-') {
        option_each(argp, add_option, c);
    } else if (argp->args_doc) {
        add_argument(c, argp->args_doc, place);
    }
}

void complete_words(char *const *words, size_t n, struct strbuf *out)
{
    size_t at = 0;
    if (!n)
        return;
    while (at + 1 < n && *words[at] == '-')
        at++;
    struct completion c = {.db = cli_default_db(), .kept = "", .word = words[n - 1], .out = out};
    if (at + 1 == n) {
        complete_command(&c);
        return;
    }
    c.command = command_find(words[at]);
    c.words = words + at + 1;
    c.n = n - at - 2;
    if (c.command)
        complete_arguments(&c);
}

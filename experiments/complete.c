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

/* --- arguments --- */

/* The words of a placeholder, parted by bars; of a list the part behind the last comma is completed. */
static void add_value(struct completion *c, const char *placeholder)
{
    size_t n = strlen(placeholder);
    const char *comma = strrchr(c->word, ',');
    if (n > 4 && !strcmp(placeholder + n - 4, ",...")) {
        n -= 4;
        c->word = comma ? comma + 1 : c->word;
    }
    for (size_t length; n; placeholder += length + (length < n), n -= length + (length < n)) {
        const char *bar = memchr(placeholder, '|', n);
        length = bar ? (size_t)(bar - placeholder) : n;
        complete_names(c, placeholder, length);
    }
}

/* Argument number `place` of "SCHEME... [DUMP]": the last one that is repeated stands for all after it, and
 * what may follow it stands there too. Each line is a list of its own. */
static void add_argument(struct completion *c, const char *args, size_t place)
{
    size_t repeated = SIZE_MAX;
    for (size_t i = 0; *args; i++) {
        char word[64];
        args += strspn(args, " []");
        if (*args == '\n') {
            add_argument(c, args + 1, place);
            return;
        }
        size_t n = strcspn(args, " []\n");
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

/* --name=VALUE in one word. */
static void complete_joined(struct completion *c, const struct argp *argp, const char *equals)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(equals - c->word - 2), c->word + 2);
    const struct argp_option *o = option_find(argp, name, 0);
    if (!o || !o->arg)
        return;
    c->option = o->name;
    c->word = equals + 1;
    add_value(c, o->arg);
}

/* What stands before the last word. */
struct line {
    const struct argp *argp;           /* of the program, or of the command once it is there */
    const struct argp_option *pending; /* it has no value yet */
    size_t place;                      /* plain words of the command */
    bool plain;                        /* behind "--" */
};

/* False where there is no such command. */
static bool pass(struct completion *c, struct line *l, const char *word)
{
    if (l->pending) {
        if (!strcmp(l->pending->name, "db"))
            c->db = word;
        l->pending = NULL;
    } else if (!l->plain && !strcmp(word, "--")) {
        l->plain = true;
    } else if (!l->plain && *word == '-' && word[1]) {
        l->pending = option_awaits(l->argp, word);
        if (!strncmp(word, "--db=", 5))
            c->db = word + 5;
    } else if (c->command) {
        l->place++;
    } else {
        c->command = command_find(word);
        *l = (struct line){.argp = c->command ? c->command->argp : NULL};
    }
    return l->argp;
}

void complete_words(char *const *words, size_t n, struct strbuf *out)
{
    if (!n)
        return;
    struct completion c = {.db = cli_default_db(), .words = words, .n = n - 1, .out = out};
    struct line l = {.argp = &cli_argp};
    c.kept = c.word = words[n - 1];
    for (size_t i = 0; i < n - 1; i++)
        if (!pass(&c, &l, words[i]))
            return;
    const char *equals = strchr(c.word, '=');
    if (l.pending) {
        c.option = l.pending->name;
        add_value(&c, l.pending->arg);
    } else if (!l.plain && !strncmp(c.word, "--", 2) && equals) {
        complete_joined(&c, l.argp, equals);
    } else if (!l.plain && *c.word == '-') {
        option_each(l.argp, add_option, &c);
    } else if (l.argp->args_doc) {
        add_argument(&c, l.argp->args_doc, l.place);
    }
}

/* Manual pages and completion know every command and every option of the tables, and what the registries
 * hold. */
#include "tests/check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_facts.h"
#include "experiments/complete.h"
#include "experiments/man_page.h"
#include "formats/format.h"
#include "sim/scheme.h"

static char *page_of(const struct command *c)
{
    struct strbuf b = {0};
    man_page(c, &b);
    char *text = strbuf_take(&b);
    assert_non_null(text);
    return text;
}

static char *completed(const char *command, const char *option, const char *word)
{
    char a[64], o[64], w[64], *words[3];
    size_t n = 0;
    snprintf(a, sizeof a, "%s", command);
    snprintf(o, sizeof o, "%s", option ? option : "");
    snprintf(w, sizeof w, "%s", word);
    if (*command)
        words[n++] = a;
    if (option)
        words[n++] = o;
    words[n++] = w;
    struct strbuf b = {0};
    strbuf_add(&b, "\n");
    complete_words(words, n, &b);
    char *text = strbuf_take(&b);
    assert_non_null(text);
    return text;
}

/* A line of `text` has this word before its tab. */
static void expect_word(const char *text, const char *word)
{
    char line[160];
    snprintf(line, sizeof line, "\n%s\t", word);
    if (!strstr(text, line))
        fail_msg("'%s' is not offered", word);
}

static size_t options_seen;

static void expect_options(const struct command *c, const struct argp *argp, const char *page)
{
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
        char word[64], roff[160] = "\n";
        if (!o->name) /* a heading */
            continue;
        snprintf(word, sizeof word, "--%s", o->name);
        char *offered = completed(c->name, NULL, word);
        expect_word(offered, word);
        free(offered);
        if (o->key > ' ' && o->key < 127)
            sprintf(roff, "\n\\fB\\-%c\\fR, ", o->key);
        strcat(roff, "\\fB\\-\\-");
        for (const char *p = o->name; *p; p++)
            strcat(roff, *p == '-' ? "\\-" : (char[]){*p, '\0'});
        strcat(roff, "\\fR");
        if (!strstr(page, roff))
            fail_msg("%s: the page lacks %s, as %s", c->name, word, roff);
        options_seen++;
    }
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        expect_options(c, child->argp, page);
}

static void every_command_and_option(void **state)
{
    (void)state;
    char *whole = page_of(NULL), *offered = completed("", NULL, "");
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *c = command_at(i);
        char entry[64];
        assert_non_null(c->argp);
        snprintf(entry, sizeof entry, ".BR bitsweep\\-%s (1)", c->name);
        assert_non_null(strstr(whole, entry));
        expect_word(offered, c->name);
        char *page = page_of(c);
        expect_options(c, c->argp, page);
        assert_non_null(strstr(page, "\n.SH EXAMPLES\n.nf\n  bitsweep "));
        assert_non_null(strstr(page, "\\fB\\-\\-help\\fR"));
        free(page);
    }
    free(whole);
    free(offered);
    assert_true(options_seen > 150);
    printf("# covered manual and completion: %zu commands, %zu options\n", command_count(), options_seen);
}

/* What other programs ask is not for people. */
static void services_are_not_listed(void **state)
{
    (void)state;
    char *whole = page_of(NULL), *offered = completed("", NULL, "");
    assert_null(strstr(offered, "\ncomplete\t"));
    assert_null(strstr(whole, "bitsweep\\-complete"));
    assert_non_null(command_find("complete"));
    free(whole);
    free(offered);
}

static void facts(void **state)
{
    (void)state;
    char *whole = page_of(NULL);
    const struct cli_fact *lists[] = {cli_environment_facts, cli_launcher_facts, cli_file_facts};
    for (size_t i = 0; i < 3; i++)
        for (const struct cli_fact *f = lists[i]; f->name; f++) {
            char entry[96];
            snprintf(entry, sizeof entry, "\\fB%s\\fR", f->name);
            assert_non_null(strstr(whole, entry));
        }
    free(whole);
    /* the codes are those of the statuses */
    for (enum status s = STATUS_OK; s <= STATUS_INTERRUPTED; s++) {
        bool found = false;
        for (const struct cli_fact *f = cli_exit_facts; f->name; f++)
            found = found || atoi(f->name) == status_exit_code(s);
        assert_true(found);
    }
}

/* No line of a page is a request that the text made; words are filled, what is indented stays as it is. */
static void pages_are_roff(void **state)
{
    (void)state;
    static const char *const requests[] = {".TH ", ".SH ", ".TP", ".nf", ".fi", ".BR ", ".br"};
    for (size_t i = 0; i <= command_count(); i++) {
        char *page = page_of(i ? command_at(i - 1) : NULL);
        bool as_is = false;
        for (char *line = page; *line; line += strcspn(line, "\n"), line += *line == '\n') {
            bool known = *line != '.' && *line != '\'';
            for (size_t k = 0; k < sizeof requests / sizeof *requests; k++)
                known = known || !strncmp(line, requests[k], strlen(requests[k]));
            if (!known || (as_is && isalpha((unsigned char)*line)))
                fail_msg("page %zu: %.40s", i, line);
            as_is = *line == '.' ? !strncmp(line, ".nf", 3) : as_is;
        }
        free(page);
    }
}

static void values(void **state)
{
    (void)state;
    static const struct {
        const char *command, *option, *word, *offered;
    } cases[] = {
        {"query", "--format", "", "jsonl"},
        {"query", "-f", "j", "json"},
        {"query", NULL, "--format=c", "--format=csv"},
        {"query", NULL, "v_b", "v_best"},
        {"formats", "--round", "", "rne"},
        {"formats", "--contains", "e4", "e4m3"},
        {"formats", NULL, "e2", "e2m1"},
        {"plot", NULL, "", "all"},
        {"figures", NULL, "value", "value_spacing"},
        {"cost", "--model", "storage,hor", "storage,horowitz45"},
        {"cost", NULL, "ocp:mxfp4", "ocp:mxfp4"},
        {"costs", NULL, "", "storage"},
        {"metrics", NULL, "sqnr", "sqnr_db"},
        {"transforms", NULL, "gp", "gptq"},
        {"methods", NULL, "smooth", "smoothquant"},
        {"products", NULL, "lmul", "lmul_bits"},
        {"products", "exact", "e4", "e4m3"},
        {"units", NULL, "h100", "h100_f16"},
        {"mma", NULL, "h100", "h100_f16"},
        {"rtl", "--design", "", "dot"},
        {"synth", NULL, "gau", "gaussian"},
        {"allocate", "--op", "", "matmul"},
        {"inspect", "--dtype", "B", "BF16"},
        {"quantize", "--pack", "", "low-first"},
        {"quantize", "--scale-layout", "", "128x4"},
        {"diff", "--part", "", "metrics"},
        {"diff", "--family", "nv", "nvfp4"},
        {"run", "--set", "bl", "block="},
        {"help", NULL, "r", "run"},
        {"diff", "mxfp4", "nvfp", "nvfp4"},
        {"cost", NULL, "--model=storage,hor", "--model=storage,horowitz45"},
        {"", "--color", "al", "always"},
        {"", NULL, "--color=n", "--color=never"},
        {"", "--color=never", "ru", "run"},
    };
    size_t n = sizeof cases / sizeof *cases;
    for (size_t i = 0; i < n; i++) {
        char *offered = completed(cases[i].command, cases[i].option, cases[i].word);
        expect_word(offered, cases[i].offered);
        free(offered);
    }
    static const char *const paths[][4] = {
        {"run", NULL, "x", "\n:file\n"},    {"run", "--db", "x", "\n:file\n"}, {"plot", "-o", "", "\n:dir\n"},
        {"inspect", NULL, "", "\n:file\n"}, {"merge", NULL, "", "\n:file\n"},  {"run", "--jobs", "", "\n"},
        {"nonsense", NULL, "", "\n"},       {"query", NULL, "SEL", "\n"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *offered = completed(paths[i][0], paths[i][1], paths[i][2]);
        assert_string_equal(offered, paths[i][3]);
        free(offered);
    }
    /* all of a registry */
    char *offered = completed("quantize", NULL, "");
    for (size_t i = 0; i < format_count(); i++)
        expect_word(offered, format_at(i)->name);
    for (size_t i = 0; i < scheme_alias_count(); i++)
        expect_word(offered, scheme_alias_at(i)->name);
    free(offered);
    printf("# covered completion of values: %zu placeholders\n", n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_command_and_option),
                                       cmocka_unit_test(services_are_not_listed), cmocka_unit_test(facts),
                                       cmocka_unit_test(pages_are_roff), cmocka_unit_test(values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Overrides: each line is a --set of one study, which is seldom loaded too. */
#include <stdlib.h>
#include <string.h>

#include "experiments/config.h"
#include "experiments/yaml_tree.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 32, SELDOM = 16 };

static const char study[] = "name: t\ninputs: [{dump: x.npy, select: ['*']}]\n"
                            "sweep: {grid: {format: [e2m1], block: [16]}}\nmetrics: [mse]\ncost: none\n";

/* Some of the overrides may have been made when one is refused. */
static void override(const char *const *sets, size_t n)
{
    struct node *root = NULL;
    struct error e = {{0}};
    fuzz_require(!yaml_parse(study, strlen(study), "study.yaml", &root, &e), "the study is YAML");
    for (size_t i = 0; i < n; i++) {
        const enum status s = yaml_set(root, sets[i], &e);
        fuzz_require(!s == !*e.text, "a message for a failure alone");
        e.text[0] = '\0';
    }
    node_free(root);
}

void fuzz_sets(const uint8_t *data, size_t size)
{
    const char *sets[MOST];
    size_t n = 0;
    struct config *c = NULL;
    struct error e = {{0}};
    char *text = fuzz_text(data, size), *rest = text;
    while (rest && n < MOST)
        sets[n++] = fuzz_line(&rest);
    override(sets, n);
    if (fuzz_seldom(data, size, SELDOM)) {
        const enum status s = config_load_text("study.yaml", study, strlen(study), sets, n, &c, &e);
        fuzz_require(!s == !*e.text, "a message for a failure alone");
        config_free(c);
    }
    free(text);
}

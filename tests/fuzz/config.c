/* Experiment files. */
#include <string.h>

#include "experiments/config.h"
#include "tests/fuzz/fuzz.h"

void fuzz_config(const uint8_t *data, size_t size)
{
    enum { SELDOM = 16 };
    struct config *c = NULL, *again = NULL;
    struct error e = {{0}};
    const enum status s = config_load_text("study.yaml", (const char *)data, size, NULL, 0, &c, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    if (s)
        return;
    fuzz_require(c->n_schemes && c->n_inputs && c->name, "a study has schemes, inputs and a name");
    if (fuzz_seldom(data, size, SELDOM)) {
        fuzz_require(!config_load_text("study.yaml", c->source, size, NULL, 0, &again, &e),
                     "what loaded loads");
        fuzz_require(!strcmp(c->sha256, again->sha256), "equal files are equal studies");
        config_free(again);
    }
    config_free(c);
}

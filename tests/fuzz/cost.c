/* Lists of cost texts: each text of a request parses to itself, and its model answers or says why not. */
#include "sim/cost/cost.h"

#include <stdlib.h>
#include <string.h>

#include "experiments/cost_page.h"
#include "sim/mac.h"
#include "sim/scheme.h"
#include "tests/fuzz/fuzz.h"

enum { SUBJECTS = 4 };

struct subject {
    struct quant_spec spec, weight;
    struct mac_spec mac;
    struct cost_operand operand[2];
    struct cost_input in;
};

/* A tensor, a site under one scheme, a site under two, a site with a unit's MAC. */
static const struct subject *subjects(void)
{
    static struct subject all[SUBJECTS];
    static const char *const schemes[SUBJECTS] = {"int8,per=channel", "mxfp4", "e4m3", "nvfp4"};
    static const char *const weights[SUBJECTS] = {NULL, NULL, "int4,block=32", NULL};
    static const char *const macs[SUBJECTS] = {NULL, "sequential,acc=fp32", NULL, "h100_wgmma_fp8"};
    enum { ELEMENTS = 64, SCALES = 2 };
    struct error e = {{0}};
    for (size_t i = 0; i < SUBJECTS && !all[i].in.spec; i++) {
        struct subject *s = &all[i];
        fuzz_require(!scheme_parse(schemes[i], &s->spec, &e), "a scheme");
        fuzz_require(!weights[i] || !scheme_parse(weights[i], &s->weight, &e), "a scheme");
        fuzz_require(!macs[i] || !mac_parse(macs[i], &s->mac, &e), "a MAC");
        s->in = (struct cost_input){.spec = &s->spec,
                                    .weight = weights[i] ? &s->weight : NULL,
                                    .mac = macs[i] ? &s->mac : NULL,
                                    .scope = weights[i] ? COST_PAIR : COST_SCHEME,
                                    .elements = ELEMENTS,
                                    .stored = ELEMENTS,
                                    .scales = SCALES,
                                    .bit_operations = i ? ELEMENTS * ELEMENTS : 0,
                                    .operand = i ? s->operand : NULL};
        for (size_t k = 0; k < 2; k++)
            s->operand[k] = (struct cost_operand){ELEMENTS, cost_bits(&s->in)};
    }
    return all;
}

static void ask(const struct cost_request *r, const struct subject *subject)
{
    struct cost_request again;
    struct cost_value v[COST_MAX_VALUES];
    struct error e = {{0}}, why = {{0}};
    int n = 0;
    fuzz_require(!cost_parse(r->text, &again, &e), "the text of a request parses");
    fuzz_require(!strcmp(again.text, r->text), "the text of a request is a fixed point");
    const enum status s = cost_of(r, &subject->in, v, &n, &why);
    fuzz_require(!s == !*why.text, "a message for a failure alone");
    fuzz_require(n >= 0 && n <= COST_MAX_VALUES, "as many values as there is room for");
}

void fuzz_cost(const uint8_t *data, size_t size)
{
    struct cost_request *requests = NULL;
    size_t n = 0;
    struct error e = {{0}};
    char *text = fuzz_text(data, size);
    const enum status s = cost_models_read(text, &requests, &n, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    for (size_t i = 0; i < n; i++)
        ask(&requests[i], &subjects()[size % SUBJECTS]);
    free(requests);
    free(text);
}

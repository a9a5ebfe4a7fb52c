/* Attention against what a network recorded of its own. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/attention.h"
#include "formats/number.h"
#include "sim/dump/dump.h"

static const float *tensor(struct dump *d, const char *name, size_t *n)
{
    struct error e = {{0}};
    for (size_t i = 0; i < dump_count(d); i++) {
        const struct tensor_view *t;
        if (strcmp(dump_tensor(d, i)->name, name) != 0)
            continue;
        assert_int_equal(dump_load(d, i, &t, &e), STATUS_OK);
        *n = tensor_count(t);
        float *x = malloc(*n * sizeof *x);
        assert_non_null(x);
        tensor_read_f32(t, 0, *n, x);
        dump_unload(d, i);
        return x;
    }
    fail_msg("no %s", name);
    return NULL;
}

/* What a network recorded in binary32: k_cache is k.output turned, o.input the output, probs the
 * probabilities. */
static void bundled(void **state)
{
    (void)state;
    enum { TOKENS = 96, HEADS = 4, KV = 2, DIM = 32 };
    static const struct attention_shape s = {TOKENS, TOKENS, HEADS, KV, DIM};
    struct dump *d;
    struct error e = {{0}};
    struct dump_hint none = {.has_dtype = false};
    assert_int_equal(dump_open("experiments/dumps/tinylm.safetensors", &none, &d, &e), STATUS_OK);
    size_t other_bits = 0, total = 0;
    double worst = 0, worst_p = 0;
    for (int layer = 0; layer < (WATCHED ? 1 : 5); layer++) {
        static const char *const names[] = {"q.output", "k.output", "k_cache", "v_cache", "o.input", "probs"};
        float *x[6];
        size_t n[6];
        for (int i = 0; i < 6; i++) {
            char name[64];
            snprintf(name, sizeof name, "layers.%d.attn.%s", layer, names[i]);
            x[i] = (float *)tensor(d, name, &n[i]);
        }
        attention_rotate(TOKENS, KV, DIM, 10000, 0, x[1]);
        for (size_t i = 0; i < n[2]; i++, total++)
            other_bits += bits_from_f32(x[1][i]) != bits_from_f32(x[2][i]);
        attention_rotate(TOKENS, HEADS, DIM, 10000, 0, x[0]);
        double row[TOKENS];
        float *y = malloc(n[4] * sizeof *y);
        assert_non_null(y);
        attention_reference(&s, x[0], x[2], x[3], row, y);
        double square = 0, off = 0;
        for (size_t i = 0; i < n[4]; i++) {
            square += (double)x[4][i] * (double)x[4][i];
            off = fmax(off, fabs((double)x[4][i] - (double)y[i]));
        }
        worst = fmax(worst, off / sqrt(square / (double)n[4]));
        for (size_t i = 0; i < HEADS * TOKENS; i++) {
            const size_t h = i / TOKENS, t = i % TOKENS;
            for (size_t j = 0; j <= t; j++) {
                row[j] = 0;
                for (size_t c = 0; c < DIM; c++)
                    row[j] += (double)x[0][(t * HEADS + h) * DIM + c] *
                              (double)x[2][(j * KV + h / (HEADS / KV)) * DIM + c];
            }
            attention_softmax(t + 1, DIM, row);
            for (size_t j = 0; j <= t; j++)
                worst_p = fmax(worst_p, fabs(row[j] - (double)x[5][i * TOKENS + j]));
        }
        for (int i = 0; i < 6; i++)
            free(x[i]);
        free(y);
    }
    dump_close(d);
    printf("# covered recorded attention: %zu of %zu turned keys have other bits; output within %.2g of its "
           "rms, probabilities within %.2g\n",
           other_bits, total, worst, worst_p);
    assert_int_equal(other_bits, 0);
    assert_true(worst < 1e-5 && worst_p < 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bundled)};
    return cmocka_run_group_tests_name("attention_recorded", tests, NULL, NULL);
}

/* The library from another program: quantize a row, look at its codes, multiply two rows as a matrix unit
 * does.
 *
 *     cc -std=c11 example.c $(pkg-config --cflags --libs --static bitsweep) -o example */
#include <math.h>
#include <stdio.h>

#include "formats/format.h"
#include "sim/arith/dot.h"
#include "sim/mac.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"

enum { N = 32 };

static int fails(const struct error *e)
{
    fprintf(stderr, "example: %s\n", e->text);
    return 1;
}

int main(void)
{
    struct error e = {{0}};
    float x[N], y[N];
    uint32_t codes[N], scales[1];
    for (int i = 0; i < N; i++)
        x[i] = (float)(i * i % 23 - 11) / 7;

    struct quant_spec scheme;
    if (scheme_parse("mxfp4", &scheme, &e))
        return fails(&e);
    struct quant_input in = {.x = x, .rank = 1, .shape = {N}};
    struct quant_output out = {.values = y, .codes = codes, .scales = scales};
    struct quant_stats stats;
    if (quantize(&scheme, &in, &out, &stats, &e))
        return fails(&e);

    double signal = 0, noise = 0;
    for (int i = 0; i < N; i++) {
        signal += (double)x[i] * x[i];
        noise += ((double)y[i] - x[i]) * ((double)y[i] - x[i]);
    }
    printf("mxfp4: scale %g, first codes %x %x %x %x, %llu saturated, SQNR %.2f dB\n",
           format_value(&scheme.scaling.scale, scales[0]), codes[0], codes[1], codes[2], codes[3],
           (unsigned long long)stats.saturated, 10 * log10(signal / noise));

    /* The same numbers as E4M3 codes, and their sum of squares on a matrix unit of an H100. */
    const struct format *e4m3 = format_find("e4m3");
    const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_SATURATE};
    for (int i = 0; i < N; i++)
        codes[i] = format_round(e4m3, number_from_f32(x[i]), &nearest, 0).code;
    struct mac_spec mac;
    if (mac_parse("h100_wgmma_fp8", &mac, &e))
        return fails(&e);
    struct dot_input dot = {.a = {e4m3, codes, NULL}, .b = {e4m3, codes, NULL}, .n = N};
    if (dot_input_problem(&mac, &dot)) {
        fprintf(stderr, "example: %s\n", dot_input_problem(&mac, &dot));
        return 1;
    }
    printf("h100_wgmma_fp8: %.9g\n", format_value(&mac.out, dot_product(&mac, &dot, NULL)));
    return 0;
}

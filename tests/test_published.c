/* Signal-to-noise ratios of published schemes on i.i.d. data, known to .02 dB from independent programs
 * written from the definitions at 2^24 values. Here 2^20 values: the sampling error of a ratio is below .02
 * dB, so .04 is allowed; under sanitizers a sixteenth of the values, and four times the room. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>

#include "tests/sample.h"

enum { ROWS = WATCHED ? 256 : 4096, COLUMNS = 256 };

struct expectation {
    const char *scheme;
    double gaussian, laplace, student5, uniform; /* dB; 0 = not known */
};

static const struct expectation expectations[] = {
    {"mxfp8_e4m3", 30.64, 29.99, 0, 0},
    {"mxfp8_e4m3,scale_rule=rceil", 31.52, 31.53, 0, 0},
    {"mxfp8_e4m3,scale_rule=even", 31.18, 30.82, 0, 0},
    {"mxfp8_e5m2", 25.36, 0, 0, 0},
    {"mxfp8_e5m2,scale_rule=rceil", 25.54, 0, 0, 0},
    {"mxfp8_e5m2,scale_rule=even", 25.54, 0, 0, 0},
    {"mxfp6_e3m2", 25.36, 0, 0, 0},
    {"mxfp6_e3m2,scale_rule=rceil", 25.54, 0, 0, 0},
    {"mxfp6_e3m2,scale_rule=even", 25.54, 0, 0, 0},
    {"mxfp6_e2m3", 30.94, 30.28, 0, 0},
    {"mxfp6_e2m3,scale_rule=rceil", 30.96, 30.23, 0, 0},
    {"mxfp6_e2m3,scale_rule=even", 30.99, 30.33, 0, 0},
    {"mxfp4", 18.79, 17.94, 0, 0},
    {"mxfp4,scale_rule=rceil", 18.76, 17.58, 0, 0},
    {"mxfp4,scale_rule=even", 19.03, 18.14, 0, 0},
    {"mxint8-sym", 41.67, 40.00, 0, 0},
    {"mxint8-sym,scale_rule=rceil", 41.61, 39.93, 0, 0},
    {"int6,fraction=4,block=32,scale=e8m0", 29.62, 27.96, 0, 0},
    {"int6,fraction=4,block=32,scale=e8m0,scale_rule=rceil", 29.43, 27.68, 0, 0},
    {"int4,fraction=2,block=32,scale=e8m0", 17.56, 16.01, 0, 0},
    {"int4,fraction=2,block=32,scale=e8m0,scale_rule=rceil", 16.85, 14.90, 0, 0},
    {"nvfp4", 20.44, 0, 20.69, 19.86},
    {"e2m1,block=16", 20.53, 0, 0, 0},
    {"int4,block=16", 21.40, 0, 0, 0},
    {"e2m1,block=128", 19.27, 0, 0, 0},
    {"int4,block=128", 18.62, 0, 0, 0},
    {"nvint4", 21.28, 0, 19.83, 23.58},
};

static void against(const char *distribution, double parameter, size_t column)
{
    struct sample s = sample_draw(distribution, parameter, ROWS, COLUMNS);
    size_t compared = 0;
    double worst = 0;
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        const struct expectation *x_i = &expectations[i];
        double want = (const double[]){x_i->gaussian, x_i->laplace, x_i->student5, x_i->uniform}[column];
        if (want == 0)
            continue;
        double got = sample_sqnr(&s, x_i->scheme);
        worst = fmax(worst, fabs(got - want));
        compared++;
        /* heavy tails move the mean square itself: Student-t with 5 degrees needs more room */
        if (fabs(got - want) > (column == 2 ? 0.12 : 0.04) * (WATCHED ? 4 : 1))
            fail_msg("%s on %s: %.3f dB, published %.2f", x_i->scheme, distribution, got, want);
    }
    printf("# covered published SQNR: %s, %zu schemes, largest difference %.3f dB\n", distribution, compared,
           worst);
    sample_free(&s);
}

static void gaussian(void **state)
{
    (void)state;
    against("gaussian", (double)NAN, 0);
}

static void laplace(void **state)
{
    (void)state;
    against("laplace", (double)NAN, 1);
}

static void student(void **state)
{
    (void)state;
    against("student-t", 5, 2);
}

static void uniform(void **state)
{
    (void)state;
    against("uniform", (double)NAN, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian),
        cmocka_unit_test(laplace),
        cmocka_unit_test(student),
        cmocka_unit_test(uniform),
    };
    return cmocka_run_group_tests_name("published", tests, NULL, NULL);
}

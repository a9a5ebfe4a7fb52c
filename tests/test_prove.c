/* The proof itself: it passes what is right, covers every dimension, and finds encoders that are wrong in one
 * place. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/proof/made_up.h"
#include "sim/proof/prove.h"

static char last[512];

static void remember(void *context, const struct format *f, const struct rounding *r, const char *text)
{
    (void)context;
    (void)f;
    (void)r;
    snprintf(last, sizeof last, "%s", text);
}

/* Failures of the whole proof of a format. */
static uint64_t prove(const struct format *f, int mode, struct prove_coverage *covered)
{
    struct prover p = {.mode = mode, .seed = 5, .failed = remember};
    struct proof proof;
    *last = '\0';
    prover_open(&p);
    proof_open(&proof, f, 8);
    prove_specials(&p, &proof);
    uint64_t step = f->bits > 8 ? proof.gaps / 5 | 1 : 1;
    for (uint64_t gap = 0; gap < proof.gaps; gap += step)
        prove_gap(&p, &proof, gap);
    proof_close(&proof);
    prover_close(&p);
    prove_coverage_add(covered, &p.covered);
    return p.failures;
}

static void right_ones_pass(void **state)
{
    (void)state;
    static const char *const names[] = {"e2m1", "e3m0",   "int4", "posit4",        "takum_log4",   "lns1f1",
                                        "nf4",  "binary", "s3",   "log2_softmax4", "p3109_k4p2ue", "e8m0",
                                        "hif8", "fp16",   "tf32", "posit32",       "takum_lin16",  "lns5f10"};
    struct prove_coverage covered = {.inputs = 0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct format f;
        assert_true(format_by_name(names[i], &f, NULL));
        if (WATCHED && f.bits > 5)
            continue;
        if (prove(&f, -1, &covered))
            fail_msg("%s", last);
    }
    for (size_t i = 0; i < (WATCHED ? 2 : made_up_count); i++) {
        struct format f = made_up_format(i);
        if (prove(&f, -1, &covered))
            fail_msg("%s", last);
    }
    size_t missing = prove_coverage_print(&covered, stdout);
    assert_int_equal(missing, WATCHED ? 1 : 0); /* hif8 takes too long there */
    struct prove_coverage narrow = {.inputs = 0};
    assert_int_equal(prove(format_find("e2m1"), ROUND_RUP, &narrow), 0);
    assert_true(narrow.count[PROVE_MODE][ROUND_RUP] > 0 && narrow.count[PROVE_MODE][ROUND_RNE] == 0);
}

/* --- E2M1, wrong in one place --- */

static int fault;
enum {
    NO_FAULT,
    TIE,
    DIRECTED,
    STOCHASTIC,
    STOCHASTIC_MAX,
    KEEP_INF,
    NAN_POLICY,
    NEG_ZERO,
    NEGATIVE,
    NEIGHBOUR,
    ORDER,
    FAULTS
};

static bool is(struct number x, double value)
{
    return number_to_f64(x) == value;
}

static struct encoded wrong_encode(const struct format *f, struct number x, const struct rounding *r,
                                   uint32_t random)
{
    struct rounding other = *r;
    struct encoded e = family_float.encode(f, x, r, random);
    switch (fault) {
    case TIE: /* at 5/2, to nearest even alone */
        if (r->mode == ROUND_RNE && is(x, 2.5))
            e.code++;
        break;
    case DIRECTED:
        if (r->mode == ROUND_RUP && x.class == NUMBER_FINITE && x.negative && is(x, -3.5))
            e.code++;
        break;
    case STOCHASTIC: /* B without its half */
        if (r->mode == ROUND_SR && r->sr_kind == SR_B)
            other.sr_kind = SR_A;
        return family_float.encode(f, x, &other, random);
    case STOCHASTIC_MAX: /* > for >= */
        return family_float.encode(f, x, r,
                                   r->mode == ROUND_SR && random == UINT32_MAX ? random - 512 : random);
    case KEEP_INF:
        if (r->overflow == OVERFLOW_SATURATE_KEEP_INF && x.class == NUMBER_INF)
            e.code = 0;
        break;
    case NAN_POLICY:
        if (x.class == NUMBER_NAN && r->nan == NAN_TO_MAX)
            e.code = 0;
        break;
    case NEG_ZERO:
        if (x.class == NUMBER_ZERO)
            e.code = 0;
        break;
    case NEGATIVE:
        if (x.class == NUMBER_FINITE && x.negative && is(x, -6))
            e.code &= 7;
        break;
    case NEIGHBOUR: /* one binary32 step beyond 1 */
        if (r->mode == ROUND_RAZ && is(x, 0x1.000002p0))
            e.code--;
        break;
    case ORDER: /* anything from 3 to 4, without its ends */
        if (r->mode == ROUND_RTZ && x.class == NUMBER_FINITE && !x.negative && number_to_f64(x) > 3.3 &&
            number_to_f64(x) < 3.4999)
            e.code = 0;
        break;
    default:
        break;
    }
    return e;
}

static void wrong_ones_are_found(void **state)
{
    (void)state;
    static struct format_family family;
    family = family_float;
    family.encode = wrong_encode;
    struct format f = *format_find("e2m1");
    f.family = &family;
    struct prove_coverage covered = {.inputs = 0};
    for (fault = 0; fault < FAULTS; fault++) {
        uint64_t failures = prove(&f, -1, &covered);
        if ((failures > 0) != (fault != NO_FAULT))
            fail_msg("fault %d: %llu failures", fault, (unsigned long long)failures);
        if (fault == TIE && !strstr(last, "e2m1 round=rne"))
            fail_msg("%s", last);
    }
    printf("# covered wrong encoders: %d, all found\n", FAULTS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_ones_pass),
        cmocka_unit_test(wrong_ones_are_found),
    };
    return cmocka_run_group_tests_name("prove", tests, NULL, NULL);
}

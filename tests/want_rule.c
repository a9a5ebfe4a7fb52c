/* From a largest magnitude to a scale: the rules. */
#include <stdlib.h>
#include <string.h>

#include "tests/want.h"

/* Of elements in the highest binade; of integers and other families, what a sign and a one leave. */
static int fraction_bits(const struct format *f)
{
    return f->family == &family_float ? f->precision - 1 : f->bits < 2 ? 0 : f->bits - 2;
}

bool scaling_threshold(mpfr_ptr out, const char *name, const struct format *element, mpfr_srcptr top,
                       bool *strict)
{
    mpfr_exp_t emax = mpfr_get_exp(top) - 1;
    int m = fraction_bits(element);
    *strict = true;
    if (strcmp(name, "floor") == 0 || strcmp(name, "four-thirds") == 0)
        mpfr_set_ui_2exp(out, 1, emax + 1, MPFR_RNDN);
    else if (strcmp(name, "even") == 0 || strcmp(name, "even-m1") == 0) {
        if (strcmp(name, "even-m1") == 0)
            m = 1;
        mpfr_set_ui_2exp(out, (4ul << m) - 1, emax - m - 1, MPFR_RNDN); /* (2 - 2^-(m+1)) * 2^emax */
    } else if (strcmp(name, "round") == 0) {
        mpfr_sqrt_ui(out, 2, MPFR_RNDN);
        mpfr_mul(out, out, top, MPFR_RNDN);
    } else {
        *strict = false;
        if (strcmp(name, "ceil-exp") == 0)
            mpfr_set_ui_2exp(out, 1, emax, MPFR_RNDN);
        else if (strcmp(name, "rceil") == 0)
            mpfr_set(out, top, MPFR_RNDN);
        else if (strcmp(name, "midmax") == 0) {
            mpfr_set_ui_2exp(out, 1, emax + 1, MPFR_RNDN);
            mpfr_add(out, out, top, MPFR_RNDN);
            mpfr_div_2ui(out, out, 1, MPFR_RNDN);
        } else
            return false;
    }
    return true;
}

/* The least power of two 2^k with a < threshold * 2^k, or <= if not strict. */
static void least_power(mpfr_ptr out, mpfr_srcptr a, mpfr_ptr threshold, bool strict)
{
    mpfr_exp_t k = mpfr_get_exp(a) - mpfr_get_exp(threshold) - 2;
    mpfr_mul_2si(threshold, threshold, k, MPFR_RNDN);
    while (strict ? mpfr_cmp(a, threshold) >= 0 : mpfr_cmp(a, threshold) > 0) {
        mpfr_mul_2ui(threshold, threshold, 1, MPFR_RNDN);
        k++;
    }
    mpfr_set_ui_2exp(out, 1, k, MPFR_RNDN);
}

/* v and its logarithm, rounded into the format of scale_log2=; then 2 to the integer that the rule wants. */
static void power_by_logarithm(struct run *r, mpfr_ptr v, mpfr_rnd_t to_integer)
{
    static const char *const names[LOG2_KINDS] = {
        [LOG2_FP32] = "fp32", [LOG2_BF16] = "bf16", [LOG2_FP16] = "fp16"};
    const struct format *f = format_find(names[r->q->scaling.log2]);
    const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    uint32_t code = want_encode(&r->c, f, v, &nearest, 0);
    want_decode(v, f, code);
    if (!mpfr_regular_p(v))
        return;
    mpfr_t log;
    mpfr_init2(log, f->precision); /* far from the ends of the format */
    mpfr_log2(log, v, MPFR_RNDN);
    if (to_integer == MPFR_RNDN) /* ties to even */
        mpfr_rint_roundeven(log, log, MPFR_RNDN);
    else
        mpfr_rint(log, log, to_integer);
    mpfr_set_ui_2exp(v, 1, mpfr_get_si(log, MPFR_RNDN), MPFR_RNDN);
    mpfr_clear(log);
}

bool want_is_rule(const struct scaling *s, const char *name)
{
    return strcmp(s->rule->name, name) == 0;
}

/* a > 0, in place. */
void want_by_rule(struct run *r, const struct way *w, mpfr_ptr a)
{
    const struct scaling *s = &r->q->scaling;
    bool strict;
    mpfr_t top, threshold;
    mpfr_inits2(ORACLE_PRECISION, top, threshold, (mpfr_ptr)0);
    want_largest(top, w->element);
    if (w->peak > 0)
        mpfr_set_flt(top, w->peak, MPFR_RNDN);
    if (want_is_rule(s, "absmax"))
        mpfr_div(a, a, top, MPFR_RNDN);
    else if (want_is_rule(s, "static"))
        mpfr_set_flt(a, s->scale_value, MPFR_RNDN);
    else if (want_is_rule(s, "none"))
        mpfr_set_ui(a, 1, MPFR_RNDN);
    else if (want_is_rule(s, "all-ones")) {
        int m = fraction_bits(w->element);
        mpfr_exp_t emax = mpfr_get_exp(top) - 1;
        mpfr_set_ui_2exp(top, (2ul << m) - 1, emax - m, MPFR_RNDN); /* (2 - 2^-m) * 2^emax */
        mpfr_div(a, a, top, MPFR_RNDN);
    } else if (s->log2 != LOG2_EXACT) {
        bool of_amax =
            want_is_rule(s, "floor") || want_is_rule(s, "four-thirds") || want_is_rule(s, "ceil-exp");
        bool up = want_is_rule(s, "ceil-exp") || want_is_rule(s, "rceil");
        if (!of_amax)
            mpfr_div(a, a, top, MPFR_RNDN);
        power_by_logarithm(r, a, want_is_rule(s, "round") ? MPFR_RNDN : up ? MPFR_RNDU : MPFR_RNDD);
        if (of_amax)
            mpfr_div_2si(a, a, mpfr_get_exp(top) - 1, MPFR_RNDN);
    } else if (want_is_rule(s, "rceil-f32")) {
        mpfr_ui_div(top, 1, top, MPFR_RNDN);
        float v = want_f32(&r->c, a) * want_f32(&r->c, top);
        if (isfinite(v)) {
            mpfr_set_flt(a, v > 0 ? v : 0x1p-149f, MPFR_RNDN);
            mpfr_set_ui(threshold, 1, MPFR_RNDN);
            mpfr_set(top, a, MPFR_RNDN);
            least_power(a, top, threshold, false);
        } else
            mpfr_set_inf(a, 1);
    } else if (want_is_rule(s, "even-f32")) {
        mpfr_exp_t emax = mpfr_get_exp(top) - 1;
        mpfr_set_ui_2exp(threshold, (4ul << fraction_bits(w->element)) - 1,
                         emax - fraction_bits(w->element) - 1, MPFR_RNDN);
        mpfr_set(top, a, MPFR_RNDN);
        least_power(a, top, threshold, true);
        if (mpfr_get_exp(a) - 1 + emax >= 128)
            mpfr_set_inf(a, 1);
    } else if (scaling_threshold(threshold, s->rule->name, w->element, top, &strict)) {
        mpfr_set(top, a, MPFR_RNDN);
        least_power(a, top, threshold, strict);
    } else
        abort();
    mpfr_clears(top, threshold, (mpfr_ptr)0);
}

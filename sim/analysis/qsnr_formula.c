#include "sim/analysis/qsnr_formula.h"

#include <math.h>

#include "sim/quant/theory.h"

struct qsnr_setting qsnr_setting(const struct analysis_request *r)
{
    const double steps = analysis_number(r, "steps");
    return (struct qsnr_setting){.rho = analysis_number(r, "rho"),
                                 .block = analysis_number(r, "block"),
                                 .steps = steps > 1   ? QSNR_LARGEST
                                          : steps > 0 ? QSNR_POWER
                                                      : QSNR_PRINTED};
}

const char *qsnr_refuses(const struct format *f)
{
    const bool is_float = f->family == &family_float && f->exponent_bits > 0;
    if (f->is_unsigned || (!is_float && f->family != &family_int))
        return "is no signed integer and no signed float with an exponent field";
    return !is_float && f->bits < 2 ? "has no magnitude" : NULL;
}

static double power_of_two(double n)
{
    return ldexp(1, (int)n);
}

static double of_integer(const struct format *f, const struct qsnr_setting *s, double crest)
{
    const double largest = power_of_two(f->bits - 1) - (s->steps == QSNR_LARGEST);
    const double most =
        s->steps == QSNR_PRINTED ? 4.78 + 6.02 * f->bits : analysis_decibels(12 * largest * largest);
    const double exact = s->block > 1 ? s->block / (s->block - 1) : 1;
    return most - 2 * analysis_decibels(s->rho) - 2 * analysis_decibels(crest) + analysis_decibels(exact);
}

/* 1 - Phi(t). */
static double beyond(double t)
{
    return density_moment(&density_gaussian, t, (double)INFINITY, 0);
}

/* Noise over signal: of normal numbers, whose error is uniform in each binade, of subnormal ones, and of what
 * becomes zero. t1 is the least normal number and t0 half the least subnormal one, in rms. */
static double of_float(const struct format *f, const struct qsnr_setting *s, double crest)
{
    const double m = f->precision - 1, b = f->bias, most = number_to_f64(format_max(f));
    const double unit = s->rho * crest / most;
    const double t1 = unit * power_of_two(1 - b), t0 = unit * power_of_two(-b - m);
    const double step = unit * power_of_two(1 - b - m);
    double normal = 2 * (t1 * density_gaussian.pdf(t1) + beyond(t1));
    if (s->block > 0) {
        normal -= crest * crest / s->block;
        normal = normal > 0 ? normal : 0;
    }
    const double subnormal = 2 * density_moment(&density_gaussian, t0, t1 - t0, 0);
    const double zero = 2 * density_moment(&density_gaussian, 0, t0, 0) - 2 * t0 * density_gaussian.pdf(t0);
    return -analysis_decibels(normal / (24 * power_of_two(2 * m)) + step * step / 12 * subnormal + zero);
}

double qsnr_of(const struct format *f, const struct qsnr_setting *s, double crest)
{
    return f->family == &family_int ? of_integer(f, s, crest) : of_float(f, s, crest);
}

double qsnr_plateau(const struct format *f)
{
    return analysis_decibels(24 * power_of_two(2 * (f->precision - 1)));
}

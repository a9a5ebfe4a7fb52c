#include "sim/proof/prove.h"

#include <math.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/proof/prove_parts.h"

static const int sr_bits[SR_WIDTHS] = {0, 1, 3, 8, 23};

/* --- one input --- */

void prover_open(struct prover *p)
{
    memset(&p->covered, 0, sizeof p->covered);
    p->failures = 0;
    oracle_case_init(&p->number);
    ladder_case_init(&p->ladder);
    mpfr_init2(p->x, 80);
}

void prover_close(struct prover *p)
{
    mpfr_free_cache();
    oracle_case_clear(&p->number);
    ladder_case_clear(&p->ladder);
    mpfr_clear(p->x);
}

static void fail_case(struct prover *p, const struct format *f, const struct rounding *r, struct number x,
                      uint32_t random, struct encoded got, uint32_t want, uint32_t want_events)
{
    char text[512];
    snprintf(text, sizeof text,
             "%s round=%s carry=%s half=%s overflow=%s nan=%s neg_zero=%s ftz=%d sr_kind=%s sr_bits=%d: "
             "input %a, random "
             "0x%08x: got "
             "0x%x (%a) events 0x%x, MPFR says 0x%x (%a) events 0x%x",
             f->name, round_mode_names[r->mode], carry_mode_names[r->carry],
             prove_member_name(PROVE_HALF, r->half_f32), overflow_mode_names[r->overflow],
             nan_mode_names[r->nan], neg_zero_mode_names[r->neg_zero], r->ftz, sr_kind_names[r->sr_kind],
             r->sr_bits, number_to_f64(x), random, got.code, format_value(f, got.code), got.events, want,
             format_value(f, want), want_events);
    p->failures++;
    p->failed(p->context, f, r, text);
}

/* An input on its way: what MPFR made of it. */
struct input {
    const struct proof *proof;
    struct number x;
    bool finite;
    uint32_t unsure; /* events that the ladder's oracle leaves open */
};

static bool is_ladder(const struct format *f)
{
    return f->family->ladder != NULL;
}

static void count_side(struct prover *p, bool exact, int side)
{
    p->covered.count[PROVE_SIDE][exact ? SIDE_EXACT : side ? SIDE_BETWEEN : SIDE_TIE]++;
}

/* Returns false if the input lies outside the rungs of a window. */
static bool set_input(struct prover *p, struct input *in, const struct proof *proof, struct number x)
{
    const struct format *f = proof->f;
    *in = (struct input){.proof = proof, .x = x, .finite = x.class == NUMBER_FINITE};
    if (!in->finite)
        return true;
    mpfr_set_ui_2exp(p->x, x.significand, x.exponent, MPFR_RNDN);
    if (x.negative)
        mpfr_neg(p->x, p->x, MPFR_RNDN);
    if (!is_ladder(f)) {
        oracle_case_set(&p->number, f, p->x);
        count_side(p, p->number.exact, p->number.side);
        return true;
    }
    if (!ladder_case_set(&p->ladder, &proof->rungs, p->x))
        return false;
    in->unsure = !p->ladder.exact && p->ladder.near_unsure ? EVENT_NEAR_TIE : 0;
    count_side(p, p->ladder.exact, p->ladder.side);
    return true;
}

static void count_rounding(struct prover *p, const struct rounding *r, size_t width, uint32_t random)
{
    uint64_t(*count)[PROVE_MEMBERS] = p->covered.count;
    p->covered.conversions++;
    count[PROVE_MODE][r->mode]++;
    count[PROVE_HALF][r->half_f32]++;
    count[PROVE_CARRY][r->carry]++;
    count[PROVE_OVERFLOW][r->overflow]++;
    count[PROVE_NAN][r->nan]++;
    count[PROVE_NEG_ZERO][r->neg_zero]++;
    count[PROVE_FTZ][r->ftz]++;
    if (r->mode != ROUND_SR)
        return;
    count[PROVE_SR_KIND][r->sr_kind]++;
    count[PROVE_SR_BITS][width]++;
    count[PROVE_RANDOM][random == 0 ? WORD_ZERO : random == UINT32_MAX ? WORD_MAX : WORD_OTHER]++;
}

/* Under every policy: a finite value never meets that of NaN, and ladders have neither -0 nor normals; those
 * take turns. So does overflow= inside the range of ladders of more than 12 bits: their encoder reads it
 * outside only. */
static void try_policies(struct prover *p, const struct input *in, struct rounding r, size_t width,
                         uint32_t random)
{
    const struct format *f = in->proof->f;
    bool outside = p->ladder.above || p->ladder.below; /* elsewhere overflow= does not reach MPFR's answer */
    bool ladder = is_ladder(f), up = in->finite && !ladder && oracle_rounds_up(&p->number, &r, random);
    uint32_t turn = (uint32_t)p->covered.inputs + (uint32_t)r.mode;
    uint32_t policy_turn = turn + (uint32_t)width + random % 7;
    int rest = ladder ? 1 : NEG_ZERO_MODES * 2, nans = in->finite ? 1 : NAN_MODES;
    struct ladder_want want = {0};
    bool inside = ladder && in->finite && !outside, in_turn = inside && f->bits > 12;
    if (inside)
        want = ladder_case_encode(&p->ladder, &r, random);
    for (int overflow = 0; overflow < OVERFLOW_MODES; overflow++) {
        if (in_turn && (uint32_t)overflow != policy_turn % OVERFLOW_MODES)
            continue;
        r.overflow = (enum overflow_mode)overflow;
        if (ladder && in->finite && outside)
            want = ladder_case_encode(&p->ladder, &r, random);
        for (int k = 0; k < rest * nans; k++) {
            uint32_t pick = ladder ? turn++ : (uint32_t)k;
            r.neg_zero = (enum neg_zero_mode)(pick % NEG_ZERO_MODES);
            r.ftz = pick / NEG_ZERO_MODES % 2;
            r.nan = (enum nan_mode)(in->finite ? turn++ % NAN_MODES : (uint32_t)(k / rest));
            if (ladder && !in->finite)
                want = ladder_special(&in->proof->rungs, in->x.class, in->x.negative, &r, random);
            else if (!ladder)
                want.code = in->finite ? oracle_encode(&p->number, up, f, &r)
                                       : oracle_encode_special(in->x.class, in->x.negative, f, &r);
            struct encoded got = format_round(f, in->x, &r, random);
            count_rounding(p, &r, width, random);
            uint32_t wrong = ladder ? (got.events ^ want.events) & ~in->unsure : 0;
            if (got.code != want.code || wrong)
                fail_case(p, f, &r, in->x, random, got, want.code, want.events);
        }
    }
}

static uint32_t random_word(const struct prover *p, enum word word)
{
    return word == WORD_ZERO  ? 0
           : word == WORD_MAX ? UINT32_MAX
                              : rng_u32(p->seed, 41, p->covered.inputs) | 2;
}

static void try_stochastic(struct prover *p, const struct input *in)
{
    for (int kind = 0; kind < SR_KINDS; kind++)
        for (size_t width = 0; width < SR_WIDTHS; width++)
            for (int word = 0; word < WORDS; word++) {
                struct rounding r = {
                    .mode = ROUND_SR, .sr_kind = (enum sr_kind)kind, .sr_bits = sr_bits[width]};
                try_policies(p, in, r, width, random_word(p, (enum word)word));
            }
}

static bool wanted(const struct prover *p, int mode)
{
    return p->mode < 0 || p->mode == mode;
}

/* What floats and integers alone know: half a step in binary32; and lost carries, under nearest even and one
 * other mode in turn. */
static void try_peculiar(struct prover *p, const struct input *in)
{
    if (wanted(p, ROUND_RNA))
        try_policies(p, in, (struct rounding){.mode = ROUND_RNA, .half_f32 = true}, 0, 0);
    for (int carry = CARRY_ADD + 1; carry < CARRY_MODES; carry++) {
        int turn = 1 + (int)((p->covered.inputs + (uint64_t)carry) % ROUND_SR);
        const int modes[] = {ROUND_RNE, turn};
        for (size_t i = 0; i < 2; i++) {
            struct rounding r = {.mode = (enum round_mode)modes[i], .carry = (enum carry_mode)carry};
            if (wanted(p, modes[i]))
                try_policies(p, in, r, 0, modes[i] == ROUND_SR ? random_word(p, WORD_OTHER) : 0);
        }
    }
}

static void try_number(struct prover *p, const struct proof *proof, struct number x, enum point kind)
{
    struct input in;
    p->covered.inputs++;
    if (!set_input(p, &in, proof, x))
        return;
    p->covered.count[PROVE_POINT][kind]++;
    p->covered.count[PROVE_SIGN][x.negative]++;
    for (int mode = 0; mode < ROUND_SR; mode++)
        if (wanted(p, mode))
            try_policies(p, &in, (struct rounding){.mode = (enum round_mode)mode}, 0, 0);
    if (in.finite && !is_ladder(proof->f))
        try_peculiar(p, &in);
    if (wanted(p, ROUND_SR))
        try_stochastic(p, &in);
}

/* --- a gap --- */

/* Points in ascending order, of one sign where the format is no ladder. */
struct points {
    size_t n;
    struct number x[24];
    enum point kind[24];
};

static void add_point(struct points *s, struct number x, enum point kind)
{
    size_t i = s->n;
    if (x.class != NUMBER_FINITE || s->n == sizeof s->x / sizeof *s->x)
        return;
    for (; i > 0 && number_compare(x, s->x[i - 1]) <= 0; i--)
        if (number_compare(x, s->x[i - 1]) == 0)
            return;
    memmove(&s->x[i + 1], &s->x[i], (s->n - i) * sizeof *s->x);
    memmove(&s->kind[i + 1], &s->kind[i], (s->n - i) * sizeof *s->kind);
    s->x[i] = x;
    s->kind[i] = kind;
    s->n++;
}

/* x and the binary32 numbers about it, two on both sides. */
static void add_around(struct points *s, struct number x, enum point kind)
{
    if (x.class != NUMBER_FINITE)
        return;
    add_point(s, x, kind);
    int64_t u = bits_from_f32(number_to_f32(x)) & 0x7fffffff;
    for (int64_t v = u - 2; v <= u + 2; v++)
        if (v > 0 && v < 0x7f800000) {
            struct number y = number_from_f32(f32_from_bits((uint32_t)v));
            y.negative = x.negative;
            add_point(s, y, POINT_NEIGHBOUR);
        }
}

/* Somewhere between two numbers. */
static void add_between(struct points *s, struct number low, struct number high, uint32_t share)
{
    double a = number_to_f64(low), b = number_to_f64(high);
    float x = (float)(a + (b - a) * (double)share * 0x1p-32);
    if ((double)x > a && (double)x < b)
        add_point(s, number_from_f32(x), POINT_BETWEEN);
}

/* Each mode's results along the points must not fall (must not rise, of the negated points). */
static void check_order(struct prover *p, const struct format *f, const struct points *s, bool negated)
{
    for (int mode = 0; mode < ROUND_MODES; mode++) {
        struct rounding r = {.mode = (enum round_mode)mode};
        struct number before = {.class = NUMBER_NAN};
        if (!wanted(p, mode))
            continue;
        for (size_t i = 0; i < s->n; i++) {
            struct number x = s->x[i];
            x.negative ^= negated;
            uint32_t random = rng_u32(p->seed, 42, p->covered.inputs);
            struct encoded e = format_round(f, x, &r, random);
            struct number y = format_decode(f, e.code);
            y.negative ^= negated && y.class != NUMBER_NAN;
            if (y.class != NUMBER_NAN && before.class != NUMBER_NAN) {
                p->covered.count[PROVE_ORDER][mode]++;
                if (number_compare(y, before) < 0) {
                    char text[256];
                    snprintf(text, sizeof text,
                             "%s round=%s: input %a random 0x%08x: 0x%x (%a) is on the wrong side of the "
                             "result for the input before it",
                             f->name, round_mode_names[mode], number_to_f64(x), random, e.code,
                             number_to_f64(y));
                    p->failures++;
                    p->failed(p->context, f, &r, text);
                }
            }
            before = y;
        }
    }
}

/* About the change-over of each stochastic rounding between low and high, under that rounding. */
static void try_thresholds(struct prover *p, const struct proof *proof, double low, double high, bool negate)
{
    double small = fabs(low) <= fabs(high) ? low : high, large = small == low ? high : low;
    for (int kind = 0; kind < SR_EQUAL; kind++)
        for (size_t width = 0; width < SR_WIDTHS; width++)
            for (int word = 0; word < WORDS; word++) {
                struct rounding r = {
                    .mode = ROUND_SR, .sr_kind = (enum sr_kind)kind, .sr_bits = sr_bits[width]};
                uint32_t random = random_word(p, (enum word)word);
                uint64_t up;
                int n;
                bool strict;
                round_sr_threshold(&r, random, &up, &n, &strict);
                double x = small + (large - small) * ((double)up / (double)(UINT64_C(2) << n));
                struct points s = {0};
                add_around(&s, number_from_f64(x), POINT_THRESHOLD);
                for (size_t i = 0; i < s.n; i++) {
                    struct input in;
                    p->covered.inputs++;
                    s.x[i].negative ^= negate;
                    if (!set_input(p, &in, proof, s.x[i]))
                        continue;
                    p->covered.count[PROVE_POINT][POINT_THRESHOLD]++;
                    try_policies(p, &in, r, width, random);
                }
            }
}

static void try_points(struct prover *p, const struct proof *proof, const struct points *s, bool negated)
{
    for (size_t i = 0; i < s->n; i++) {
        struct number x = s->x[i];
        x.negative ^= negated;
        try_number(p, proof, x, s->kind[i]);
    }
    check_order(p, proof->f, s, negated);
}

static struct number half_of_sum(struct number a, struct number b)
{
    struct number mean = number_add(a, b);
    mean.exponent--;
    return mean;
}

/* The value, the boundary and the next value, with their neighbours and a point in each half. */
static struct points points_of(struct number low, struct number boundary, struct number high, uint32_t share)
{
    struct points s = {0};
    add_around(&s, low, POINT_VALUE);
    add_around(&s, boundary, POINT_BOUNDARY);
    add_point(&s, high, POINT_VALUE); /* its neighbours are its own gap's */
    add_between(&s, low, boundary, share);
    add_between(&s, boundary, high, share);
    return s;
}

static void number_gap(struct prover *p, const struct proof *proof, uint64_t code)
{
    const struct format *f = proof->f;
    uint64_t last = (UINT64_C(1) << (f->bits - !(f->is_unsigned && f->family == &family_float))) - 1;
    struct number low = format_decode(f, (uint32_t)code), high = format_decode(f, (uint32_t)code + 1);
    if (low.class > NUMBER_FINITE)
        return;
    bool top = code == last || high.class > NUMBER_FINITE;
    if (top && code) /* the next one of an unbounded range */
        high = number_add(low, number_add(low, number_negate(format_decode(f, (uint32_t)code - 1))));
    if (high.class != NUMBER_FINITE)
        return;
    struct points s = points_of(low, half_of_sum(low, high), high, rng_u32(p->seed, 40, code));
    if (top)
        add_around(&s, high, POINT_BOUNDARY);
    for (int negated = 0; negated < 2; negated++) {
        try_points(p, proof, &s, negated);
        if (wanted(p, ROUND_SR) && f->bits <= 16)
            try_thresholds(p, proof, number_to_f64(low), number_to_f64(high), negated);
    }
}

/* Ladders hold both signs. */
static void rung_gap(struct prover *p, const struct proof *proof, size_t i)
{
    const struct rungs *r = &proof->rungs;
    struct number low = number_from_f64(r->at[i].value);
    struct points s = {0};
    if (i + 1 < r->n) {
        mpfr_t b;
        bool just_beyond;
        mpfr_init2(b, 320);
        rungs_boundary(b, r, i, &just_beyond);
        struct number boundary = number_from_f64(mpfr_get_d(b, MPFR_RNDN));
        mpfr_clear(b);
        s = points_of(low, boundary, number_from_f64(r->at[i + 1].value), rng_u32(p->seed, 40, i));
        if (wanted(p, ROUND_SR) && proof->f->bits <= 16)
            try_thresholds(p, proof, r->at[i].value, r->at[i + 1].value, false);
    } else
        add_around(&s, low, POINT_VALUE);
    try_points(p, proof, &s, false);
}

/* Five neighbouring codes of a ladder too long to sort. Codes of posits and takums are in the order of their
 * values, but for NaR; windows of logarithmic numbers, of one sign. */
static void window_gap(struct prover *p, const struct proof *proof, uint64_t first)
{
    const struct format *f = proof->f;
    struct proof window = *proof;
    uint32_t mask = format_code_mask(f), sign = UINT32_C(1) << (f->bits - 1), codes[5];
    for (uint32_t k = 0; k < 5; k++)
        codes[k] = ((uint32_t)first + k) & mask;
    uint32_t steps = (codes[0] ^ sign >> 1) & (sign - 1);
    if (f->family == &family_lns && (steps > sign - 5 || (codes[0] & sign) != (codes[4] & sign)))
        return;
    window.rungs = rungs_of(f, codes, 5, false);
    for (size_t k = 1; window.rungs.n == 5 && k < 4; k++)
        rung_gap(p, &window, k);
    rungs_free(&window.rungs);
}

/* --- a format --- */

enum { WIDE_GAPS = 10007 }; /* of formats above 16 bits */

void proof_open(struct proof *proof, const struct format *f, int list_bits)
{
    *proof = (struct proof){.f = f, .stride = 1};
    bool one_sign = !is_ladder(f) && !(f->is_unsigned && f->family == &family_float);
    uint64_t codes = UINT64_C(1) << (f->bits - one_sign);
    proof->gaps = codes;
    if (f->bits > 16) {
        proof->stride = codes / WIDE_GAPS | 1;
        proof->gaps = codes / proof->stride;
    } else if (is_ladder(f) && (f->bits <= list_bits || f->family == &family_codebook)) {
        proof->rungs = rungs_all(f);
        proof->gaps = proof->rungs.n;
    }
}

void proof_close(struct proof *proof)
{
    if (proof->rungs.at)
        rungs_free(&proof->rungs);
}

void prove_gap(struct prover *p, const struct proof *proof, uint64_t gap)
{
    uint64_t code = gap * proof->stride;
    if (!is_ladder(proof->f))
        number_gap(p, proof, code);
    else if (proof->rungs.at)
        rung_gap(p, proof, gap);
    else
        window_gap(p, proof, code);
}

static void try_both(struct prover *p, const struct proof *proof, struct number x, enum point kind)
{
    try_number(p, proof, x, kind);
    try_number(p, proof, number_negate(x), kind);
}

void prove_specials(struct prover *p, const struct proof *proof)
{
    static const uint32_t extremes[] = {0x00000001, 0x00000002, 0x007fffff, 0x00800000,
                                        0x00800001, 0x3f800000, 0x7f7ffffe, 0x7f7fffff};
    static const uint32_t specials[] = {0x00000000, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff};
    for (size_t i = 0; i < format_family_count(); i++)
        p->covered.count[PROVE_FAMILY][i] += format_family_at(i) == proof->f->family;
    if (is_ladder(proof->f) && !proof->rungs.at)
        return; /* the windows of a long ladder know nothing of its ends */
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        try_both(p, proof, number_from_f32(f32_from_bits(specials[i])), POINT_SPECIAL);
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++)
        try_both(p, proof, number_from_f32(f32_from_bits(extremes[i])), POINT_EXTREME);
    const double top = number_to_f64(format_max(proof->f)),
                 factors[] = {0x1.1p0, 0x1.4p0, 0x1.8p0, 2, 0x1p30};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++)
        if (isfinite(top * factors[i]))
            try_both(p, proof, number_from_f64(top * factors[i]), POINT_EXTREME);
}

/* bitsweep selftest: a sample of make check-exhaustive, on the user's machine. */
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/progress.h"
#include "experiments/terminal.h"
#include "sim/base/clock.h"
#include "sim/base/hash.h"
#include "sim/base/rng.h"
#include "sim/kernels/cast.h"
#include "sim/proof/prove.h"

struct args {
    enum table_format format;
    uint64_t seconds, seed;
    bool quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->format;
        state->child_inputs[1] = &a->quiet;
        break;
    case 'n':
        a->seconds = cli_count(state, "--seconds", arg, 1000000);
        break;
    case 's':
        a->seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"seconds", 'n', "N", 0, "how long to go on (60); one round over everything is made in any case", 0},
    {"seed", 's', "N", 0, "of random inputs and of the order of codes (1)", 0},
    {0}};
static const struct argp_child children[] = {
    {&cli_format_argp, 0, NULL, 0}, {&cli_quiet_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc = "Prove this program on this machine: floating-point environment, golden pairs, random numbers and "
           "hashes, every "
           "format against GNU MPFR under every mode and policy, the fast path against the definition. Shows "
           "what was "
           "checked and how often; exit status 1 if anything fails.\v"
           "Goes over all formats again and again, each time at other codes, until the time is up.\n\n"
           "  bitsweep selftest\n"
           "  bitsweep selftest --seconds 600 --seed 2\n"};

/* One line of the result. */
struct check {
    const char *check, *what;
    uint64_t cases, failures;
};

enum { CHECKS = 16, SHOWN = 20 };

struct selftest {
    const struct cli *cli;
    struct args args;
    double started;
    bool live;
    struct check checks[CHECKS];
    size_t n;
    uint64_t shown;
};

static void result(struct selftest *t, const char *check, const char *what, uint64_t cases, uint64_t failures)
{
    t->checks[t->n++] = (struct check){check, what, cases, failures};
}

static void say(struct selftest *t, const char *text)
{
    if (t->shown++ < SHOWN)
        fprintf(stderr, "%sselftest: %s\n", t->live ? "\r\033[K" : "", text);
}

static double spent(const struct selftest *t)
{
    return clock_seconds() - t->started;
}

static bool stopped(const struct selftest *t)
{
    return t->cli->stop && *t->cli->stop;
}

/* Whether to go on until the share of the time is spent. */
static bool goes_on(const struct selftest *t, double share)
{
    static double said;
    double now = spent(t);
    if (t->live && fabs(now - said) > 0.5) {
        fprintf(stderr, "\rselftest: %.0f s of %llu s\033[K", now, (unsigned long long)t->args.seconds);
        said = now;
    }
    return !stopped(t) && now < share * (double)t->args.seconds;
}

/* --- the machine --- */

static void check_environment(struct selftest *t)
{
    volatile double least = DBL_MIN, half = 0.5, a = 1 + 0x1p-27, square = a * a, one = 1;
    volatile float leastf = FLT_MIN, tiny = 0x1p-149f;
    double fused = a * a - (1 + 0x1p-26);
    result(t, "environment", "rounding to nearest", 1, fegetround() != FE_TONEAREST);
    result(t, "environment", "ties to even", 2, (one + 0x1p-53 != 1) + (one + 0x1.8p-52 != 1 + 0x1p-51));
    result(t, "environment", "no flush to zero", 2, (least * half == 0) + ((float)half * leastf == 0));
    result(t, "environment", "subnormals are read", 1, !(tiny * 0x1p100f > 0));
    result(t, "environment", "no contraction", 2, (fused != 0) + (square != 1 + 0x1p-26));
    result(t, "environment", "FLT_EVAL_METHOD 0", 1, FLT_EVAL_METHOD != 0);
    result(t, "environment", "MPFR as it was built with", 1,
           strcmp(mpfr_get_version(), MPFR_VERSION_STRING) != 0);
}

static bool same_double(double a, double b)
{
    return isnan(a) ? isnan(b) : bits_from_f64(a) == bits_from_f64(b);
}

static void check_goldens(struct selftest *t)
{
    uint64_t cases = 0, failures = 0;
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        for (size_t g = 0; g < f->goldens; g++, cases++) {
            double got = format_value(f, f->golden[g].code);
            if (same_double(got, f->golden[g].value))
                continue;
            char text[256];
            snprintf(text, sizeof text, "%s code 0x%x: got %a, %s says %a", f->name, f->golden[g].code, got,
                     f->golden_source, f->golden[g].value);
            say(t, text);
            failures++;
        }
    }
    result(t, "golden pairs", "of every registered format", cases, failures);
}

/* Random123's kat_vectors for philox4x32 10: counter and key all ones, and all zero. FIPS 180-4: "abc", and
 * nothing. */
static void check_known_answers(struct selftest *t)
{
    static const uint32_t ones[] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                          zeros[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    uint32_t got[4];
    rng_u32x4(UINT64_MAX, UINT64_MAX, UINT64_MAX, got);
    uint64_t wrong = memcmp(got, ones, sizeof got) != 0;
    rng_u32x4(0, 0, 0, got);
    wrong += memcmp(got, zeros, sizeof got) != 0;
    result(t, "known answers", "Philox4x32-10", 2, wrong);
    char hex[HASH_HEX_SIZE];
    hash_bytes("abc", 3, hex);
    wrong = strcmp(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") != 0;
    hash_bytes("", 0, hex);
    wrong += strcmp(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") != 0;
    result(t, "known answers", "SHA-256", 2, wrong);
}

/* --- the definition --- */

static void definition_failed(void *context, const struct format *f, const struct rounding *r,
                              const char *text)
{
    (void)f;
    (void)r;
    say(context, text);
}

/* The gap of a round: all of them once in as many rounds, neighbours far apart in time. The step is next to
 * the golden section of the gaps and has no factor in common with them. */
static uint64_t gap_of(const struct proof *proof, uint64_t seed, uint64_t round)
{
    uint64_t n = proof->gaps, step = (uint64_t)(0.6180339887498949 * (double)n) | 1, a, b;
    do {
        step += 2;
        for (a = n, b = step; b;) {
            uint64_t r = a % b;
            a = b;
            b = r;
        }
    } while (a != 1);
    return (rng_u32(seed, 43, n) % n + round % n * (step % n)) % n;
}

/* Formats in turn, a gap each: over everything first, then ever denser. */
static enum status check_definition(struct selftest *t, struct prove_coverage *covered, struct error *e)
{
    enum { LIST_BITS = 10 };
    size_t n = format_count();
    struct proof *proofs = calloc(n, sizeof *proofs);
    if (!proofs)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    struct prover p = {.mode = -1, .seed = t->args.seed, .failed = definition_failed, .context = t};
    prover_open(&p);
    for (size_t i = 0; i < n && !stopped(t); i++) {
        proof_open(&proofs[i], format_at(i), LIST_BITS);
        prove_specials(&p, &proofs[i]);
    }
    for (uint64_t round = 0; !stopped(t) && (round == 0 || goes_on(t, 0.8)); round++)
        for (size_t i = 0; i < n && !stopped(t) && (round == 0 || goes_on(t, 0.8)); i++)
            if (round < proofs[i].gaps)
                prove_gap(&p, &proofs[i], gap_of(&proofs[i], t->args.seed, round));
    for (size_t i = 0; i < n; i++)
        proof_close(&proofs[i]);
    free(proofs);
    *covered = p.covered;
    prover_close(&p);
    result(t, "definition", "against MPFR", p.covered.conversions, p.failures);
    return STATUS_OK;
}

/* --- the fast path --- */

static uint64_t check_pattern(struct selftest *t, const struct format *f, const struct cast *c,
                              const struct rounding *r, uint32_t bits)
{
    struct encoded got = cast_pattern(c, bits),
                   want = format_round(f, number_from_f32(f32_from_bits(bits)), r, 0);
    if (got.code == want.code && got.events == want.events)
        return 0;
    char text[256];
    snprintf(text, sizeof text, "%s round=%s: input %a: the fast path says 0x%x, the definition 0x%x",
             f->name, round_mode_names[r->mode], (double)f32_from_bits(bits), got.code, want.code);
    say(t, text);
    return 1;
}

/* A table each round, under modes in turn; of formats above 8 bits while there is time, and of lists that
 * long none: making their tables takes seconds. */
static void check_fast_path(struct selftest *t)
{
    enum { PATTERNS = 2000 };
    uint64_t cases = 0, failures = 0, round = 0;
    do {
        for (size_t i = 0; i < format_count() && !stopped(t); i++) {
            const struct format *f = format_at(i);
            struct rounding r = {.mode = (enum round_mode)((round + i) % ROUND_SR),
                                 .overflow = (enum overflow_mode)((round + i / 2) % OVERFLOW_MODES)};
            if (f->bits > 16 || (f->bits > 8 && (f->family->ladder || !goes_on(t, 1))) ||
                (round && !goes_on(t, 1)))
                continue;
            struct cast *c = cast_open(f, &r);
            if (!c) {
                say(t, "a table of the fast path could not be made");
                failures++;
                continue;
            }
            for (uint64_t k = 0; k < PATTERNS; k++) {
                uint32_t u = rng_u32(t->args.seed, 44 + round, i * PATTERNS + k);
                uint32_t edge = c->interval[u % c->intervals].first;
                failures += check_pattern(t, f, c, &r, k % 4 == 0 ? u : edge - k % 2);
                cases++;
            }
            cast_close(c);
        }
        round++;
    } while (goes_on(t, 1));
    result(t, "fast path", "against the definition", cases, failures);
}

/* --- the report --- */

static enum status print_row(struct table *out, const char *check, const char *what, uint64_t cases,
                             struct table_value failures, struct error *e)
{
    struct table_value row[] = {table_text(check), table_text(what), table_integer((int64_t)cases), failures};
    return table_row(out, row, e);
}

static enum status print_coverage(struct table *out, const struct prove_coverage *covered, uint64_t *missing,
                                  struct error *e)
{
    enum status s = STATUS_OK;
    for (int d = 0; d < PROVE_DIMENSIONS; d++)
        for (size_t m = 0; m < prove_members((enum prove_dimension)d) && !s; m++) {
            char what[64];
            uint64_t n = covered->count[d][m];
            *missing += n == 0;
            snprintf(what, sizeof what, "%s %s", prove_dimension_name((enum prove_dimension)d),
                     prove_member_name((enum prove_dimension)d, m));
            s = print_row(out, "covered", what, n, (struct table_value){.kind = TABLE_MISSING}, e);
        }
    return s;
}

static enum status report(struct selftest *t, const struct prove_coverage *covered, struct error *e)
{
    static const char *const columns[] = {"check", "what", "cases", "failures"};
    struct table *out = NULL;
    uint64_t failures = 0, missing = 0;
    enum status s = table_open(t->args.format, stdout, columns, 4, &out, e);
    for (size_t i = 0; i < t->n && !s; i++) {
        const struct check *c = &t->checks[i];
        failures += c->failures;
        s = print_row(out, c->check, c->what, c->cases, table_integer((int64_t)c->failures), e);
    }
    if (!s)
        s = print_coverage(out, covered, &missing, e);
    s = list_end(out, s, e);
    if (s)
        return s;
    if (failures)
        return error_set(e, STATUS_DIFFERENT,
                         "selftest: %llu failures; again: bitsweep selftest --seconds %llu --seed %llu",
                         (unsigned long long)failures, (unsigned long long)t->args.seconds,
                         (unsigned long long)t->args.seed);
    if (stopped(t))
        return error_set(e, STATUS_INTERRUPTED, "selftest: stopped; no failures so far");
    if (missing)
        return error_set(e, STATUS_DIFFERENT, "selftest: %llu rows of coverage are 0",
                         (unsigned long long)missing);
    return STATUS_OK;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct selftest t = {.cli = cli, .args = {.seconds = 60, .seed = 1}};
    struct prove_coverage covered;
    cli_parse(&argp, argc, argv, &t.args);
    cli_catch_signals();
    t.started = clock_seconds();
    t.live = !t.args.quiet && terminal_rewrites(stderr);
    check_environment(&t);
    check_goldens(&t);
    check_known_answers(&t);
    enum status s = check_definition(&t, &covered, e);
    if (s)
        return s;
    check_fast_path(&t);
    if (t.live)
        fputs("\r\033[K", stderr);
    return report(&t, &covered, e);
}

const struct command command_selftest = {"selftest", "prove this program on this machine, in a minute", run,
                                         &argp};

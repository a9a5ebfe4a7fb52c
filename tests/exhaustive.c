/* make check-exhaustive: what takes too long for every build.
 *
 *   exhaustive [FORMAT-GLOB [MODE]]      a glob of the names below, or any format text
 *
 * Part one, for every registered format and formats by rule: sim/proof/prove.h. Part two, for those of at
 * most 16 bits, in the default mode or MODE: the table of the fast path (sim/kernels/cast.h) covers all 2^32
 * binary32 patterns. Of each interval the definition is asked at both ends and inside at a stride; that it is
 * constant between is the monotonicity of part one. The lookup is then made for each of the 2^32 patterns.
 * For the formats listed in `every_input` the definition itself is asked for each of the 2^32 patterns. */
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/progress.h"
#include "sim/base/clock.h"
#include "sim/base/pool.h"
#include "sim/base/rng.h"
#include "sim/kernels/cast.h"
#include "sim/proof/prove.h"
#include "sim/scheme.h"

enum { JOBS = 2, FAILURES_SHOWN = 50, INSIDE = 64 };

/* --- formats --- */

static struct format *formats;
static size_t n_formats;
static const char *glob;

static void add(const struct format *f)
{
    if (glob && fnmatch(glob, f->name, 0))
        return;
    formats = realloc(formats, (n_formats + 1) * sizeof *formats);
    formats[n_formats++] = *f;
}

static void add_text(const char *text)
{
    struct quant_spec q;
    struct error e = {0};
    if (scheme_parse(text, &q, &e)) {
        fprintf(stderr, "exhaustive: %s: %s\n", text, e.text);
        exit(2);
    }
    if (strlen(text) < sizeof q.element.name)
        snprintf(q.element.name, sizeof q.element.name, "%s", text);
    add(&q.element);
}

/* Corners of the families' rules: narrow and wide, without exponent, without fraction, every kind of special
 * codes, biases at and beyond binary32's range. */
static const char *const by_rule[] = {"e0m1",
                                      "e0m7",
                                      "e0m15",
                                      "e1m1,bias=0",
                                      "e1m3,bias=1",
                                      "e2m0",
                                      "e2m1,bias=6",
                                      "e3m3",
                                      "e4m0",
                                      "e5m0",
                                      "e4m11",
                                      "e6m9",
                                      "e7m0",
                                      "e7m8",
                                      "e8m1",
                                      "e8m3",
                                      "e10m2",
                                      "e11m2",
                                      "e11m4",
                                      "ue1m3,bias=0",
                                      "ue2m1",
                                      "ue3m2",
                                      "ue4m0",
                                      "ue5m10",
                                      "ue8m8",
                                      "e4m3,specials=ieee",
                                      "e4m3,specials=none",
                                      "e4m3,specials=fnuz",
                                      "e4m3,specials=p3109-finite",
                                      "e4m3,specials=p3109-extended",
                                      "e3m0,specials=ieee",
                                      "e3m0,specials=nan",
                                      "e3m0,specials=fnuz",
                                      "e3m2,specials=nan",
                                      "e2m3,specials=fnuz",
                                      "e5m2,subnormals=off",
                                      "e4m3,subnormals=off",
                                      "e3m2,subnormals=none",
                                      "ue4m3,subnormals=off",
                                      "ue3m2,subnormals=none",
                                      "e4m3,bias=7.3",
                                      "e2m1,bias=1.99999",
                                      "e5m2,bias=-3.000001",
                                      "e3m4,bias=100",
                                      "e4m3,bias=-100",
                                      "cfloat8_1_4_3b0",
                                      "cfloat8_1_4_3b63",
                                      "cfloat8_1_5_2b31",
                                      "cfloat16_shpb15",
                                      "int3",
                                      "int5",
                                      "int7",
                                      "int9",
                                      "int10",
                                      "int12",
                                      "int16",
                                      "int8,codes=twos",
                                      "int8,codes=signmag",
                                      "int4,codes=twos",
                                      "int2,codes=signmag",
                                      "posit2",
                                      "posit3",
                                      "posit5",
                                      "posit6es0",
                                      "posit8es0",
                                      "posit8es4",
                                      "posit10es1",
                                      "takum_lin5",
                                      "takum_lin12",
                                      "takum_log4",
                                      "takum_log11",
                                      "lns1f6",
                                      "lns7f0",
                                      "lns3f5"};

static void add_formats(void)
{
    for (size_t i = 0; i < format_count(); i++)
        add(format_at(i));
    for (size_t i = 0; i < sizeof by_rule / sizeof *by_rule; i++)
        add_text(by_rule[i]);
    for (int k = 3; k <= 8; k++)
        for (int p = 1; p <= k; p++)
            for (int kind = 0; kind < 4; kind++) {
                char name[FORMAT_NAME_SIZE];
                snprintf(name, sizeof name, "p3109_k%dp%d%c%c", k, p, "su"[kind / 2], "ef"[kind % 2]);
                add_text(name);
            }
}

/* The definition is asked for each of the 2^32 patterns: one of each kind of special codes, sign and width,
 * and all that people use most. */
static const char *const every_input[] = {"fp16", "bf16", "e5m2", "e4m3", "e4m3fnuz", "e8m0", "e2m1", "int8"};

static bool at_every_input(const struct format *f)
{
    for (size_t i = 0; i < sizeof every_input / sizeof *every_input; i++)
        if (!strcmp(every_input[i], f->name))
            return true;
    return false;
}

/* --- work on one format, by JOBS threads --- */

struct part {
    const struct format *f;
    struct proof proof;
    struct cast *cast;
    bool every;
};

enum { GAPS_A_TASK = 16, SLICES = 256 }; /* of 2^24 patterns */

static struct prover provers[JOBS];
static uint64_t asked[JOBS], looked_up[JOBS], wrong[JOBS];
static int mode = -1;
static size_t shown;

static void failed(void *context, const struct format *f, const struct rounding *r, const char *text)
{
    (void)context;
    if (__atomic_fetch_add(&shown, 1, __ATOMIC_RELAXED) < FAILURES_SHOWN)
        printf("FAILED %s\n  again: make check-exhaustive FORMAT='%s' MODE=%s\n", text, f->name,
               round_mode_names[r->mode]);
}

static struct rounding cast_rounding(void)
{
    return (struct rounding){.mode = mode < 0 ? ROUND_RNE : (enum round_mode)mode};
}

static void gaps_work(void *context, int worker, size_t i)
{
    const struct part *part = context;
    uint64_t first = (uint64_t)i * GAPS_A_TASK;
    if (i == 0)
        prove_specials(&provers[worker], &part->proof);
    for (uint64_t g = first; g < first + GAPS_A_TASK && g < part->proof.gaps; g++)
        prove_gap(&provers[worker], &part->proof, g);
}

static void compare(int worker, const struct part *part, uint32_t bits, struct encoded got)
{
    struct rounding r = cast_rounding();
    struct encoded want = format_round(part->f, number_from_f32(f32_from_bits(bits)), &r, 0);
    asked[worker]++;
    if (got.code == want.code && got.events == want.events)
        return;
    char text[256];
    snprintf(text, sizeof text,
             "%s round=%s: input %a (0x%08x): the fast path says 0x%x events 0x%x, the definition 0x%x "
             "events 0x%x",
             part->f->name, round_mode_names[r.mode], (double)f32_from_bits(bits), bits, got.code, got.events,
             want.code, want.events);
    wrong[worker]++;
    failed(NULL, part->f, &r, text);
}

/* Both ends of an interval, and up to INSIDE places at an even stride. */
static void ask_interval(int worker, const struct part *part, struct encoded e, uint32_t first, uint32_t last)
{
    uint32_t stride = (last - first) / INSIDE + 1;
    for (uint64_t bits = first; bits < last; bits += stride)
        compare(worker, part, (uint32_t)bits, e);
    compare(worker, part, last, e);
}

/* Patterns first .. last, all of one interval. */
static void look_up(int worker, const struct part *part, struct encoded e, uint32_t first, uint32_t last)
{
    uint32_t differs = 0;
    for (uint64_t bits = first; bits <= last; bits++) {
        struct encoded got = cast_pattern(part->cast, (uint32_t)bits);
        differs |= (got.code ^ e.code) | (got.events ^ e.events);
    }
    looked_up[worker] += (uint64_t)last - first + 1;
    for (uint64_t bits = first; differs && bits <= last; bits++) /* the definition says who is right */
        compare(worker, part, (uint32_t)bits, cast_pattern(part->cast, (uint32_t)bits));
}

static void slice_work(void *context, int worker, size_t slice)
{
    const struct part *part = context;
    const struct cast *c = part->cast;
    uint32_t first = (uint32_t)slice << 24, last = first | 0xffffff;
    for (size_t i = c->index[first >> 16]; i < c->intervals && c->interval[i].first <= last; i++) {
        struct encoded e = {c->interval[i].code, c->interval[i].events};
        uint32_t from = c->interval[i].first,
                 to = i + 1 < c->intervals ? c->interval[i + 1].first - 1 : UINT32_MAX;
        if (from >= first && !part->every)
            ask_interval(worker, part, e, from, to);
        look_up(worker, part, e, from > first ? from : first, to < last ? to : last);
    }
    for (uint64_t bits = first; part->every && bits <= last; bits++)
        compare(worker, part, (uint32_t)bits, cast_pattern(c, (uint32_t)bits));
}

static void run(struct part *part, size_t tasks_, void (*work)(void *, int, size_t))
{
    struct error e = {0};
    struct pool_job job = {.tasks = tasks_, .jobs = JOBS, .context = part, .work = work};
    if (pool_run(&job, &e)) {
        fprintf(stderr, "exhaustive: %s\n", e.text);
        exit(2);
    }
}

static uint64_t sum(const uint64_t *of)
{
    uint64_t n = 0;
    for (int i = 0; i < JOBS; i++)
        n += of[i];
    return n;
}

static uint64_t conversions(void)
{
    uint64_t n = 0;
    for (int i = 0; i < JOBS; i++)
        n += provers[i].covered.conversions;
    return n;
}

static bool sweep(struct part *part)
{
    struct rounding r = cast_rounding();
    part->cast = cast_open(part->f, &r);
    if (!part->cast) {
        printf("FAILED %s: the fast path has no table\n", part->f->name);
        return false;
    }
    run(part, SLICES, slice_work);
    return true;
}

/* Returns whether its table could be made. */
static bool do_format(const struct format *f, size_t *swept, size_t *at_every)
{
    struct part part = {.f = f, .every = at_every_input(f)};
    double start = clock_seconds();
    uint64_t converted = conversions(), asked_before = sum(asked);
    bool good = true;
    proof_open(&part.proof, f, 16);
    run(&part, (size_t)((part.proof.gaps + GAPS_A_TASK - 1) / GAPS_A_TASK), gaps_work);
    double proved = clock_seconds();
    printf("%-32s %2d bits: ", f->name, f->bits);
    if (part.proof.stride > 1)
        printf("one code in %llu, ", (unsigned long long)part.proof.stride);
    printf("%llu values, %llu conversions, %.1f s", (unsigned long long)part.proof.gaps,
           (unsigned long long)(conversions() - converted), proved - start);
    if (f->bits <= 16 && mode != ROUND_SR) {
        good = sweep(&part);
        if (good)
            printf("; 2^32 lookups in %zu intervals, definition at %s%llu inputs, %.1f s",
                   part.cast->intervals, part.every ? "all " : "",
                   (unsigned long long)(sum(asked) - asked_before), clock_seconds() - proved);
        *swept += good;
        *at_every += good && part.every;
        cast_close(part.cast);
    }
    putchar('\n');
    fflush(stdout);
    proof_close(&part.proof);
    return good;
}

/* --- progress --- */

/* Seconds that a format takes on two cores, to a factor of two: by its codes, and the sweeps. */
static double weight(const struct format *f)
{
    double codes = f->bits > 16 ? 10007 : ldexp(1, f->bits), cost = f->family->ladder ? 4e-3 : 1e-3;
    return codes * cost + (f->bits <= 16 ? 4 : 0) + (at_every_input(f) ? 150 : 0);
}

static void show_left(size_t done, double start)
{
    double all = 0, before = 0;
    for (size_t i = 0; i < n_formats; i++) {
        all += weight(&formats[i]);
        before += i < done ? weight(&formats[i]) : 0;
    }
    char left[32];
    double elapsed = clock_seconds() - start;
    progress_duration(before > 0 ? elapsed * (all - before) / before : all, left);
    fprintf(stderr, "\r%zu/%zu formats (%.0f%%), ETA %s, %s\033[K", done, n_formats, 100 * before / all, left,
            formats[done].name);
    fprintf(stderr, "\r");
}

int main(int argc, char **argv)
{
    double start = clock_seconds();
    struct prove_coverage covered = {.inputs = 0};
    size_t swept = 0, at_every = 0, bad = 0;
    glob = argc > 1 && *argv[1] ? argv[1] : NULL;
    if (argc > 2 && *argv[2]) {
        for (mode = 0; mode < ROUND_MODES && strcmp(argv[2], round_mode_names[mode]) != 0;)
            mode++;
        if (mode == ROUND_MODES) {
            fprintf(stderr, "exhaustive: MODE=%s is none of:", argv[2]);
            for (int m = 0; m < ROUND_MODES; m++)
                fprintf(stderr, " %s", round_mode_names[m]);
            fputc('\n', stderr);
            return 2;
        }
    }
    add_formats();
    if (!n_formats && glob && !strpbrk(glob, "*?["))
        add_text(glob);
    if (!n_formats) {
        fprintf(stderr, "exhaustive: no format matches FORMAT=%s\n", glob);
        return 2;
    }
    for (int i = 0; i < JOBS; i++) {
        provers[i] = (struct prover){.mode = mode, .seed = 1, .failed = failed};
        prover_open(&provers[i]);
    }
    for (size_t i = 0; i < n_formats; i++) {
        if (isatty(STDERR_FILENO))
            show_left(i, start);
        bad += !do_format(&formats[i], &swept, &at_every);
    }
    for (int i = 0; i < JOBS; i++) {
        prove_coverage_add(&covered, &provers[i].covered);
        bad += provers[i].failures + wrong[i];
        prover_close(&provers[i]);
    }
    size_t missing = prove_coverage_print(&covered, stdout);
    bool narrowed = glob || mode >= 0;
    printf("covered fast path: %zu formats at 2^32 inputs each, %llu lookups; the definition at %llu inputs, "
           "in %zu formats "
           "at all\n",
           swept, (unsigned long long)sum(looked_up), (unsigned long long)sum(asked), at_every);
    missing += !swept + (at_every != sizeof every_input / sizeof *every_input);
    if (missing && !narrowed)
        printf("FAILED: %zu dimensions were never covered\n", missing);
    char took[32];
    progress_duration(clock_seconds() - start, took);
    printf("%zu formats, %zu failures, %s%s\n", n_formats, bad, took, narrowed ? " (narrowed)" : "");
    free(formats);
    return bad || (missing && !narrowed);
}

/* Texts of schemes made at random from every key: what parses comes back from its canonical and its short
 * text, what does not names a key; and every reason why a key may have no effect. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/scheme.h"
#include "tests/draws.h"
#include "tests/scaling_oracle.h"

enum { ROUNDS = WATCHED ? 300 : 1200 }; /* 300: too few for every key */

/* Values of each key, good ones for the most part. */
static const struct {
    const char *key, *values;
} offers[] = {
    {"bias", "7 0 -3 1.5"},
    {"specials", "ieee nan none fnuz p3109-finite p3109-extended"},
    {"subnormals", "on off none"},
    {"codes", "sym twos signmag"},
    {"fraction", "0 3 -2"},
    {"book_hash", "0123456789abcdef"},
    {"fit", "none lloyd mse sensitivity"},
    {"or", "none int4 e2m1+int4 e3m0+e2m1+nf4 int8 e5m2+e4m3"},
    {"round", "rne rna rnz rno rup rdn rtz raz odd sr"},
    {"half", "exact fp32"},
    {"carry", "add or clamp"},
    {"sr_kind", "a b c equal"},
    {"sr_bits", "1 8 32"},
    {"overflow", "saturate saturate-keep-inf saturate-onnx saturate-mldtypes infinity nan"},
    {"nan", "zero max error"},
    {"neg_zero", "keep drop made rounded"},
    {"daz", "no yes"},
    {"ftz", "no yes"},
    {"per", "none tensor channel token block tile"},
    {"block", "none 1 16 32 2147483648"},
    {"tile", "none 16x16 1x128 2147483648x1"},
    {"axis", "last first 0 7 in_features"},
    {"tail", "short zero-pad refuse"},
    {"scale", "none fp32 fp16 bf16 e4m3 e8m0 e8m0_finite ue5m3 e5m3 e3m2"},
    {"scale_rule", "absmax floor ceil-exp rceil rceil-f32 even even-f32 even-m1 round midmax four-thirds "
                   "none static all-ones"},
    {"scale_log2", "exact fp32 bf16 fp16"},
    {"scale_value", "1 0.37 1e-30"},
    {"scale_round", "rne rup rtz sr"},
    {"scale_shift", "0 -1 3"},
    {"scale_overflow", "nan clamp wrap"},
    {"scale_underflow", "zero min 0.125 1e-30"},
    {"scale_min", "none 0.015625 3"},
    {"scale_max", "none 448 1e30 2"},
    {"zero_block", "zero one min 0.25 1e-40"},
    {"block_nan", "poison element"},
    {"block_inf", "poison element max"},
    {"micro", "none 1 2 65536"},
    {"micro_bits", "1 8"},
    {"zero_point", "none yes unclamped float"},
    {"include_zero", "no yes"},
    {"second", "none tensor row block"},
    {"second_block", "16 64 128"},
    {"second_scale", "fp32 e8m0 ue5m3 e4m3"},
    {"second_round", "rne rup raz"},
    {"second_top", "none 1 256"},
    {"second_stores", "scale divisor"},
    {"zero_tensor", "one nan"},
    {"order", "exact te"},
    {"scale_steps", "top-first product second-first of-scales"},
    {"quotient", "exact divide reciprocal stages"},
    {"via", "fp32 bf16 fp16"},
    {"cast", "none bf16 e4m3 e5m2"},
    {"clip", "none 1 0.9 0.001"},
    {"stat", "none absmax"},
    {"stat_arg", "1 3"},
    {"peak", "none 1 6+4 1.5+1+0.5"},
    {"search", "none 1 4 all"},
    {"choose", "mse mae max"},
    {"flip", "none 1 0.001"},
    {"out", "none bf16 fp16 e5m2"},
    {"out_round", "rne rup odd"},
};
#define OFFERS (sizeof offers / sizeof *offers)

static const char *const bases[] = {
    "e2m1",
    "e4m3",
    "int4",
    "int8",
    "nf4",
    "ue4m3",
    "p3109_k8p3se",
    "posit8",
    "e5m2",
    "mxfp4",
    "nvfp4",
    "mx9",
    "q4_0",
    "four_over_six",
    "binary",
    "int2",
    "int16",
    "hif8",
    "e3m0",
    "takum_log8",
    "fp32",
    "e8m0",
    "ue5m3",
    "e4m3,per=channel,scale_rule=static,scale_value=0.37",
    "e2m1,block=16,second=block,second_block=32",
    "int4,tile=2x8,zero_point=float,scale=fp16,quotient=divide",
};

static uint64_t drawn;

static uint32_t below(uint32_t n)
{
    return rng_u32(11, 2, drawn++) % n;
}

static const char *some_value(const char *values, char out[static 80])
{
    char copy[160];
    snprintf(copy, sizeof copy, "%s", values);
    int n = 0;
    char *rest = copy;
    for (char *v; (v = strsep(&rest, " "));)
        if (below((uint32_t)++n) == 0)
            snprintf(out, 80, "%s", v);
    return out;
}

static size_t parsed, refused;

static void comes_back(const char *text, const struct quant_spec *q)
{
    static char canonical[SCHEME_TEXT_SIZE], brief[SCHEME_TEXT_SIZE], again[SCHEME_TEXT_SIZE];
    struct quant_spec back;
    struct error e = {{0}};
    scheme_canonical(q, canonical);
    if (scheme_parse(canonical, &back, &e))
        fail_msg("%s -> %s: %s", text, canonical, e.text);
    scheme_canonical(&back, again);
    if (strcmp(canonical, again) != 0)
        fail_msg("%s: canonical %s, of that %s", text, canonical, again);
    scheme_short(q, brief);
    if (scheme_parse(brief, &back, &e))
        fail_msg("%s -> %s: %s", text, brief, e.text);
    scheme_canonical(&back, again);
    if (strcmp(canonical, again) != 0)
        fail_msg("%s: short %s means %s, not %s", text, brief, again, canonical);
    assert_true(strlen(brief) <= strlen(canonical));
}

/* Whether a message says one of the keys that have a value in the text (or in that of its alias). */
static bool names_a_key(const char *message, const char *text)
{
    char all[2 * SCHEME_TEXT_SIZE], name[80];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ","), text);
    const struct scheme_alias *alias = scheme_alias_find(name);
    snprintf(all, sizeof all, ",%s,%s,", text, alias ? alias->text : "");
    const char *body = strstr(message, "': ");
    for (size_t k = 0; body && k < scheme_key_count(); k++) {
        char said[80], given[80];
        const char *key = scheme_key_at(k)->name;
        snprintf(given, sizeof given, ",%s=", key);
        for (size_t f = 0; f < 3; f++) {
            snprintf(said, sizeof said, "%s%s%s", f == 2 ? "'" : "", key, f == 0 ? "=" : f == 1 ? ":" : "'");
            if (strstr(all, given) && strstr(body, said))
                return true;
        }
    }
    return false;
}

static bool try(const char *text, struct quant_spec *q)
{
    struct error e = {{0}};
    if (!scheme_parse(text, q, &e)) {
        parsed++;
        return true;
    }
    refused++;
    if (!names_a_key(e.text, text))
        fail_msg("%s: no key of it in the message: %s", text, e.text);
    return false;
}

static struct scaling_checked checked;

/* Whatever keys meet, MPFR is asked. Fits are not, nor codecs, nor a search that takes long. */
static void equals_mpfr(const char *text, const struct quant_spec *q, uint64_t seed)
{
    if (q->codec || q->fit || q->stat || q->search < 0 || q->search > 4)
        return;
    float x[3 * 24];
    struct quant_input in = {.x = x, .rank = 2, .axis = (int)(seed % 2), .shape = {3, 24}, .seed = seed};
    if (q->scaling.tail == TAIL_REFUSE || q->rounding.nan == NAN_REFUSED)
        return;
    for (enum draw kind = 0; kind < DRAWS; kind++) {
        draw_fill(x, 3 * 24, kind, seed);
        scaling_check(text, q, &in, &checked);
    }
}

static bool says(const char *text, const char *key)
{
    char given[80];
    snprintf(given, sizeof given, ",%s=", key);
    return strstr(text, given) != NULL;
}

static void random_texts(void **state)
{
    (void)state;
    size_t used[OFFERS] = {0}, deep = 0, back = 0;
    for (size_t k = 0; k < scheme_key_count(); k++) {
        bool offered = false;
        for (size_t i = 0; i < OFFERS; i++)
            offered |= strcmp(offers[i].key, scheme_key_at(k)->name) == 0;
        if (!offered)
            fail_msg("the table of values lacks %s", scheme_key_at(k)->name);
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct quant_spec q;
        char text[SCHEME_TEXT_SIZE], longer[SCHEME_TEXT_SIZE + 160], value[80];
        size_t keys = 0, want = 1 + below(12);
        snprintf(text, sizeof text, "%s", bases[below(sizeof bases / sizeof *bases)]);
        for (int turn = 0; turn < 60 && keys < want; turn++) { /* a key that does not fit is left out again */
            size_t k = below(OFFERS), partner = below(4);
            int n = snprintf(longer, sizeof longer, "%s", text);
            bool taken[OFFERS] = {false};
            /* some keys fit only together with others: up to four at once */
            for (size_t more = 0; more <= partner; more++, k = below(OFFERS))
                if (!says(text, offers[k].key) && !taken[k]) {
                    taken[k] = true;
                    n += snprintf(longer + n, sizeof longer - (size_t)n, ",%s=%s", offers[k].key,
                                  some_value(offers[k].values, value));
                }
            if (n >= SCHEME_TEXT_SIZE || !try(longer, &q))
                continue;
            snprintf(text, sizeof text, "%.*s", SCHEME_TEXT_SIZE - 1, longer);
            for (size_t i = 0; i < OFFERS; i++)
                keys += taken[i];
        }
        if (keys == 0)
            continue;
        assert_true(try(text, &q));
        comes_back(text, &q);
        equals_mpfr(text, &q, (uint64_t)round);
        back++;
        deep += keys;
        for (size_t i = 0; i < OFFERS; i++)
            used[i] += says(text, offers[i].key);
    }
    size_t never = 0;
    for (size_t k = 0; k < OFFERS; k++)
        if (used[k] == 0) { /* with a codebook file; with a statistic that takes one */
            never++;
            if (!WATCHED && strcmp(offers[k].key, "book_hash") != 0 && strcmp(offers[k].key, "stat_arg") != 0)
                fail_msg("%s never fitted", offers[k].key);
        }
    printf("# covered random scheme texts: %zu parsed, %zu refused, %zu came back with %zu keys, %zu keys of "
           "%zu "
           "never fitted\n",
           parsed, refused, back, deep, never, OFFERS);
    printf("# covered random schemes against MPFR: %zu scales, %zu elements\n", checked.scales,
           checked.elements);
}

static void tables_come_back(void **state)
{
    (void)state;
    struct quant_spec q;
    for (size_t i = 0; i < scaling_scheme_count(); i++) {
        assert_true(try(scaling_scheme_at(i), &q));
        comes_back(scaling_scheme_at(i), &q);
    }
}

/* Every reason of sim/scheme_effect.c. */
static void no_effect(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"int8,bias=3", "bias=3 has no effect: only elements named eXmY"},
        {"fp16,specials=nan", "specials=nan has no effect: only elements named eXmY"},
        {"nf4,subnormals=off", "subnormals=off has no effect: only elements named eXmY"},
        {"int8,zero_point=yes,per=tensor,codes=twos",
         "codes=twos has no effect: with a zero point the codes"},
        {"e4m3,codes=twos", "codes=twos has no effect: only elements named intN"},
        {"int8,zero_point=yes,per=tensor,fraction=2",
         "fraction=2 has no effect: with a zero point the codes"},
        {"e4m3,fraction=2", "fraction=2 has no effect: only elements named intN"},
        {"nf4,book_hash=0123456789abcdef",
         "book_hash=0123456789abcdef has no effect: only elements named book:"},
        {"e4m3,fit=lloyd", "fit=lloyd has no effect: only codebooks are fitted"},
        {"nf4,or=int4,block=4,fit=lloyd", "fit=lloyd has no effect: or= offers several elements"},
        {"e2m1,or=int4", "or=int4 has no effect: without per= or block="},
        {"int4,or=e2m1,block=4,zero_point=yes", "has no effect"},
        {"e4m3,sr_kind=b", "sr_kind=b has no effect: only round=sr"},
        {"e4m3,sr_bits=4", "sr_bits=4 has no effect: only round=sr"},
        {"e4m3,round=sr,sr_kind=equal,sr_bits=4", "sr_bits=4 has no effect: sr_kind=equal draws one bit"},
        {"e2m1,overflow=nan", "overflow=nan has no effect: the element has neither"},
        {"e4m3,nan=zero", "nan=zero has no effect: the element has a NaN"},
        {"int8,neg_zero=drop", "neg_zero=drop has no effect: the element has no -0"},
        {"int8,ftz=yes", "ftz=yes has no effect: the element has no subnormal"},
        {"e4m3,scale=fp16", "scale=fp16 has no effect: without per="},
        {"e4m3,axis=0", "axis=0 has no effect: without per="},
        {"e4m3,clip=0.5", "clip=0.5 has no effect: without per="},
        {"e4m3,search=1", "search=1 has no effect: without per="},
        {"e4m3,per=tensor,block=4", "block=4 has no effect: per= is not block"},
        {"e4m3,per=tensor,tile=4x4", "tile=4x4 has no effect: per= is not tile"},
        {"e4m3,per=tensor,axis=0", "axis=0 has no effect: per=tensor has one scale"},
        {"e4m3,tile=4x4,axis=0", "axis=0 has no effect: tiles lie in the last two axes"},
        {"mx9,axis=(8fm", "parentheses do not match"},
        {"int8,per=channel,axis=a)(b", "parentheses do not match"},
        {"e4m3,per=token,tail=refuse", "tail=refuse has no effect: per= is neither"},
        {"e4m3,block=4,scale_value=2", "scale_value=2 has no effect: only scale_rule=static"},
        {"nvfp4,scale_rule=floor", "scale_rule=floor has no effect: order=te has its own"},
        {"int8,zero_point=yes,block=4,scale_rule=floor",
         "scale_rule=floor has no effect: a zero point's scale"},
        {"nvfp4,scale_overflow=nan", "scale_overflow=nan has no effect: order=te"},
        {"e4m3,block=4,scale=e3m2,scale_overflow=nan",
         "scale_overflow=nan has no effect: the scale's format"},
        {"nvfp4,zero_block=one", "zero_block=one has no effect: order=te"},
        {"e4m3,block=4,scale_rule=none,zero_block=one", "zero_block=one has no effect: the scale is fixed"},
        {"nvfp4,scale_min=1", "scale_min=1 has no effect: order=te"},
        {"nvfp4,scale_max=1", "scale_max=1 has no effect: order=te"},
        {"nvfp4,block_nan=element", "block_nan=element has no effect: order=te"},
        {"nvfp4,block_inf=element", "block_inf=element has no effect: order=te"},
        {"nvfp4,quotient=divide", "quotient=divide has no effect: order=te"},
        {"e4m3,half=fp32", "half=fp32 has no effect: only round=rna"},
        {"int8,carry=or", "carry=or has no effect: only floats with a fraction"},
        {"nf4,round=rna,half=fp32", "half=fp32 has no effect: only floats and integers"},
        {"nvfp4,scale_log2=fp32", "scale_log2=fp32 has no effect: order=te"},
        {"e4m3,block=4,scale_log2=fp32", "scale_log2=fp32 has no effect: the scale rule takes no logarithm"},
        {"int8,zero_point=yes,block=4,scale_log2=fp32", "scale_log2=fp32 has no effect: a zero point's"},
        {"nvfp4,scale_shift=1", "scale_shift=1 has no effect: order=te"},
        {"e4m3,block=4,scale_rule=none,scale_shift=1", "scale_shift=1 has no effect: the scale is fixed"},
        {"int8,zero_point=yes,block=4,scale_shift=1", "scale_shift=1 has no effect: a zero point's"},
        {"nvfp4,scale_underflow=min", "scale_underflow=min has no effect: order=te"},
        {"mxfp4,scale_underflow=min", "scale_underflow=min has no effect: the scale's format has no zero"},
        {"e4m3,block=4,second_stores=divisor",
         "second_stores=divisor has no effect: there is no second level"},
        {"nvfp4,second_stores=divisor", "second_stores=divisor has no effect: order=te"},
        {"e4m3,block=4,second=row,second_stores=divisor",
         "second_stores=divisor has no effect: quotient=exact"},
        {"int8,block=4,second=row,zero_point=yes,quotient=divide,second_stores=divisor",
         "second_stores=divisor has no effect: a zero point's"},
        {"e4m3,block=4,quotient=divide,scale_steps=product",
         "scale_steps=product has no effect: there is no"},
        {"e4m3,block=4,second=row,scale_steps=product", "scale_steps=product has no effect: quotient=exact"},
        {"mxfp4,second=row,quotient=divide,scale_steps=product", "scale_steps=product has no effect: only"},
        {"four_over_six,scale_steps=product", "scale_steps=product has no effect: several ways"},
        {"nvfp4,cast=bf16", "cast=bf16 has no effect: order=te"},
        {"q4_0,cast=bf16", "cast=bf16 has no effect: the scheme has steps of its own"},
        {"int4,block=16,scale=e4m3,second=tensor,order=te,zero_point=yes",
         "zero_point=yes has no effect: order=te"},
        {"e4m3,block=4,include_zero=yes", "include_zero=yes has no effect: only a zero point"},
        {"nvfp4,micro=2", "micro=2 has no effect: order=te"},
        {"int8,zero_point=yes,block=4,micro=2", "has no effect: "},
        {"e4m3,block=4,micro_bits=2", "micro_bits=2 has no effect: without micro="},
        {"nvfp4,via=bf16", "via=bf16 has no effect: order=te"},
        {"e4m3,block=4,via=bf16", "via=bf16 has no effect: quotient=exact"},
        {"e4m3,block=4,second_scale=bf16", "second_scale=bf16 has no effect: there is no second level"},
        {"e4m3,block=4,second_top=2", "second_top=2 has no effect: there is no second level"},
        {"e4m3,block=4,second=row,second_block=8", "second_block=8 has no effect: second= is not block"},
        {"nvfp4,second_scale=bf16", "second_scale=bf16 has no effect: order=te"},
        {"nvfp4,second_round=rup", "second_round=rup has no effect: order=te"},
        {"nvfp4,zero_tensor=nan", "zero_tensor=nan has no effect: order=te"},
        {"e4m3,block=4,scale_rule=none,clip=0.5", "clip=0.5 has no effect: the scale is fixed"},
        {"e4m3,block=4,scale_rule=none,stat=absmax", "stat=absmax has no effect: the scale is fixed"},
        {"e4m3,block=4,stat_arg=2", "stat_arg=2 has no effect: stat= takes no argument"},
        {"e4m3,block=4,scale_rule=none,peak=2", "peak=2 has no effect: the scale is fixed"},
        {"int8,block=4,zero_point=yes,peak=2", "has no effect: "},
        {"nvfp4,search=2", "search=2 has no effect: order=te has its own scale"},
        {"e4m3,block=4,choose=mae", "choose=mae has no effect: without or="},
        {"e4m3,out_round=rup", "out_round=rup has no effect: without out="},
        {"q4_0,round=rtz", "round=rtz has no effect: the scheme has steps of its own"},
        {"q4_0,scale=fp32", "scale=fp32 has no effect: the scheme has steps of its own"},
        {"q4_0,flip=0.5", "flip=0.5 has no effect: the scheme has steps of its own"},
        {"q4_0,block=16", "block=16 has no effect: the scheme has blocks of its own"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct quant_spec q;
        struct error e = {{0}};
        if (!scheme_parse(cases[i].text, &q, &e))
            fail_msg("%s: parses", cases[i].text);
        if (!strstr(e.text, cases[i].message))
            fail_msg("%s: '%s' does not say '%s'", cases[i].text, e.text, cases[i].message);
    }
    printf("# covered keys without effect: %zu reasons\n", sizeof cases / sizeof *cases);
}

/* Malformed values of every key, in a scheme in which it has an effect where one of the table has it. */
static void malformed(void **state)
{
    (void)state;
    static char endless[600];
    memset(endless, '9', sizeof endless - 1);
    const char *const values[] = {"",
                                  " ",
                                  "nan",
                                  "inf",
                                  "-inf",
                                  "-1",
                                  "0",
                                  "-0",
                                  "1e999",
                                  "1e-999",
                                  "0x10",
                                  "1x",
                                  "x1",
                                  "1x2x3",
                                  "0x0",
                                  "+",
                                  "1+",
                                  "+1",
                                  "6++4",
                                  "1+2+3+4+5",
                                  "None",
                                  "NONE",
                                  "=",
                                  "a=b",
                                  "1 2",
                                  "\t",
                                  "none none",
                                  "\xc3\xa9",
                                  "99999999999999999999",
                                  "4294967296",
                                  "2147483649",
                                  "1e39",
                                  "e99m99",
                                  "e1m2",
                                  "posit8",
                                  "int4",
                                  "book:/nowhere",
                                  endless};
    size_t n = 0, ok = 0;
    for (size_t k = 0; k < scheme_key_count(); k++) {
        const char *key = scheme_key_at(k)->name, *home = "e4m3,block=4";
        char given[80];
        snprintf(given, sizeof given, ",%s=", key);
        for (size_t i = 0; i < scaling_scheme_count(); i++)
            if (strstr(scaling_scheme_at(i), given)) {
                home = scaling_scheme_at(i);
                break;
            }
        for (size_t v = 0; v < sizeof values / sizeof *values; v++, n++) {
            char text[SCHEME_TEXT_SIZE];
            const char *at = strstr(home, given);
            int cut = at ? (int)(at - home) : (int)strlen(home);
            const char *rest = at ? at + 1 + strcspn(at + 1, ",") : "";
            snprintf(text, sizeof text, "%.*s,%s=%s%s", cut, home, key, values[v], rest);
            struct quant_spec q;
            struct error e = {{0}};
            if (scheme_parse(text, &q, &e)) {
                char says[80];
                const char *body = strstr(e.text, "': ");
                snprintf(says, sizeof says, "%s", key);
                if (!body || !strstr(body, says)) /* or another key, which now has no effect or no partner */
                    if (!names_a_key(e.text, text))
                        fail_msg("%s: the message does not name %s: %s", text, key, e.text);
                continue;
            }
            ok++;
            comes_back(text, &q);
        }
    }
    printf("# covered malformed values: %zu, of which %zu are allowed after all\n", n, ok);
}

/* Any byte of a good text replaced, left out or doubled. */
static void mutations(void **state)
{
    (void)state;
    static const char bytes[] = ",=+-.0123456789 exmnoatr\t\n\x7f%s";
    size_t ok = 0, n = 0;
    for (int round = 0; round < ROUNDS * 10; round++, n++) {
        char text[SCHEME_TEXT_SIZE];
        snprintf(text, sizeof text, "%s", scaling_scheme_at(below((uint32_t)scaling_scheme_count())));
        for (uint32_t times = 1 + below(3); times--;) {
            size_t length = strlen(text), at = below((uint32_t)length);
            switch (below(3)) {
            case 0:
                text[at] = bytes[below(sizeof bytes - 1)];
                break;
            case 1:
                memmove(text + at, text + at + 1, length - at);
                break;
            default:
                memmove(text + at + 1, text + at, length - at + 1);
            }
            if (!*text)
                strcpy(text, "e4m3");
        }
        struct quant_spec q;
        struct error e = {{0}};
        if (scheme_parse(text, &q, &e)) {
            assert_true(*e.text);
            continue;
        }
        ok++;
        if (round % 8 == 0)
            comes_back(text, &q);
    }
    printf("# covered mutated scheme texts: %zu, of which %zu parse\n", n, ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts), cmocka_unit_test(tables_come_back), cmocka_unit_test(no_effect),
        cmocka_unit_test(malformed),    cmocka_unit_test(mutations),
    };
    return cmocka_run_group_tests_name("scheme_keys", tests, NULL, NULL);
}

/* Scheme texts: canonical form, short form, errors. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/scheme.h"

static void expect(const char *text, const char *canonical)
{
    struct quant_spec q;
    struct error e = {{0}};
    char got[SCHEME_TEXT_SIZE];
    if (scheme_parse(text, &q, &e))
        fail_msg("%s: %s", text, e.text);
    scheme_canonical(&q, got);
    assert_string_equal(got, canonical);
}

static void canonical(void **state)
{
    (void)state;
    expect("fp16", "fp16,round=rne,carry=add,overflow=saturate,neg_zero=keep,daz=no,ftz=no,per=none,cast="
                   "none,flip=none,out=none");
    expect("float16", "fp16,round=rne,carry=add,overflow=saturate,neg_zero=keep,daz=no,ftz=no,per=none,cast="
                      "none,flip=none,out=none");
    expect("e4m3,overflow=nan", "e4m3,bias=7,specials=nan,subnormals=on,round=rne,carry=add,overflow=nan,neg_"
                                "zero=keep,daz=no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect("int8,per=channel",
           "int8,codes=sym,fraction=0,or=none,round=rne,nan=zero,daz=no,per=channel,axis=last,scale=fp32,"
           "scale_rule=absmax,scale_round=rne,scale_shift=0,scale_overflow=clamp,scale_underflow=zero,scale_"
           "min=none,scale_max=none,zero_block=zero,block_nan=poison,block_inf=poison,micro=none,zero_point="
           "none,second=none,order=exact,quotient=exact,cast=none,clip=none,stat=absmax,peak=none,search="
           "none,flip=none,out=none");
    expect("mxfp4",
           "e2m1,bias=1,specials=none,subnormals=on,or=none,round=rne,carry=add,nan=zero,neg_zero=keep,daz="
           "no,ftz=no,per=block,block=32,axis=last,tail=short,scale=e8m0,scale_rule=floor,scale_log2=exact,"
           "scale_round=rne,scale_shift=0,scale_overflow=nan,scale_min=none,scale_max=none,zero_block=zero,"
           "block_nan=poison,block_inf=poison,micro=none,second=none,order=exact,quotient=exact,cast=none,"
           "clip=none,stat=absmax,peak=none,search=none,flip=none,out=none");
    expect("mxfp4,scale_rule=rceil,block=16",
           "e2m1,bias=1,specials=none,subnormals=on,or=none,round=rne,carry=add,nan=zero,neg_zero=keep,daz="
           "no,ftz=no,per=block,block=16,axis=last,tail=short,scale=e8m0,scale_rule=rceil,scale_log2=exact,"
           "scale_round=rne,scale_shift=0,scale_overflow=nan,scale_min=none,scale_max=none,zero_block=zero,"
           "block_nan=poison,block_inf=poison,micro=none,second=none,order=exact,quotient=exact,cast=none,"
           "clip=none,stat=absmax,peak=none,search=none,flip=none,out=none");
    expect("nvfp4",
           "e2m1,bias=1,specials=none,subnormals=on,or=none,round=rne,carry=add,nan=zero,neg_zero=keep,daz="
           "no,ftz=no,per=block,block=16,axis=last,tail=short,scale=e4m3,scale_round=rne,second=tensor,"
           "second_top=none,order=te,scale_steps=product,clip=none,stat=absmax,peak=none,flip=none,out=none");
    expect(" e3m2 , block = 32 , scale = e8m0 ",
           "e3m2,bias=3,specials=none,subnormals=on,or=none,round=rne,carry=add,nan=zero,neg_zero=keep,daz="
           "no,ftz=no,per=block,block=32,axis=last,tail=short,scale=e8m0,scale_rule=floor,scale_log2=exact,"
           "scale_round=rne,scale_shift=0,scale_overflow=nan,scale_min=none,scale_max=none,zero_block=zero,"
           "block_nan=poison,block_inf=poison,micro=none,second=none,order=exact,quotient=exact,cast=none,"
           "clip=none,stat=absmax,peak=none,search=none,flip=none,out=none");
    expect("e1m2,bias=1,per=tensor,clip=0.9",
           "e1m2,bias=1,specials=none,subnormals=on,or=none,round=rne,carry=add,nan=zero,neg_zero=keep,daz="
           "no,ftz=no,per=tensor,scale=fp32,scale_rule=absmax,scale_round=rne,scale_shift=0,scale_overflow="
           "clamp,scale_underflow=zero,scale_min=none,scale_max=none,zero_block=zero,block_nan=poison,block_"
           "inf=poison,micro=none,second=none,order=exact,quotient=exact,cast=none,clip=0.9,stat=absmax,peak="
           "none,search=none,flip=none,out=none");
    expect("e2m1,per=tensor,clip=0.33333334",
           "e2m1,bias=1,specials=none,subnormals=on,or=none,round=rne,carry=add,nan=zero,neg_zero=keep,daz="
           "no,ftz=no,per=tensor,scale=fp32,scale_rule=absmax,scale_round=rne,scale_shift=0,scale_overflow="
           "clamp,scale_underflow=zero,scale_min=none,scale_max=none,zero_block=zero,block_nan=poison,block_"
           "inf=poison,micro=none,second=none,order=exact,quotient=exact,cast=none,clip=0.33333334,stat="
           "absmax,peak=none,search=none,flip=none,out=none");
    expect("MXFP4,block=none", "e2m1,bias=1,specials=none,subnormals=on,round=rne,carry=add,nan=zero,neg_"
                               "zero=keep,daz=no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect("int4,round=sr,sr_bits=8", "int4,codes=sym,fraction=0,round=sr,sr_kind=a,sr_bits=8,nan=zero,daz="
                                      "no,per=none,cast=none,flip=none,out=none");
    expect("ue4m3,subnormals=off", "ue4m3,bias=7,specials=nan,subnormals=off,round=rne,carry=add,overflow="
                                   "saturate,daz=no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect("UE6M2,bias=48", "ue6m2,bias=48,specials=none,subnormals=on,round=rne,carry=add,nan=zero,daz=no,"
                            "ftz=no,per=none,cast=none,flip=none,out=none");
    expect("ue8m0", "e8m0,round=rne,overflow=saturate,daz=no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect("e4m3,bias=7.30", "e4m3,bias=7.3,specials=nan,subnormals=on,round=rne,carry=add,overflow=saturate,"
                             "neg_zero=keep,daz=no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect("e2m1,bias=-0.333333333333",
           "e2m1,bias=-0.33333334,specials=none,subnormals=on,round=rne,carry=add,nan=zero,neg_zero=keep,daz="
           "no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect(
        "e2m1,bias=1.00000001",
        /* the binary32 number is 1 */ "e2m1,bias=1,specials=none,subnormals=on,round=rne,carry=add,nan=zero,"
                                       "neg_zero=keep,daz=no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect("e11m4", "e11m4,bias=1023,specials=none,subnormals=on,round=rne,carry=add,nan=zero,neg_zero=keep,"
                    "daz=no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect("Binary8p4SE", "p3109_k8p4se,round=rne,carry=add,overflow=saturate,daz=no,ftz=no,per=none,cast="
                          "none,flip=none,out=none");
    expect("p3109_k16p1uf,overflow=saturate-keep-inf", "p3109_k16p1uf,round=rne,overflow=saturate-keep-inf,"
                                                       "daz=no,ftz=no,per=none,cast=none,flip=none,out=none");
    expect("e1m2b1", "e1m2b1,round=rne,carry=add,nan=zero,neg_zero=keep,daz=no,ftz=no,per=none,cast=none,"
                     "flip=none,out=none");
    expect("cfloat8_1_4_3b11", "cfloat8_1_4_3b11,round=rne,carry=add,nan=zero,neg_zero=keep,daz=no,ftz=no,"
                               "per=none,cast=none,flip=none,out=none");
    expect("e3m2,specials=p3109-extended",
           "e3m2,bias=3,specials=p3109-extended,subnormals=on,round=rne,carry=add,overflow=saturate,daz=no,"
           "ftz=no,per=none,cast=none,flip=none,out=none");
    expect("e4m3,specials=none,bias=8",
           "e4m3,bias=8,specials=none,subnormals=on,round=rne,carry=add,nan=zero,neg_zero=keep,daz=no,ftz=no,"
           "per=none,cast=none,flip=none,out=none");
}

static void expect_short(const char *text, const char *want)
{
    struct quant_spec q;
    struct error e = {{0}};
    char got[SCHEME_TEXT_SIZE];
    assert_int_equal(scheme_parse(text, &q, &e), STATUS_OK);
    scheme_short(&q, got);
    assert_string_equal(got, want);
}

static void short_text(void **state)
{
    (void)state;
    expect_short("e2m1,per=block,block=32,scale=e8m0,scale_rule=floor", "mxfp4");
    expect_short("mxfp4,block=16", "mxfp4,block=16");
    expect_short("int8,codes=twos,fraction=6,block=32,scale=e8m0", "mxint8");
    expect_short("e4m3,per=tensor,scale=fp32", "e4m3,per=tensor");
    expect_short("bf16", "bf16");
    /* Of two texts of one length, that of the name listed first. */
    expect_short("mxfp8_e4m3,tile=128x128,scale=fp32", "e4m3,tile=128x128,scale_rule=floor");
}

static void expect_error(const char *text, const char *part1, const char *part2)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (!scheme_parse(text, &q, &e))
        fail_msg("'%s' should be an error", text);
    if (!strstr(e.text, part1) || !strstr(e.text, part2))
        fail_msg("'%s': message '%s' lacks '%s' or '%s'", text, e.text, part1, part2);
}

static void errors(void **state)
{
    (void)state;
    expect_error("", "names no format", "scheme ''");
    expect_error("e4m4x", "unknown format 'e4m4x'", "bitsweep formats");
    expect_error("mxpf4", "unknown format", "did you mean 'mxfp4'");
    expect_error("e12m1", "e12m1", "0 to 11 exponent bits");
    expect_error("e4m3,blok=32", "unknown key 'blok'", "did you mean 'block'");
    expect_error("e4m3,zzzzzzz=1", "unknown key", "keys are bias, specials");
    expect_error("e4m3,block", "'block' is not key=value", "e4m3,block");
    expect_error("e4m3,block=32,block=16", "key 'block' is given twice", "");
    expect_error("e4m3,block=0", "block: '0' is not one of", "1..2147483648");
    expect_error("e4m3,block=3x", "block: '3x'", "");
    expect_error("e4m3,block=", "block: ''", "");
    expect_error("e4m3,round=nearest", "round: 'nearest'", "rne or rna");
    expect_error("e4m3,round=rn", "round: 'rn' is not one of", "rne|rna");
    expect_error("e4m3,sr_bits=4", "sr_bits=4 has no effect", "round=sr");
    expect_error("e4m3,round=sr,sr_bits=33", "sr_bits: '33'", "1..32");
    expect_error("e2m1,overflow=nan", "overflow=nan has no effect", "neither Inf nor NaN");
    expect_error("e4m3,nan=max", "nan=max has no effect", "has a NaN");
    expect_error("int8,neg_zero=drop", "neg_zero=drop has no effect", "no -0");
    expect_error("fp16,bias=3", "bias=3 has no effect", "eXmY");
    expect_error("e4m3,codes=twos", "codes=twos has no effect", "intN");
    expect_error("e1m2", "two published biases", "e1m2b0");
    expect_error("ue1m2", "two published biases", "bias=0");
    expect_error("int4,per=tensor,scale=e1m2", "scale: e1m2", "two published biases");
    expect_error("e4m3,bias=1e4", "bias: '1e4'", "-1100..1100");
    expect_error("e4m3,bias=nan", "bias: 'nan'", "-1100..1100");
    expect_error("e4m3,bias=7x", "bias: '7x'", "-1100..1100");
    expect_error("p3109_k17p4se", "K = 3 to 16", "P = 1 to K");
    expect_error("binary8p9se", "K = 3 to 16", "P = 1 to K");
    expect_error("cfloat8_1_4_3", "the bias is part of the name", "b63");
    expect_error("cfloat8_1_5_2b64", "the bias is part of the name", "b63");
    expect_error("p3109_k8p4se,bias=3", "bias=3 has no effect", "eXmY");
    expect_error("ue4m3,neg_zero=drop", "neg_zero=drop has no effect", "no -0");
    expect_error("e4m3,specials=iee", "specials: 'iee'", "ieee|nan|none|fnuz");
    expect_error("e4m3,scale=f32", "scale=f32 has no effect", "per=, block= or tile=");
    expect_error("e4m3,axis=last", "axis=last has no effect", "");
    expect_error("e4m3,per=tensor,block=32", "block=32 has no effect", "per= is not block");
    expect_error("e4m3,per=tensor,axis=0", "axis=0 has no effect", "one scale");
    expect_error("e4m3,per=block", "per=block needs block=k", "");
    expect_error("e4m3,block=32,scale=int8", "'int8' is not a float format", "");
    expect_error("e4m3,block=32,scale=e9q", "unknown scale format 'e9q'", "");
    expect_error("e4m3,block=32,scale=none", "scale=none contradicts", "per=block");
    expect_error("e4m3,block=32,scale_rule=flor", "scale_rule: 'flor'", "floor|rceil");
    expect_error("nvfp4,scale_round=sr", "scale_round=sr", "order=te");
    expect_error("e4m3,tile=3", "tile: '3'", "RxC");
    expect_error("e4m3,per=tile", "per=tile needs tile=RxC", "");
    expect_error("e4m3,block=8,scale_rule=static", "needs scale_value", "");
    expect_error("e4m3,block=8,scale_value=2", "scale_value=2 has no effect", "scale_rule=static");
    expect_error("e4m3,block=8,scale_min=4,scale_max=2", "scale_max=2 is below scale_min=4", "");
    expect_error("e4m3,block=8,zero_point=yes", "e4m3 is no integer", "");
    expect_error("if4_int,block=8,zero_point=yes", "if4_int is no integer", "");
    expect_error("int8,block=8,zero_point=yes,codes=twos", "codes=twos has no effect", "2^bits - 1");
    expect_error("e4m3,block=8,second=block,second_block=12", "a multiple of block=8", "");
    expect_error("e4m3,block=8,via=bf16", "via=bf16 has no effect", "intermediate");
    expect_error("e2m1,block=8,peak=7", "peak: 7 is above the largest value of e2m1", "6");
    expect_error("e2m1,block=8,or=int8", "or: int8 has 8 bits", "e2m1 4");
    expect_error("e2m1,block=8,choose=mae", "choose=mae has no effect", "one way");
    expect_error("e2m1,block=8,search=all", "search=all", "more than 16 bits");
    expect_error("e2m1,block=8,stat=mean", "stat: 'mean' is not one of", "absmax");
    expect_error("q4_0,block=64", "block=64 has no effect", "blocks of its own");
    expect_error("q4_0,round=rna", "round=rna has no effect", "steps of its own");
    expect_error("e2m1,or=int4", "or=int4 has no effect", "nothing is chosen");
    expect_error("e2m1,out_round=rtz", "out_round=rtz has no effect", "without out=");
    expect_error("e2m1,flip=2", "flip: '2'", "probability");
    expect_error("e4m3,per=tensor,second=row", "second=row needs per=block", "");
    expect_error("e4m3,block=32,order=te", "order=te needs second", "");
    expect_error("nvfp4,scale_rule=floor", "scale_rule=floor has no effect", "order=te");
    expect_error("e4m3,block=32,clip=0", "clip: '0'", "0 < share <= 1");
    expect_error("e4m3,block=32,clip=nan", "clip: 'nan'", "");
    expect_error("e4m3,per=token,tail=refuse", "tail=refuse has no effect", "");
    char big[2 * SCHEME_TEXT_SIZE];
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    expect_error(big, "longer than", "");
}

/* Every choice that the key table offers is accepted somewhere, and no other word is. */
static void choices_are_true(void **state)
{
    (void)state;
    static const char *const bases[] = {"e4m3",
                                        "e2m1",
                                        "int8",
                                        "e3m2,block=32",
                                        "e3m2,block=8,second=tensor",
                                        "int4,per=token",
                                        "e2m1,block=8,second=tensor,scale=e4m3",
                                        "e4m3,round=sr",
                                        "e3m2,tile=2x4",
                                        "e3m2,block=8,scale_value=2",
                                        "e3m2,block=8,second_block=16",
                                        "int8,per=token,zero_point=yes",
                                        "e2m1,block=16,search=2",
                                        "e2m1,out=fp16",
                                        "nf4,block=64",
                                        "int8,round=rna",
                                        "mxfp4",
                                        "e2m1,block=8,second=tensor,scale=e4m3,quotient=divide"};
    for (size_t k = 0; k < scheme_key_count(); k++) {
        char list[400];
        snprintf(list, sizeof list, "%s", scheme_key_at(k)->choices);
        if (!strchr(list, '|'))
            continue;
        for (char *word = strtok(list, "|"); word; word = strtok(NULL, "|")) {
            bool accepted = false;
            for (size_t b = 0; b < sizeof bases / sizeof *bases; b++) {
                char text[300];
                struct quant_spec q;
                struct error e = {{0}};
                snprintf(text, sizeof text, "%s,%s=%s", bases[b], scheme_key_at(k)->name, word);
                accepted |= scheme_parse(text, &q, &e) == STATUS_OK;
            }
            if (!accepted)
                fail_msg("%s=%s is offered but never accepted", scheme_key_at(k)->name, word);
        }
    }
    /* the names of the registry's lines are those of the descriptors, in order */
    char want[400] = "";
    for (size_t i = 0; i < scale_rule_count(); i++) {
        strcat(want, i ? "|" : "");
        strcat(want, scale_rule_at(i)->name);
    }
    assert_string_equal(scheme_key_find("scale_rule")->choices, want);
}

/* Parse(canonical(s)) == s, and parse(short(s)) == s, over random texts and all aliases and formats. */
static void round_trips(void **state)
{
    (void)state;
    static const char *const values[] = {
        "none", "on",   "off",  "ieee",  "nan",   "fnuz",   "0",      "1",      "8",
        "32",   "sym",  "twos", "rne",   "sr",    "odd",    "keep",   "drop",   "max",
        "zero", "last", "0.5",  "te",    "exact", "row",    "tensor", "token",  "channel",
        "e8m0", "e4m3", "fp16", "floor", "rceil", "absmax", "short",  "refuse", "block"};
    size_t parsed = 0;
    for (uint64_t i = 0; i < 60000; i++) {
        uint32_t r[4];
        rng_u32x4(9, 0, i, r);
        size_t bases = format_count() + scheme_alias_count();
        size_t b = r[0] % bases;
        char text[SCHEME_TEXT_SIZE];
        int n = snprintf(text, sizeof text, "%s",
                         b < format_count() ? format_at(b)->name : scheme_alias_at(b - format_count())->name);
        for (uint32_t k = 0; k < r[1] % 5; k++) {
            uint32_t v = rng_u32(9, 1, 8 * i + k);
            n += snprintf(text + n, sizeof text - (size_t)n, ",%s=%s",
                          scheme_key_at(v % scheme_key_count())->name,
                          values[(v >> 8) % (sizeof values / sizeof *values)]);
        }
        struct quant_spec q, again;
        struct error e = {{0}};
        if (scheme_parse(text, &q, &e))
            continue;
        parsed++;
        char canonical_text[SCHEME_TEXT_SIZE], short_form[SCHEME_TEXT_SIZE], back[SCHEME_TEXT_SIZE];
        scheme_canonical(&q, canonical_text);
        if (scheme_parse(canonical_text, &again, &e))
            fail_msg("%s -> %s: %s", text, canonical_text, e.text);
        scheme_canonical(&again, back);
        assert_string_equal(back, canonical_text);
        assert_memory_equal(&again.rounding, &q.rounding, sizeof q.rounding);
        assert_string_equal(again.element.name, q.element.name);
        assert_true(
            again.element.bias == q.element.bias && again.element.specials == q.element.specials &&
            again.element.stretch == q.element.stretch && again.element.subnormals == q.element.subnormals &&
            again.element.codes == q.element.codes && again.element.fraction_bits == q.element.fraction_bits);
        assert_true(again.scaling.per == q.scaling.per && again.scaling.block == q.scaling.block &&
                    again.scaling.rule == q.scaling.rule && again.scaling.clip == q.scaling.clip &&
                    again.scaling.second == q.scaling.second && again.scaling.order == q.scaling.order &&
                    again.scaling.tail == q.scaling.tail &&
                    again.scaling.scale_round == q.scaling.scale_round);
        assert_string_equal(again.scaling.axis, q.scaling.axis);
        assert_string_equal(again.scaling.scale.name, q.scaling.scale.name);
        if (i % 16 == 0) {
            scheme_short(&q, short_form);
            assert_int_equal(scheme_parse(short_form, &again, &e), STATUS_OK);
            scheme_canonical(&again, back);
            assert_string_equal(back, canonical_text);
        }
    }
    assert_true(parsed > 5000);
    printf("# covered scheme round trips: %zu schemes\n", parsed);
}

static void aliases_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < scheme_alias_count(); i++) {
        struct quant_spec q;
        struct error e = {{0}};
        char text[SCHEME_TEXT_SIZE];
        if (scheme_parse(scheme_alias_at(i)->name, &q, &e))
            fail_msg("%s: %s", scheme_alias_at(i)->name, e.text);
        scheme_short(&q, text);
        assert_string_equal(text, scheme_alias_at(i)->name);
        assert_null(format_find(scheme_alias_at(i)->name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical),        cmocka_unit_test(short_text),  cmocka_unit_test(errors),
        cmocka_unit_test(choices_are_true), cmocka_unit_test(round_trips), cmocka_unit_test(aliases_parse),
    };
    return cmocka_run_group_tests_name("scheme", tests, NULL, NULL);
}

/* GGUF: what is read, blocks against the project's own schemes, what is listed as unreadable, every refusal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/number.h"
#include "sim/base/hash.h"
#include "sim/dump/ggml.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/draws.h"
#include "tests/gguf_bytes.h"

enum { U8 = 0, I16 = 3, U32 = 4, F32 = 6, BOOL = 7, STRING = 8, ARRAY = 9, F64 = 12 }; /* values of keys */
enum {
    T_F32 = 0,
    T_F16 = 1,
    T_Q4_0 = 2,
    T_Q8_1 = 9,
    T_IQ2_XS = 17,
    T_I8 = 24,
    T_I64 = 27,
    T_F64 = 28,
    T_BF16 = 30
};

static struct gguf_bytes g;

static const char *file(void)
{
    return bytes_file("a.gguf", g.at, g.n);
}

static void refuse(const char *message)
{
    expect_refused(file(), NULL, STATUS_MISSING, message);
}

/* A file with every type of value, tensors of several types not in the order of their data, and padding. */
static void whole(uint32_t version)
{
    gguf_begin(&g, version, 6, 8);
    gguf_key(&g, "general.alignment", U32), gguf_number(&g, 8, 4);
    gguf_key(&g, "general.architecture", STRING), gguf_text(&g, "llama");
    gguf_key(&g, "a.byte", U8), gguf_number(&g, 200, 1);
    gguf_key(&g, "a.short", I16), gguf_number(&g, 0xffff, 2);
    gguf_key(&g, "a.real", F64), gguf_number(&g, 0, 8);
    gguf_key(&g, "a.flag", BOOL), gguf_number(&g, 1, 1);
    gguf_key(&g, "a.words", ARRAY), gguf_number(&g, STRING, 4), gguf_number(&g, 2, 8);
    gguf_text(&g, "one"), gguf_text(&g, "");
    gguf_key(&g, "a.nested", ARRAY), gguf_number(&g, ARRAY, 4), gguf_number(&g, 2, 8);
    gguf_number(&g, BOOL, 4), gguf_number(&g, 3, 8), gguf_number(&g, 0x010001, 3);
    gguf_number(&g, F32, 4), gguf_number(&g, 0, 8);
    gguf_tensor(&g, "late", 1, (const uint64_t[]){2}, T_BF16, 56);
    gguf_tensor(&g, "a", 2, (const uint64_t[]){3, 2}, T_F32, 0);
    gguf_tensor(&g, "wide", 1, (const uint64_t[]){2}, T_I64, 40);
    gguf_tensor(&g, "one", 0, NULL, T_I8, 24);
    gguf_tensor(&g, "strange", 1, (const uint64_t[]){5}, 1000, 32);
    gguf_tensor(&g, "none", 2, (const uint64_t[]){0, 4}, T_F64, 56);
    gguf_pad(&g, 8);
    gguf_data(&g, (const float[]){0, 1, 2, 3, 4, 5}, 24);
    gguf_number(&g, 0xf9, 1);
    gguf_pad(&g, 8);
    gguf_number(&g, 1, 8), gguf_number(&g, 2, 8), gguf_number(&g, 3, 8);
    gguf_number(&g, 0x3f80, 2), gguf_number(&g, 0xc040, 2);
}

static void reads(void **state)
{
    (void)state;
    for (uint32_t version = 2; version <= 3; version++) {
        whole(version);
        struct dump *d = expect_open(bytes_file("a.other", g.at, g.n), NULL); /* by its bytes */
        assert_string_equal(dump_format_name(d), "gguf");
        assert_string_equal(dump_metadata(d, "general.architecture"), "llama");
        assert_int_equal(dump_count(d), 4);
        static const char *const order[] = {"a", "one", "none", "late"}; /* of the data */
        for (size_t i = 0; i < 4; i++)
            assert_string_equal(dump_tensor(d, i)->name, order[i]);
        const struct tensor_view *t = dump_tensor(d, 0);
        char shape[TENSOR_SHAPE_TEXT];
        float x[6];
        tensor_shape_text(t, shape);
        assert_string_equal(shape, "[2,3]"); /* stored 3, 2 */
        tensor_read_f32(t, 0, 6, x);
        assert_memory_equal(x, ((const float[]){0, 1, 2, 3, 4, 5}), sizeof x);
        assert_string_equal(tensor_type_name(t), "F32");
        assert_int_equal(dump_tensor(d, 1)->rank, 0);
        tensor_read_f32(dump_tensor(d, 1), 0, 1, x);
        assert_true(x[0] == -7);
        tensor_read_f32(dump_tensor(d, 3), 0, 2, x);
        assert_true(x[0] == 1 && x[1] == -3);
        assert_int_equal(dump_unreadable_count(d), 2);
        assert_string_equal(dump_unreadable_at(d, 0)->name, "strange");
        assert_non_null(strstr(dump_unreadable_at(d, 0)->why, "type 1000 is none of ggml's"));
        assert_non_null(strstr(dump_unreadable_at(d, 1)->why, "type I64 is not one of those that are read"));
        dump_close(d);
    }
    gguf_begin(&g, 3, 0, 0);
    struct dump *d = expect_open(file(), NULL);
    assert_int_equal(dump_count(d), 0);
    dump_close(d);
    struct dump_hint hint = {.has_dtype = true, .dtype = DTYPE_F8_E4M3};
    whole(3);
    d = expect_open(file(), &hint);
    assert_int_equal(dump_tensor(d, 1)->dtype, DTYPE_F8_E4M3);
    dump_close(d);
    hint.dtype = DTYPE_U16;
    d = expect_open(file(), &hint);
    assert_int_equal(dump_tensor(d, 3)->dtype, DTYPE_U16);
    dump_close(d);
}

/* --- blocks that the project's schemes make --- */

/* Puts 4 bits of each code as ggml does: j and j + n / 2 in byte j. */
static void put_nibbles(const uint32_t *codes, size_t n)
{
    for (size_t j = 0; j < n / 2; j++)
        gguf_number(&g, (codes[j] & 15) | (codes[j + n / 2] & 15) << 4, 1);
}

static void put_fifths(const uint32_t *codes)
{
    uint32_t bits = 0;
    for (int j = 0; j < 32; j++)
        bits |= (codes[j] >> 4 & 1) << j;
    gguf_number(&g, bits, 4);
}

enum layout { FOUR, FOUR_OFFSET, FIVE, FIVE_OFFSET, EIGHT, MX, NV };

/* The block of codes[0] .. codes[n - 1] under scales[0] .. */
static void put_block(enum layout layout, const uint32_t *codes, const uint32_t *scales)
{
    switch (layout) {
    case FOUR:
    case FOUR_OFFSET:
        gguf_number(&g, scales[0], layout == FOUR ? 2 : 4);
        put_nibbles(codes, 32);
        break;
    case FIVE:
    case FIVE_OFFSET:
        gguf_number(&g, scales[0], layout == FIVE ? 2 : 4);
        put_fifths(codes);
        put_nibbles(codes, 32);
        break;
    case EIGHT:
        gguf_number(&g, scales[0], 2);
        for (int j = 0; j < 32; j++)
            gguf_number(&g, codes[j], 1);
        break;
    case MX:
        gguf_number(&g, scales[0], 1);
        put_nibbles(codes, 32);
        break;
    case NV:
        for (int j = 0; j < 4; j++)
            gguf_number(&g, scales[j], 1);
        for (int j = 0; j < 4; j++)
            put_nibbles(codes + 16 * j, 16);
        break;
    }
}

enum { ROWS = 6, COLUMNS = 128, N = ROWS * COLUMNS };

/* Quantizes by `text`, packs as ggml type `number`, reads back: the scheme's values, bit for bit. */
static void compare_scheme(const char *text, uint32_t number, enum layout layout, enum draw draw,
                           uint64_t seed)
{
    static float x[N], values[N], back[N];
    static uint32_t codes[N], scales[N];
    struct error e = {{0}};
    struct quant_spec q;
    struct quant_stats stats;
    const struct ggml_type *type = ggml_type_find(number);
    const size_t per_scale = layout == NV ? 16 : 32;
    draw_fill(x, N, draw, seed);
    assert_int_equal(scheme_parse(text, &q, &e), STATUS_OK);
    const struct quant_input in = {.x = x, .rank = 2, .shape = {ROWS, COLUMNS}, .axis = 1};
    const struct quant_output out = {.values = values, .codes = codes, .scales = scales};
    assert_int_equal(quantize(&q, &in, &out, &stats, &e), STATUS_OK);
    gguf_begin(&g, 3, 1, 0);
    gguf_tensor(&g, "w", 2, (const uint64_t[]){COLUMNS, ROWS}, number, 0);
    gguf_pad(&g, 32);
    for (size_t first = 0; first < N; first += type->block)
        put_block(layout, codes + first, scales + first / per_scale);
    struct dump *d = expect_open(file(), NULL);
    const struct tensor_view *t = dump_tensor(d, 0);
    assert_string_equal(tensor_type_name(t), type->name);
    assert_int_equal(t->dtype, DTYPE_F32);
    tensor_read_f32(t, 0, N, back);
    for (size_t i = 0; i < N; i++)
        if (bits_from_f32(back[i]) != bits_from_f32(values[i]))
            fail_msg("%s, element %zu of %a: %a in the file, %a by the scheme", text, i, (double)x[i],
                     (double)back[i], (double)values[i]);
    for (size_t first = 0; first < N; first += 37) { /* not at ends of blocks */
        float piece[50];
        const size_t n = N - first < 50 ? N - first : 50;
        tensor_read_f32(t, first, n, piece);
        assert_memory_equal(piece, back + first, n * sizeof *piece);
    }
    char packed[HASH_HEX_SIZE], plain[HASH_HEX_SIZE];
    struct tensor_view same = {.data = values, .dtype = DTYPE_F32, .rank = 2, .shape = {ROWS, COLUMNS}};
    tensor_set_c_order(&same);
    tensor_hash(t, packed);
    tensor_hash(&same, plain);
    assert_string_equal(packed, plain);
    tensor_release(t, 0, N);
    dump_close(d);
}

static void schemes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t number;
        enum layout layout;
    } cases[] = {{"ggml:q4_0", 2, FOUR},        {"ggml:q4_1", 3, FOUR_OFFSET}, {"ggml:q5_0", 6, FIVE},
                 {"ggml:q5_1", 7, FIVE_OFFSET}, {"ggml:q8_0", 8, EIGHT},       {"ggml:mxfp4", 39, MX},
                 {"ggml:nvfp4", 40, NV}};
    static const enum draw draws[] = {DRAW_NORMAL,  DRAW_POSITIVE, DRAW_NEGATIVE,
                                      DRAW_SHIFTED, DRAW_SHORT,    DRAW_CONSTANT};
    size_t files = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < sizeof draws / sizeof *draws; k++)
            for (uint64_t seed = 0; seed < (WATCHED ? 1 : 8); seed++, files++)
                compare_scheme(cases[i].text, cases[i].number, cases[i].layout, draws[k], seed);
    printf("# covered files of schemes: %zu of %d values\n", files, N);
}

/* --- refusals --- */

static void headers(void **state)
{
    (void)state;
    expect_refused(bytes_file("b.gguf", "GGML", 4), NULL, STATUS_MISSING, "does not begin with GGUF");
    expect_refused(bytes_file("b.gguf", "GGUF\3", 5), NULL, STATUS_MISSING,
                   "the version at byte 4 takes 4 bytes, but the file ends after 1");
    gguf_begin(&g, 1, 0, 0);
    refuse("GGUF version 1; read are 2 and 3 (1 had shorter lengths");
    gguf_begin(&g, 4, 0, 0);
    refuse("GGUF version 4; read are 2 and 3");
    gguf_begin(&g, 3 << 24, 0, 0);
    refuse("a big-endian file");
    gguf_begin(&g, 3, UINT64_MAX, 0);
    refuse("claims 18446744073709551615 tensors; allowed are 1048576");
    gguf_begin(&g, 3, 1 << 20, 0);
    refuse("claims 1048576 tensors of at least 24 bytes each in a file of 24");
    gguf_begin(&g, 3, 0, (uint64_t)1 << 63);
    refuse("claims 9223372036854775808 keys; allowed are 1048576");
    gguf_begin(&g, 3, 0, 2);
    refuse("claims 2 keys of at least 13 bytes each");
}

static void one_key(const char *key, uint32_t type)
{
    gguf_begin(&g, 3, 0, 1);
    gguf_key(&g, key, type);
}

static void keys(void **state)
{
    (void)state;
    gguf_begin(&g, 3, 0, 1);
    gguf_text(&g, ""), gguf_number(&g, 0, 8);
    refuse("a key at byte 24 is empty");
    gguf_begin(&g, 3, 0, 1);
    gguf_number(&g, 3, 8), gguf_data(&g, "a\0b", 3), gguf_number(&g, 0, 8);
    refuse("a key at byte 24 is broken by a zero byte");
    gguf_begin(&g, 3, 0, 1);
    gguf_number(&g, UINT64_MAX, 8), gguf_number(&g, 0, 8);
    refuse("a key at byte 24 claims 18446744073709551615 bytes, but only 8 follow");
    one_key("a", 13), gguf_number(&g, 0, 8);
    refuse("a value of type 13 before byte 37; allowed are 0 to 12");
    one_key("a", BOOL), gguf_number(&g, 2, 1);
    refuse("a truth value at byte 37 is 2");
    one_key("a", F64), gguf_number(&g, 2, 4);
    refuse("1 values at byte 37 take at least 8 bytes each, but only 4 follow");
    one_key("a", ARRAY), gguf_number(&g, F64, 4), gguf_number(&g, (uint64_t)1 << 61, 8);
    refuse("2305843009213693952 values at byte 49 take at least 8 bytes each, but only 0 follow");
    one_key("a", ARRAY), gguf_number(&g, STRING, 4), gguf_number(&g, 1, 8), gguf_number(&g, 9, 8);
    refuse("a text at byte 49 claims 9 bytes, but only 0 follow");
    one_key("a", ARRAY);
    for (int depth = 0; depth < 3000; depth++)
        gguf_number(&g, ARRAY, 4), gguf_number(&g, 1, 8);
    refuse("lie in more than 8 others");
    gguf_begin(&g, 3, 0, 2);
    gguf_key(&g, "a", U8), gguf_number(&g, 0, 1), gguf_key(&g, "a", U8), gguf_number(&g, 0, 1);
    refuse("two keys are named \"a\"");
    one_key("general.alignment", STRING), gguf_text(&g, "32");
    refuse("general.alignment has type 8; allowed is 4 (uint32)");
    one_key("general.alignment", U32), gguf_number(&g, 24, 4);
    refuse("general.alignment is 24; allowed are powers of two");
    one_key("general.alignment", U32), gguf_number(&g, 0, 4);
    refuse("general.alignment is 0;");
}

/* One tensor and `data` bytes of it. */
static void one_tensor(int rank, const uint64_t *lengths, uint32_t type, uint64_t offset, size_t data)
{
    gguf_begin(&g, 3, 1, 0);
    gguf_tensor(&g, "w", rank, lengths, type, offset);
    gguf_pad(&g, 32);
    for (size_t i = 0; i < data; i++)
        gguf_number(&g, i, 1);
}

static void tensors(void **state)
{
    (void)state;
    const uint64_t huge[] = {(uint64_t)1 << 32, (uint64_t)1 << 32}, lots[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    one_tensor(2, huge, T_F32, 0, 0);
    refuse("tensor \"w\": the shape [4294967296,4294967296] is too large");
    one_tensor(2, huge, 1000, 0, 0);
    refuse("is too large");
    one_tensor(9, lots, T_F32, 0, 4);
    refuse("tensor \"w\": 9 axes; allowed are 0 to 8");
    one_tensor(1, (const uint64_t[]){33}, T_Q4_0, 0, 36);
    refuse("tensor \"w\": rows of 33 elements are no whole blocks of 32 (Q4_0)");
    one_tensor(2, (const uint64_t[]){16, 2}, T_Q4_0, 0, 18);
    refuse("rows of 16 elements");
    one_tensor(1, (const uint64_t[]){32}, T_Q4_0, 0, 17);
    refuse("tensor \"w\": bytes 0 to 0 + 18 leave the 17 bytes of data");
    one_tensor(1, (const uint64_t[]){1}, T_F16, 32, 32);
    refuse("bytes 32 to 32 + 2 leave the 32 bytes");
    one_tensor(1, (const uint64_t[]){1}, T_F16, (uint64_t)-32, 32);
    refuse("leave the 32 bytes");
    one_tensor(1, (const uint64_t[]){1}, T_F16, 16, 32);
    refuse("tensor \"w\": its data begin at 16, no multiple of the alignment 32");
    one_tensor(1, (const uint64_t[]){32}, T_Q8_1, 0, 35);
    refuse("0 + 36 leave the 35 bytes"); /* of a type that is not read, too */
    gguf_begin(&g, 3, 2, 0);
    gguf_tensor(&g, "a", 1, (const uint64_t[]){9}, T_F32, 0);
    gguf_tensor(&g, "b", 1, (const uint64_t[]){1}, T_F32, 32);
    gguf_pad(&g, 32), gguf_number(&g, 0, 64);
    refuse("tensors \"b\" and \"a\" overlap: one begins at 32, the other ends at 36");
    gguf_begin(&g, 3, 2, 0);
    gguf_tensor(&g, "a", 1, (const uint64_t[]){1}, T_F32, 0);
    gguf_tensor(&g, "a", 1, (const uint64_t[]){1}, T_F32, 32);
    gguf_pad(&g, 32), gguf_number(&g, 0, 64);
    refuse("two tensors are named \"a\"");
    one_tensor(1, (const uint64_t[]){256}, T_IQ2_XS, 0, 74);
    struct dump *d = expect_open(file(), NULL);
    size_t i;
    struct error e = {{0}};
    assert_int_equal(dump_find(d, "w", &i, &e), STATUS_MISSING);
    assert_non_null(
        strstr(e.text, "tensor \"w\" cannot be read: type IQ2_XS is not one of those that are read"));
    dump_close(d);
    one_tensor(1, (const uint64_t[]){64}, 5, 0, 0);
    d = expect_open(file(), NULL);
    assert_string_equal(dump_unreadable_at(d, 0)->why, "type Q4_3 is no longer in use");
    dump_close(d);
    gguf_begin(&g, 3, 1, 0);
    gguf_tensor(&g, "a\n\xff", 1, (const uint64_t[]){1}, T_F32, 0);
    gguf_pad(&g, 32), gguf_number(&g, 0, 4);
    d = expect_open(file(), NULL);
    assert_string_equal(dump_unreadable_at(d, 0)->name, "a\\x0a\\xff");
    assert_string_equal(dump_unreadable_at(d, 0)->why, "its name is not UTF-8");
    dump_close(d);
    struct dump_hint hint = {.has_dtype = true, .dtype = DTYPE_F32};
    one_tensor(1, (const uint64_t[]){32}, T_Q4_0, 0, 18);
    expect_refused(file(), &hint, STATUS_INVALID, "dtype F32 has no effect");
}

static void damaged(void **state)
{
    (void)state;
    gguf_begin(&g, 3, 2, 2);
    gguf_key(&g, "general.alignment", U32), gguf_number(&g, 2, 4);
    gguf_key(&g, "n", ARRAY), gguf_number(&g, ARRAY, 4), gguf_number(&g, 1, 8);
    gguf_number(&g, STRING, 4), gguf_number(&g, 1, 8), gguf_text(&g, "x");
    gguf_tensor(&g, "q", 1, (const uint64_t[]){32}, T_Q4_0, 0);
    gguf_tensor(&g, "h", 1, (const uint64_t[]){1}, T_F16, 18);
    gguf_pad(&g, 2);
    for (int i = 0; i < 20; i++)
        gguf_number(&g, (uint64_t)i, 1);
    const size_t opened = exercise_damaged("d.gguf", g.at, g.n);
    printf("# covered damaged GGUF files: %zu cuts, %zu flipped bits\n", g.n, 8 * g.n);
    assert_int_equal(opened, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads),   cmocka_unit_test(schemes),
                                       cmocka_unit_test(headers), cmocka_unit_test(keys),
                                       cmocka_unit_test(tensors), cmocka_unit_test(damaged)};
    return cmocka_run_group_tests_name("dump_gguf", tests, NULL, NULL);
}

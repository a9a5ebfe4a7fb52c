/* sim/tensor: dtypes, strided reading, conversion to binary32, identity, axes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/number.h"
#include "sim/base/hash.h"
#include "sim/base/rng.h"
#include "sim/tensor.h"
#include "tests/check.h"

static void dtypes(void **state)
{
    (void)state;
    static const size_t sizes[DTYPES] = {8, 4, 2, 2, 1, 1, 1, 1, 2, 2, 4, 4};
    for (int i = 0; i < DTYPES; i++) {
        enum dtype found = DTYPES;
        assert_int_equal(dtype_size((enum dtype)i), sizes[i]);
        assert_true(dtype_find(dtype_names[i], &found));
        assert_int_equal(found, i);
    }
    static const struct {
        const char *name;
        enum dtype dtype;
    } aliases[] = {
        {"float32", DTYPE_F32}, {"f4", DTYPE_F32}, {"bf16", DTYPE_BF16}, {"f8", DTYPE_F64},
        {"i8", DTYPE_I8},       {"u8", DTYPE_U8},  {"FP16", DTYPE_F16},  {"float8_e4m3fn", DTYPE_F8_E4M3},
        {"uint32", DTYPE_U32}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        enum dtype found = DTYPES;
        assert_true(dtype_find(aliases[i].name, &found));
        assert_int_equal(found, aliases[i].dtype);
    }
    enum dtype untouched = DTYPE_I16;
    assert_false(dtype_find("i64", &untouched));
    assert_false(dtype_find("", &untouched));
    assert_int_equal(untouched, DTYPE_I16);
}

static struct tensor_view view_of(const void *data, enum dtype d, int rank, const size_t *shape)
{
    struct tensor_view t = {.name = "t", .data = data, .dtype = d, .rank = rank};
    if (rank)
        memcpy(t.shape, shape, (size_t)rank * sizeof *shape);
    tensor_set_c_order(&t);
    return t;
}

/* The value of a code by the definition of a binary float: independent of formats/. */
static double float_code(uint32_t code, int exponent_bits, int mantissa_bits, bool ieee)
{
    uint32_t mantissa = code & ((1u << mantissa_bits) - 1);
    int field = (int)(code >> mantissa_bits) & ((1 << exponent_bits) - 1),
        bias = (1 << (exponent_bits - 1)) - 1;
    double sign = code >> (mantissa_bits + exponent_bits) & 1 ? -1 : 1;
    if (field == (1 << exponent_bits) - 1 && ieee)
        return mantissa ? (double)NAN : sign * HUGE_VAL;
    if (!ieee && (code & 0x7f) == 0x7f) /* E4M3: the all-ones code alone is NaN */
        return (double)NAN;
    double significand = (double)mantissa + (field ? ldexp(1, mantissa_bits) : 0);
    return sign * ldexp(significand, (field ? field : 1) - bias - mantissa_bits);
}

static void small_floats(void **state)
{
    (void)state;
    static const struct {
        enum dtype dtype;
        int exponent_bits, mantissa_bits;
        bool ieee;
    } types[] = {{DTYPE_F16, 5, 10, true},
                 {DTYPE_BF16, 8, 7, true},
                 {DTYPE_F8_E4M3, 4, 3, false},
                 {DTYPE_F8_E5M2, 5, 2, true}};
    static uint16_t wide[1 << 16];
    static uint8_t narrow[1 << 8];
    static float out[1 << 16];
    for (size_t k = 0; k < 1 << 16; k++)
        wide[k] = (uint16_t)k;
    for (size_t k = 0; k < 1 << 8; k++)
        narrow[k] = (uint8_t)k;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t n = dtype_size(types[i].dtype) == 2 ? 1 << 16 : 1 << 8;
        struct tensor_view t = view_of(n > 256 ? (const void *)wide : narrow, types[i].dtype, 1, &n);
        tensor_read_f32(&t, 0, n, out);
        for (uint32_t code = 0; code < n; code++) {
            double want = float_code(code, types[i].exponent_bits, types[i].mantissa_bits, types[i].ieee);
            if (isnan(want) ? !isnan(out[code]) : bits_from_f32(out[code]) != bits_from_f32((float)want))
                fail_msg("%s code %04x: %a, expected %a", dtype_names[types[i].dtype], code,
                         (double)out[code], want);
        }
    }
}

#define CHECK_READ(dtype, type, ...)                                         \
    do {                                                                     \
        const type in[] = {__VA_ARGS__};                                     \
        size_t n = sizeof in / sizeof *in;                                   \
        float got[16];                                                       \
        struct tensor_view t = view_of(in, dtype, 1, &n);                    \
        tensor_read_f32(&t, 0, n, got);                                      \
        for (size_t i = 0; i < n; i++)                                       \
            assert_int_equal(bits_from_f32(got[i]), bits_from_f32(want[i])); \
    } while (0)

static void numbers(void **state)
{
    (void)state;
    {
        const float want[] = {0.0f, -0.0f, 0x1p-149f, 1.0f, 0x1.000002p0f, 0x1.000004p0f, 0x1p24f, HUGE_VALF};
        /* ties to even: 1 + 2^-24 down, 1 + 3 * 2^-24 up */
        CHECK_READ(DTYPE_F64, double, 0.0, -0.0, 0x1.8p-150, 0x1.000001p0, 0x1.000002p0, 0x1.000003p0,
                   0x1p24 + 1, 1e39);
    }
    {
        const float want[] = {0, -128, 127, -1};
        CHECK_READ(DTYPE_I8, int8_t, 0, -128, 127, -1);
    }
    {
        const float want[] = {0, 255, 128};
        CHECK_READ(DTYPE_U8, uint8_t, 0, 255, 128);
    }
    {
        const float want[] = {-32768, 32767, -2};
        CHECK_READ(DTYPE_I16, int16_t, -32768, 32767, -2);
    }
    {
        const float want[] = {65535, 32768};
        CHECK_READ(DTYPE_U16, uint16_t, 65535, 32768);
    }
    {
        const float want[] = {0x1p31f, -0x1p31f, 16777216.0f, 16777220.0f};
        CHECK_READ(DTYPE_I32, int32_t, INT32_MAX, INT32_MIN, 16777217, 16777219);
    }
    {
        const float want[] = {0x1p32f, 0x1p31f, 16777216.0f};
        CHECK_READ(DTYPE_U32, uint32_t, UINT32_MAX, 0x80000000u, 16777217);
    }
    { /* binary32 keeps its bits, signalling NaN included */
        const uint32_t in[] = {0x7f800001, 0xffc12345, 0x80000000, 0x00000001};
        uint32_t got[4];
        float out[4];
        struct tensor_view t = view_of(in, DTYPE_F32, 1, &(size_t){4});
        tensor_read_f32(&t, 0, 4, out);
        memcpy(got, out, sizeof got);
        assert_memory_equal(got, in, sizeof in);
    }
}

/* An element by its indices: the definition. */
static void element_naive(const struct tensor_view *t, size_t i, unsigned char *out)
{
    const unsigned char *p = t->data;
    size_t size = dtype_size(t->dtype);
    for (int k = t->rank - 1; k >= 0; k--) {
        p += (ptrdiff_t)(i % t->shape[k]) * t->stride[k];
        i /= t->shape[k];
    }
    for (size_t b = 0; b < size; b++)
        out[b] = p[t->big_endian ? size - 1 - b : b];
}

/* Random views of one buffer: permuted axes, gaps, axes of one, reversed and repeated axes, odd addresses. */
static struct tensor_view random_view(unsigned char *buffer, uint64_t seed)
{
    uint64_t next = 0;
#define RANDOM(n) (rng_u32(seed, 0, next++) % (uint32_t)(n))
    struct tensor_view t = {.name = "t"};
    t.dtype = (enum dtype)RANDOM(DTYPES);
    t.rank = (int)RANDOM(5);
    t.big_endian = RANDOM(2);
    ptrdiff_t step = (ptrdiff_t)dtype_size(t.dtype);
    bool gaps = RANDOM(2);
    bool fortran = RANDOM(2);
    unsigned char *origin = buffer + RANDOM(8);
    for (int k = 0; k < t.rank; k++) {
        int axis = fortran ? k : t.rank - 1 - k;
        t.shape[axis] = 1 + RANDOM(5);
        t.stride[axis] = step;
        if (t.shape[axis] == 1 && RANDOM(2))
            t.stride[axis] = -12345; /* never stepped */
        step *= (ptrdiff_t)t.shape[axis];
        if (gaps && RANDOM(2))
            step += (ptrdiff_t)RANDOM(9);
        uint32_t kind = RANDOM(8);
        if (kind == 0 && t.shape[axis] > 1) { /* reversed */
            origin += (ptrdiff_t)(t.shape[axis] - 1) * t.stride[axis];
            t.stride[axis] = -t.stride[axis];
        } else if (kind == 1) {
            t.stride[axis] = 0; /* repeated */
        }
    }
#undef RANDOM
    t.data = origin;
    return t;
}

static void strides(void **state)
{
    (void)state;
    enum { BUFFER = 1 << 16, VIEWS = 3000 };
    static unsigned char buffer[BUFFER], got[625 * 8 + 1], want[625 * 8];
    for (uint32_t i = 0; i < BUFFER; i++)
        buffer[i] = (unsigned char)rng_u32(3, 1, i);
    for (uint64_t seed = 0; seed < VIEWS; seed++) {
        struct tensor_view t = random_view(buffer, seed);
        size_t n = tensor_count(&t), size = dtype_size(t.dtype);
        for (size_t i = 0; i < n; i++)
            element_naive(&t, i, want + i * size);
        size_t first = rng_u32(seed, 2, 0) % n, part = 1 + rng_u32(seed, 2, 1) % (n - first);
        tensor_read_raw(&t, 0, n, got);
        assert_memory_equal(got, want, n * size);
        memset(got, 0xa5, sizeof got);
        tensor_read_raw(&t, first, part, got);
        assert_memory_equal(got, want + first * size, part * size);
        assert_int_equal(got[part * size], 0xa5);
        /* Identity: the same tensor laid out in little-endian C order. */
        struct tensor_view plain = t;
        plain.big_endian = false;
        plain.data = want;
        tensor_set_c_order(&plain);
        char a[HASH_HEX_SIZE], b[HASH_HEX_SIZE];
        tensor_hash(&t, a);
        tensor_hash(&plain, b);
        assert_string_equal(a, b);
    }
}

/* Longer than the inner buffer of the conversion, from a transposed big-endian view. */
static void long_conversion(void **state)
{
    (void)state;
    enum { ROWS = 211, COLUMNS = 97, N = ROWS * COLUMNS };
    static unsigned char bytes[2 * N];
    static float out[N];
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t c = 0; c < COLUMNS; c++) {
            uint32_t value = (r * COLUMNS + c) * 3 % 65536;
            bytes[2 * (c * ROWS + r)] = (unsigned char)(value >> 8);
            bytes[2 * (c * ROWS + r) + 1] = (unsigned char)value;
        }
    struct tensor_view t = {.data = bytes,
                            .dtype = DTYPE_U16,
                            .big_endian = true,
                            .rank = 2,
                            .shape = {ROWS, COLUMNS},
                            .stride = {2, 2 * ROWS}};
    tensor_read_f32(&t, 0, N, out);
    for (uint32_t i = 0; i < N; i++)
        assert_true((uint32_t)out[i] == i * 3 % 65536);
    tensor_read_f32(&t, 5000, 9000, out);
    for (uint32_t i = 0; i < 9000; i++)
        assert_true((uint32_t)out[i] == (5000 + i) * 3 % 65536);
}

static void identity(void **state)
{
    (void)state;
    const unsigned char data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    char text[64] = "I16 [3,2]\n", got[HASH_HEX_SIZE], want[HASH_HEX_SIZE];
    memcpy(text + 10, data, sizeof data);
    hash_bytes(text, 10 + sizeof data, want);
    struct tensor_view t = view_of(data, DTYPE_I16, 2, (size_t[]){3, 2});
    tensor_hash(&t, got);
    assert_string_equal(got, want);
    struct tensor_view other = view_of(data, DTYPE_I16, 2, (size_t[]){2, 3});
    tensor_hash(&other, want);
    assert_string_not_equal(got, want);
    struct tensor_view scalar = view_of(data, DTYPE_U8, 0, NULL);
    hash_bytes("U8 []\n\1", 7, want);
    tensor_hash(&scalar, got);
    assert_string_equal(got, want);
    struct tensor_view empty = view_of(data, DTYPE_F32, 2, (size_t[]){0, 7});
    hash_bytes("F32 [0,7]\n", 10, want);
    tensor_hash(&empty, got);
    assert_string_equal(got, want);
}

static void shapes(void **state)
{
    (void)state;
    struct tensor_view t = view_of(NULL, DTYPE_F32, 3, (size_t[]){4, 1, 6});
    assert_int_equal(tensor_count(&t), 24);
    assert_int_equal(t.stride[0], 24);
    assert_int_equal(t.stride[1], 24);
    assert_int_equal(t.stride[2], 4);
    char text[TENSOR_SHAPE_TEXT];
    tensor_shape_text(&t, text);
    assert_string_equal(text, "[4,1,6]");
    for (int i = 0; i < TENSOR_MAX_RANK; i++)
        t.shape[i] = SIZE_MAX;
    t.rank = TENSOR_MAX_RANK;
    tensor_shape_text(&t, text);
    assert_int_equal(strlen(text), 8 * 20 + 7 + 2);
    t.rank = 0;
    tensor_shape_text(&t, text);
    assert_string_equal(text, "[]");
    assert_int_equal(tensor_count(&t), 1);
    /* An empty tensor with huge other axes has strides too (no overflow). */
    struct tensor_view empty = view_of(NULL, DTYPE_F64, 3, (size_t[]){(size_t)1 << 30, 0, (size_t)1 << 29});
    assert_int_equal(tensor_count(&empty), 0);
    tensor_read_f32(&empty, 0, 0, NULL);
}

static void axes(void **state)
{
    (void)state;
    struct tensor_view t = view_of(NULL, DTYPE_F32, 3, (size_t[]){2, 3, 4});
    assert_int_equal(tensor_axis(&t, "last"), 2);
    assert_int_equal(tensor_axis(&t, "first"), 0);
    assert_int_equal(tensor_axis(&t, "0"), 0);
    assert_int_equal(tensor_axis(&t, "2"), 2);
    assert_int_equal(tensor_axis(&t, "3"), -1);
    assert_int_equal(tensor_axis(&t, "22"), -1);
    assert_int_equal(tensor_axis(&t, "head"), -1);
    t.axes = "token,head,channel";
    assert_int_equal(tensor_axis(&t, "token"), 0);
    assert_int_equal(tensor_axis(&t, "head"), 1);
    assert_int_equal(tensor_axis(&t, "channel"), 2);
    assert_int_equal(tensor_axis(&t, "chan"), -1);
    assert_int_equal(tensor_axis(&t, "channels"), -1);
    assert_int_equal(tensor_axis(&t, "token,head"), -1);
    assert_int_equal(tensor_axis(&t, ""), -1);
    t.rank = 2; /* a label beyond the axes names none */
    assert_int_equal(tensor_axis(&t, "channel"), -1);
    t.rank = 0;
    assert_int_equal(tensor_axis(&t, "first"), -1);
    assert_int_equal(tensor_axis(&t, "last"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dtypes),          cmocka_unit_test(small_floats),
        cmocka_unit_test(numbers),         cmocka_unit_test(strides),
        cmocka_unit_test(long_conversion), cmocka_unit_test(identity),
        cmocka_unit_test(shapes),          cmocka_unit_test(axes),
    };
    return cmocka_run_group_tests_name("tensor", tests, NULL, NULL);
}

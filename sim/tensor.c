#include "sim/tensor.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/base/hash.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "element bytes are taken as the host's");

const char *const dtype_names[DTYPES] = {
    [DTYPE_F64] = "F64",         [DTYPE_F32] = "F32",         [DTYPE_F16] = "F16", [DTYPE_BF16] = "BF16",
    [DTYPE_F8_E4M3] = "F8_E4M3", [DTYPE_F8_E5M2] = "F8_E5M2", [DTYPE_I8] = "I8",   [DTYPE_U8] = "U8",
    [DTYPE_I16] = "I16",         [DTYPE_U16] = "U16",         [DTYPE_I32] = "I32", [DTYPE_U32] = "U32",
};

size_t dtype_size(enum dtype d)
{
    static const unsigned char sizes[DTYPES] = {
        [DTYPE_F64] = 8,     [DTYPE_F32] = 4,     [DTYPE_F16] = 2, [DTYPE_BF16] = 2,
        [DTYPE_F8_E4M3] = 1, [DTYPE_F8_E5M2] = 1, [DTYPE_I8] = 1,  [DTYPE_U8] = 1,
        [DTYPE_I16] = 2,     [DTYPE_U16] = 2,     [DTYPE_I32] = 4, [DTYPE_U32] = 4,
    };
    return sizes[d];
}

bool dtype_find(const char *name, enum dtype *out)
{
    /* NumPy's "i8" and "u8" mean 64 bits; here they are I8 and U8, the names of safetensors. */
    static const struct {
        const char *name;
        enum dtype dtype;
    } aliases[] = {
        {"float64", DTYPE_F64},
        {"double", DTYPE_F64},
        {"fp64", DTYPE_F64},
        {"f8", DTYPE_F64},
        {"float32", DTYPE_F32},
        {"float", DTYPE_F32},
        {"single", DTYPE_F32},
        {"fp32", DTYPE_F32},
        {"f4", DTYPE_F32},
        {"float16", DTYPE_F16},
        {"half", DTYPE_F16},
        {"fp16", DTYPE_F16},
        {"f2", DTYPE_F16},
        {"bfloat16", DTYPE_BF16},
        {"float8_e4m3fn", DTYPE_F8_E4M3},
        {"f8_e4m3fn", DTYPE_F8_E4M3},
        {"float8_e4m3", DTYPE_F8_E4M3},
        {"e4m3", DTYPE_F8_E4M3},
        {"float8_e5m2", DTYPE_F8_E5M2},
        {"e5m2", DTYPE_F8_E5M2},
        {"int8", DTYPE_I8},
        {"i1", DTYPE_I8},
        {"uint8", DTYPE_U8},
        {"u1", DTYPE_U8},
        {"int16", DTYPE_I16},
        {"i2", DTYPE_I16},
        {"uint16", DTYPE_U16},
        {"u2", DTYPE_U16},
        {"int32", DTYPE_I32},
        {"i4", DTYPE_I32},
        {"uint32", DTYPE_U32},
        {"u4", DTYPE_U32},
    };
    for (int d = 0; d < DTYPES; d++)
        if (strcasecmp(name, dtype_names[d]) == 0) {
            *out = (enum dtype)d;
            return true;
        }
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcasecmp(name, aliases[i].name) == 0) {
            *out = aliases[i].dtype;
            return true;
        }
    return false;
}

/* Dimensions of zero count as one, so that the strides of an empty tensor stay in range too. */
void tensor_set_c_order(struct tensor_view *t)
{
    ptrdiff_t step = (ptrdiff_t)dtype_size(t->dtype);
    for (int i = t->rank - 1; i >= 0; i--) {
        t->stride[i] = step;
        if (t->shape[i])
            step *= (ptrdiff_t)t->shape[i];
    }
}

struct tensor_view tensor_like(const struct tensor_view *like, enum dtype dtype, const void *data)
{
    struct tensor_view t = {
        .name = like->name, .data = data, .dtype = dtype, .rank = like->rank, .axes = like->axes};
    memcpy(t.shape, like->shape, sizeof t.shape);
    tensor_set_c_order(&t);
    return t;
}

size_t tensor_count(const struct tensor_view *t)
{
    size_t n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= t->shape[i];
    return n;
}

/* The C order as runs of evenly spaced elements: trailing axes that continue each other are one run. */
struct walk {
    const unsigned char *at; /* element `position` of the current run */
    ptrdiff_t step;          /* bytes from one element of a run to the next */
    size_t run, position;
    int outer; /* axes 0 .. outer-1 lie outside the run */
    size_t index[TENSOR_MAX_RANK];
};

static struct walk walk_start(const struct tensor_view *t, size_t first)
{
    struct walk w = {.at = t->data, .step = (ptrdiff_t)dtype_size(t->dtype), .run = 1, .outer = t->rank};
    for (; w.outer; w.outer--) {
        size_t length = t->shape[w.outer - 1];
        ptrdiff_t stride = t->stride[w.outer - 1];
        if (length == 1)
            continue;
        if (w.run == 1)
            w.step = stride;
        else if (stride != w.step * (ptrdiff_t)w.run)
            break;
        w.run *= length;
    }
    size_t rest = first / w.run;
    w.position = first % w.run;
    w.at += (ptrdiff_t)w.position * w.step;
    for (int i = w.outer - 1; i >= 0; i--) {
        w.index[i] = rest % t->shape[i];
        rest /= t->shape[i];
        w.at += (ptrdiff_t)w.index[i] * t->stride[i];
    }
    return w;
}

static void walk_next_run(struct walk *w, const struct tensor_view *t)
{
    w->at -= (ptrdiff_t)w->position * w->step;
    w->position = 0;
    for (int i = w->outer - 1; i >= 0; i--) {
        w->at += t->stride[i];
        if (++w->index[i] < t->shape[i])
            return;
        w->at -= (ptrdiff_t)t->shape[i] * t->stride[i];
        w->index[i] = 0;
    }
}

#define GATHER(type, swap)                                \
    for (size_t i = 0; i < n; i++) {                      \
        type x;                                           \
        memcpy(&x, from + (ptrdiff_t)i * step, sizeof x); \
        if (big_endian)                                   \
            x = (type)swap(x);                            \
        memcpy(to + i * sizeof x, &x, sizeof x);          \
    }

static void gather(const unsigned char *from, ptrdiff_t step, size_t size, bool big_endian, size_t n,
                   unsigned char *to)
{
    if (step == (ptrdiff_t)size && (!big_endian || size == 1)) {
        memcpy(to, from, n * size);
        return;
    }
    switch (size) {
    case 1:
        for (size_t i = 0; i < n; i++)
            to[i] = from[(ptrdiff_t)i * step];
        break;
    case 2:
        GATHER(uint16_t, __builtin_bswap16)
        break;
    case 4:
        GATHER(uint32_t, __builtin_bswap32)
        break;
    case 8:
        GATHER(uint64_t, __builtin_bswap64)
        break;
    }
}
#undef GATHER

static void unpack(const struct tensor_view *t, size_t first, size_t n, unsigned char *out)
{
    const struct tensor_packing *p = t->packing;
    assert(t->dtype == DTYPE_F32);
    const unsigned char *at = (const unsigned char *)t->data + first / p->block * p->bytes;
    float values[TENSOR_PACKING_MAX];
    for (size_t skip = first % p->block, now; n; n -= now, skip = 0, at += p->bytes) {
        now = p->block - skip < n ? p->block - skip : n;
        p->decode(at, values);
        memcpy(out, values + skip, now * sizeof *values);
        out += now * sizeof *values;
    }
}

void tensor_read_raw(const struct tensor_view *t, size_t first, size_t n, void *out)
{
    if (n == 0)
        return;
    if (t->packing) {
        unpack(t, first, n, out);
        return;
    }
    size_t size = dtype_size(t->dtype);
    unsigned char *to = out;
    struct walk w = walk_start(t, first);
    for (;;) {
        size_t now = w.run - w.position < n ? w.run - w.position : n;
        gather(w.at, w.step, size, t->big_endian, now, to);
        to += now * size;
        n -= now;
        if (n == 0)
            return;
        w.position += now;
        w.at += (ptrdiff_t)now * w.step;
        walk_next_run(&w, t);
    }
}

static bool is_c_order(const struct tensor_view *t)
{
    ptrdiff_t step = (ptrdiff_t)dtype_size(t->dtype);
    for (int d = t->rank; d-- > 0; step *= (ptrdiff_t)t->shape[d])
        if (t->stride[d] != step && t->shape[d] > 1)
            return false;
    return true;
}

/* Where element i of a tensor in C order lies, or the block that it is in. */
static uintptr_t offset_of(const struct tensor_view *t, size_t i)
{
    return t->packing ? i / t->packing->block * t->packing->bytes : i * dtype_size(t->dtype);
}

/* A fault maps pages beside the one that was read, up to a huge page: they go too, or one in some of them
 * would stay at every call. Pages that are needed again fault again. */
void tensor_release(const struct tensor_view *t, size_t first, size_t n)
{
    if (!t->mapped || !is_c_order(t) || n == 0)
        return;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), beside = (uintptr_t)1 << 21;
    const uintptr_t data = (uintptr_t)t->data, start = data / page * page;
    const uintptr_t end = (data + offset_of(t, tensor_count(t)) + page - 1) / page * page;
    uintptr_t from = (data + offset_of(t, first)) / beside * beside;
    uintptr_t to = (data + offset_of(t, first + n) + beside - 1) / beside * beside;
    from = from > start ? from : start;
    to = to < end ? to : end;
    madvise((void *)from, to - from,
            MADV_DONTNEED); /* of a private map of a file that nobody writes through */
}

void tensor_hash(const struct tensor_view *t, char *hex)
{
    struct hash h;
    hash_begin(&h);
    char shape[TENSOR_SHAPE_TEXT], head[TENSOR_SHAPE_TEXT + 16];
    tensor_shape_text(t, shape);
    int length = snprintf(head, sizeof head, "%s %s\n", dtype_names[t->dtype], shape);
    hash_add(&h, head, (size_t)length);
    unsigned char buffer[1 << 15];
    size_t n = tensor_count(t), chunk = sizeof buffer / dtype_size(t->dtype);
    size_t released = 0, release = TENSOR_LARGE;
    for (size_t first = 0; first < n; first += chunk) {
        size_t now = n - first < chunk ? n - first : chunk;
        tensor_read_raw(t, first, now, buffer);
        hash_add(&h, buffer, now * dtype_size(t->dtype));
        if (first - released >= release) {
            tensor_release(t, released, first - released);
            released = first;
        }
    }
    hash_end(&h, hex);
}

const char *tensor_type_name(const struct tensor_view *t)
{
    return t->packing ? t->packing->name : dtype_names[t->dtype];
}

/* At most 2 + 8 * 21 characters. */
void tensor_shape_text(const struct tensor_view *t, char *out)
{
    size_t length = 0;
    out[length++] = '[';
    for (int i = 0; i < t->rank; i++)
        length +=
            (size_t)snprintf(out + length, TENSOR_SHAPE_TEXT - length, "%s%zu", i ? "," : "", t->shape[i]);
    out[length++] = ']';
    out[length] = '\0';
}

int tensor_axis(const struct tensor_view *t, const char *name)
{
    if (strcmp(name, "last") == 0)
        return t->rank - 1;
    if (strcmp(name, "first") == 0)
        return t->rank ? 0 : -1;
    if (name[0] >= '0' && name[0] <= '9' && name[1] == '\0')
        return name[0] - '0' < t->rank ? name[0] - '0' : -1;
    size_t length = strlen(name);
    const char *label = t->axes;
    for (int i = 0; length && label && i < t->rank; i++) {
        size_t n = strcspn(label, ",");
        if (n == length && memcmp(label, name, n) == 0)
            return i;
        label = label[n] ? label + n + 1 : NULL;
    }
    return -1;
}

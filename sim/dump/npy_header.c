/* The header of .npy 1.0, 2.0 and 3.0 (NumPy Enhancement Proposal 1; numpy/lib/format.py): magic, version, a
 * length, and a Python dictionary of which only strings, booleans and tuples of integers are accepted. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dump/reader.h"

enum { MAGIC = 6, VERSION = 2 };

bool npy_magic(const unsigned char *head, size_t n)
{
    return n >= MAGIC && memcmp(head, "\x93NUMPY", MAGIC) == 0;
}

static size_t length_bytes(const unsigned char *head)
{
    return head[MAGIC] == 1 ? 2 : 4;
}

enum status npy_header_bytes(const unsigned char *head, size_t n, size_t size, size_t *bytes, struct error *e)
{
    if (!npy_magic(head, n))
        return error_set(e, STATUS_MISSING, "does not begin with the npy magic 93 4e 55 4d 50 59");
    if (n < MAGIC + VERSION)
        return error_set(e, STATUS_MISSING, "ends after %zu bytes, inside the npy version", n);
    int major = head[MAGIC], minor = head[MAGIC + 1];
    if (major < 1 || major > 3 || minor != 0)
        return error_set(e, STATUS_MISSING, "npy version %d.%d; known are 1.0, 2.0 and 3.0", major, minor);
    const size_t prefix = MAGIC + VERSION + length_bytes(head);
    if (n < prefix)
        return error_set(e, STATUS_MISSING, "ends after %zu bytes, inside the length of the npy header", n);
    const size_t length = (size_t)dump_little(head + MAGIC + VERSION, length_bytes(head));
    if (length > NPY_HEADER_MAX)
        return error_set(e, STATUS_MISSING, "an npy header of %zu bytes; allowed are %d", length,
                         NPY_HEADER_MAX);
    if (length > size - prefix)
        return error_set(e, STATUS_MISSING, "an npy header of %zu bytes, but only %zu follow its length",
                         length, size - prefix);
    *bytes = prefix + length;
    return STATUS_OK;
}

/* The dictionary, read left to right; the first error ends it. */
struct parser {
    const char *start, *at, *end;
    struct error *e;
};

static enum status fail(const struct parser *p, const char *wanted)
{
    if (p->at == p->end)
        return error_set(p->e, STATUS_MISSING, "npy header ends where %s was expected", wanted);
    return error_set(p->e, STATUS_MISSING, "npy header, character %zu: found '%c' where %s was expected",
                     (size_t)(p->at - p->start) + 1, isprint((unsigned char)*p->at) ? *p->at : '?', wanted);
}

static bool accept(struct parser *p, char c)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
        p->at++;
    if (c == '\0' || p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

static bool accept_word(struct parser *p, const char *word)
{
    accept(p, '\0');
    size_t n = strlen(word);
    if ((size_t)(p->end - p->at) < n || memcmp(p->at, word, n) != 0)
        return false;
    p->at += n;
    return true;
}

static enum status string_read(struct parser *p, const char *wanted, char *out, size_t size)
{
    accept(p, '\0');
    if (p->at == p->end || (*p->at != '\'' && *p->at != '"'))
        return fail(p, wanted);
    char quote = *p->at++;
    size_t n = 0;
    for (; p->at < p->end && *p->at != quote; p->at++) {
        if (n + 1 == size || *p->at == '\\' || !isprint((unsigned char)*p->at))
            return fail(p, "a short string without escapes");
        out[n++] = *p->at;
    }
    out[n] = '\0';
    return accept(p, quote) ? STATUS_OK : fail(p, "the end of a string");
}

static enum status axis_read(struct parser *p, size_t *out)
{
    if (accept(p, '-'))
        return error_set(p->e, STATUS_MISSING, "npy header: shape has a negative axis");
    if (p->at == p->end || !isdigit((unsigned char)*p->at))
        return fail(p, "an integer");
    size_t n = 0;
    for (; p->at < p->end && isdigit((unsigned char)*p->at); p->at++)
        if (__builtin_mul_overflow(n, (size_t)10, &n) ||
            __builtin_add_overflow(n, (size_t)(*p->at - '0'), &n))
            return error_set(p->e, STATUS_MISSING, "npy header: an axis of the shape leaves 64 bits");
    accept(p, 'L'); /* Python 2 wrote long integers so */
    *out = n;
    return STATUS_OK;
}

/* A tuple: "()", "(3,)", "(3, 4)". More axes than fit are counted. */
static enum status shape_read(struct parser *p, size_t *shape, size_t *rank)
{
    if (!accept(p, '('))
        return fail(p, "the tuple of the shape");
    bool comma = true;
    for (*rank = 0; !accept(p, ')'); ++*rank) {
        if (!comma)
            return fail(p, "a comma or the end of the shape");
        size_t length = 0;
        enum status s = axis_read(p, &length);
        if (s)
            return s;
        if (*rank < TENSOR_MAX_RANK)
            shape[*rank] = length;
        comma = accept(p, ',');
    }
    if (*rank == 1 && !comma)
        return error_set(p->e, STATUS_MISSING, "npy header: shape is an integer, not a tuple");
    return STATUS_OK;
}

struct dictionary {
    char descr[64];
    bool fortran, structured;
    size_t shape[TENSOR_MAX_RANK], rank;
};

static enum status value_read(struct parser *p, const char *key, struct dictionary *d)
{
    if (strcmp(key, "shape") == 0)
        return shape_read(p, d->shape, &d->rank);
    if (strcmp(key, "fortran_order") == 0) {
        d->fortran = accept_word(p, "True");
        return d->fortran || accept_word(p, "False") ? STATUS_OK : fail(p, "True or False");
    }
    if (accept(p, '[') || accept(p, '(')) {
        d->structured = true;
        return error_set(p->e, STATUS_SKIP, "a structured dtype; read are plain numbers");
    }
    return string_read(p, "the string of the dtype", d->descr, sizeof d->descr);
}

static enum status dictionary_read(struct parser *p, struct dictionary *d)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    bool seen[3] = {false};
    if (!accept(p, '{'))
        return fail(p, "'{'");
    bool comma = true;
    while (!accept(p, '}')) {
        char key[32];
        if (!comma)
            return fail(p, "a comma or '}'");
        enum status s = string_read(p, "a key", key, sizeof key);
        if (s)
            return s;
        size_t k = 0;
        while (k < 3 && strcmp(key, keys[k]) != 0)
            k++;
        if (k == 3 || seen[k])
            return error_set(p->e, STATUS_MISSING,
                             "npy header: key '%s' is %s; keys are descr, fortran_order, shape", key,
                             k == 3 ? "unknown" : "given twice");
        seen[k] = true;
        if (!accept(p, ':'))
            return fail(p, "':'");
        s = value_read(p, key, d);
        if (s)
            return s;
        comma = accept(p, ',');
    }
    accept(p, '\0');
    if (p->at != p->end)
        return fail(p, "the end");
    for (size_t k = 0; k < 3; k++)
        if (!seen[k])
            return error_set(p->e, STATUS_MISSING, "npy header: key '%s' is missing", keys[k]);
    return STATUS_OK;
}

/* What an element is called that is not read; the letter is NumPy's kind. */
static const char *kind_text(char kind)
{
    switch (kind) {
    case 'O':
        return "pickled Python objects";
    case 'c':
        return "complex numbers";
    case 'U':
    case 'S':
    case 'a':
        return "text";
    case 'M':
    case 'm':
        return "times";
    case 'V':
        return "raw void: say what they are by a dtype of the same size";
    default:
        return "not one of f2 f4 f8 i1 i2 i4 u1 u2 u4 b1";
    }
}

/* dtype and byte order of "<f4", "|u1", ">i2", "|V2"; *size is the bytes of an element, 0 if unknown. Returns
 * whether the dtype is known. Types of ml_dtypes are raw void, but float8_e5m2 is "<f1" (jax-ml/ml_dtypes
 * issue 216), and writers that keep the type use its name (issue 41). */
static bool descr_dtype(const char *descr, enum dtype *dtype, bool *big_endian, size_t *size)
{
    static const struct {
        const char *name;
        enum dtype dtype;
    } names[] = {{"f8", DTYPE_F64},
                 {"f4", DTYPE_F32},
                 {"f2", DTYPE_F16},
                 {"f1", DTYPE_F8_E5M2},
                 {"i1", DTYPE_I8},
                 {"i2", DTYPE_I16},
                 {"i4", DTYPE_I32},
                 {"u1", DTYPE_U8},
                 {"u2", DTYPE_U16},
                 {"u4", DTYPE_U32},
                 {"b1", DTYPE_U8},
                 {"bfloat16", DTYPE_BF16},
                 {"float8_e4m3fn", DTYPE_F8_E4M3},
                 {"float8_e5m2", DTYPE_F8_E5M2}};
    char order = strchr("<>=|", descr[0]) ? *descr++ : '=';
    *big_endian = order == '>';
    *size = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(descr, names[i].name) == 0) {
            *dtype = names[i].dtype;
            *size = dtype_size(*dtype);
            return order != '|' || *size == 1;
        }
    if (descr[0] == 'V' && isdigit((unsigned char)descr[1]) && descr[2] == '\0')
        *size = (size_t)(descr[1] - '0');
    return false;
}

static enum status type_set(const struct dictionary *d, const struct dump_hint *hint, struct tensor_view *t,
                            struct error *e)
{
    size_t size = 0;
    bool known = d->descr[0] && descr_dtype(d->descr, &t->dtype, &t->big_endian, &size);
    if (hint && hint->has_dtype && d->descr[0] && size == dtype_size(hint->dtype)) {
        t->dtype = hint->dtype;
        return STATUS_OK;
    }
    if (!known) {
        const char *kind = d->descr + strspn(d->descr, "<>=|");
        return error_set(e, STATUS_SKIP, "dtype '%s': %s", d->descr, kind_text(*kind));
    }
    return STATUS_OK;
}

static void strides_set(struct tensor_view *t, bool fortran)
{
    if (!fortran) {
        tensor_set_c_order(t);
        return;
    }
    ptrdiff_t step = (ptrdiff_t)dtype_size(t->dtype);
    for (int i = 0; i < t->rank; i++) {
        t->stride[i] = step;
        if (t->shape[i])
            step *= (ptrdiff_t)t->shape[i];
    }
}

enum status npy_header_parse(const unsigned char *head, size_t bytes, size_t size,
                             const struct dump_hint *hint, struct tensor_view *out, struct error *e)
{
    const char *text = (const char *)head + MAGIC + VERSION + length_bytes(head);
    struct parser p = {.start = text, .at = text, .end = (const char *)head + bytes, .e = e};
    struct dictionary d = {.fortran = false};
    enum status s = dictionary_read(&p, &d);
    if (s)
        return s;
    *out = (struct tensor_view){.rank = (int)(d.rank < TENSOR_MAX_RANK ? d.rank : TENSOR_MAX_RANK)};
    memcpy(out->shape, d.shape, sizeof d.shape);
    s = type_set(&d, hint, out, e);
    if (s)
        return s;
    if (d.rank > TENSOR_MAX_RANK)
        return error_set(e, STATUS_SKIP, "%zu axes; allowed are 0 to %d", d.rank, TENSOR_MAX_RANK);
    char shape[TENSOR_SHAPE_TEXT];
    tensor_shape_text(out, shape);
    size_t wanted;
    if (!shape_bytes(out->rank, out->shape, dtype_size(out->dtype), &wanted))
        return error_set(e, STATUS_MISSING, "the shape %s is too large", shape);
    if (wanted != size - bytes)
        return error_set(e, STATUS_MISSING, "%s of %s are %zu bytes, but %zu follow the npy header", shape,
                         d.descr, wanted, size - bytes);
    strides_set(out, d.fortran);
    return STATUS_OK;
}

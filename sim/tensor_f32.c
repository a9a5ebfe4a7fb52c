/* Elements as binary32. The 8- and 16-bit floats go through the definition in formats/, tabulated once. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "sim/tensor.h"

static float f16_values[1 << 16], e4m3_values[1 << 8], e5m2_values[1 << 8];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void fill(const char *name, float *values, uint32_t n)
{
    const struct format *f = format_find(name);
    if (!f)
        abort(); /* the registry of formats always has it */
    for (uint32_t code = 0; code < n; code++)
        values[code] = number_to_f32(format_decode(f, code));
}

static void tables_build(void)
{
    fill("fp16", f16_values, 1 << 16);
    fill("e4m3", e4m3_values, 1 << 8);
    fill("e5m2", e5m2_values, 1 << 8);
}

float tensor_f16(uint16_t code)
{
    pthread_once(&tables_once, tables_build);
    return f16_values[code];
}

#define CONVERT(type, expression)                  \
    for (size_t i = 0; i < n; i++) {               \
        type x;                                    \
        memcpy(&x, from + i * sizeof x, sizeof x); \
        out[i] = (float)(expression);              \
    }                                              \
    break

static void convert(enum dtype d, const unsigned char *from, size_t n, float *out)
{
    switch (d) {
    case DTYPE_F64:
        CONVERT(double, x);
    case DTYPE_F16:
        CONVERT(uint16_t, f16_values[x]);
    case DTYPE_BF16:
        CONVERT(uint16_t, f32_from_bits((uint32_t)x << 16));
    case DTYPE_F8_E4M3:
        CONVERT(uint8_t, e4m3_values[x]);
    case DTYPE_F8_E5M2:
        CONVERT(uint8_t, e5m2_values[x]);
    case DTYPE_I8:
        CONVERT(int8_t, x);
    case DTYPE_U8:
        CONVERT(uint8_t, x);
    case DTYPE_I16:
        CONVERT(int16_t, x);
    case DTYPE_U16:
        CONVERT(uint16_t, x);
    case DTYPE_I32:
        CONVERT(int32_t, x);
    case DTYPE_U32:
        CONVERT(uint32_t, x);
    case DTYPE_F32:
    case DTYPES:
        break;
    }
}
#undef CONVERT

void tensor_read_f32(const struct tensor_view *t, size_t first, size_t n, float *out)
{
    if (t->dtype == DTYPE_F32) {
        tensor_read_raw(t, first, n, out);
        return;
    }
    pthread_once(&tables_once, tables_build);
    unsigned char buffer[1 << 13]; /* stays in the first-level cache */
    size_t chunk = sizeof buffer / dtype_size(t->dtype);
    for (size_t done = 0; done < n; done += chunk) {
        size_t now = n - done < chunk ? n - done : chunk;
        tensor_read_raw(t, first + done, now, buffer);
        convert(t->dtype, buffer, now, out + done);
    }
}

#include "experiments/wire.h"

#include <stdlib.h>

#include "sim/dump/dump.h"

static enum status write_array(const char *path, const void *bytes, enum dtype dtype,
                               const struct tensor_view *like, struct error *e)
{
    const struct tensor_view t = tensor_like(like, dtype, bytes);
    return npy_write(path, &t, e);
}

enum status wire_write(const char *path, const uint32_t *codes, int bits, const struct tensor_view *like,
                       struct error *e)
{
    size_t n = tensor_count(like), size = bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
    unsigned char *bytes = malloc(n * size + 1);
    if (!bytes)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < size; b++)
            bytes[i * size + b] = (unsigned char)(codes[i] >> (8 * b) & 0xff);
    enum status s = write_array(path, bytes,
                                size == 1   ? DTYPE_U8
                                : size == 2 ? DTYPE_U16
                                            : DTYPE_U32,
                                like, e);
    free(bytes);
    return s;
}

static size_t last_axis(const struct tensor_view *t)
{
    return t->rank ? t->shape[t->rank - 1] : 1;
}

enum status wire_check_packed(int bits, const struct tensor_view *like, enum pack_order order, size_t run,
                              struct error *e)
{
    const size_t n = last_axis(like);
    run = run ? run : n ? n : 1;
    for (size_t first = 0; first < n; first += run) {
        size_t length = n - first < run ? n - first : run;
        const char *problem = pack_problem(order, bits, length);
        if (problem)
            return error_set(e, STATUS_INVALID, "--pack: %s; found runs of %zu codes of %d bits", problem,
                             length, bits);
    }
    return STATUS_OK;
}

enum status wire_write_packed(const char *path, const uint32_t *codes, int bits,
                              const struct tensor_view *like, enum pack_order order, size_t run,
                              struct error *e)
{
    struct tensor_view t = tensor_like(like, DTYPE_U8, NULL);
    size_t n = last_axis(like), rows = n ? tensor_count(like) / n : 0;
    run = run ? run : n ? n : 1;
    size_t row_bytes = n / run * pack_size(bits, run) + pack_size(bits, n % run);
    uint8_t *bytes = malloc(rows * row_bytes + 1);
    if (!bytes)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t r = 0; r < rows; r++)
        for (size_t first = 0; first < n; first += run)
            pack_codes(order, bits, codes + r * n + first, n - first < run ? n - first : run,
                       bytes + r * row_bytes + first / run * pack_size(bits, run));
    if (!t.rank)
        t.rank = 1;
    t.shape[t.rank - 1] = row_bytes;
    enum status s = write_array(path, bytes, DTYPE_U8, &t, e);
    free(bytes);
    return s;
}

enum status wire_check_tiles(int bits, const struct tensor_view *like, struct error *e)
{
    if (like->rank != 2 || bits > 8)
        return error_set(e, STATUS_INVALID,
                         "--scale-layout: 128x4 holds a matrix of scales of at most 8 bits; found %d axes, "
                         "%d bits",
                         like->rank, bits);
    return STATUS_OK;
}

enum status wire_write_tiles(const char *path, const uint32_t *scales, const struct tensor_view *like,
                             struct error *e)
{
    size_t rows = like->shape[0], columns = like->shape[1];
    size_t n = scale_layout_size(SCALES_128X4, rows, columns);
    uint32_t *placed = malloc((n + 1) * sizeof *placed);
    if (!placed)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    scale_layout_apply(SCALES_128X4, rows, columns, scales, placed);
    size_t tile_rows = (rows + SCALE_TILE_ROWS - 1) / SCALE_TILE_ROWS;
    size_t tile_columns = (columns + SCALE_TILE_COLUMNS - 1) / SCALE_TILE_COLUMNS;
    struct tensor_view t = {.rank = 5, .shape = {tile_rows, tile_columns, 32, 4, 4}};
    enum status s = wire_write(path, placed, 8, &t, e);
    free(placed);
    return s;
}

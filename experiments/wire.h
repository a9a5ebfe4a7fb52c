/* Codes and scales of a tensor as .npy files: one value a number, or as they lie in memory (formats/pack.h).
 */
#ifndef EXPERIMENTS_WIRE_H
#define EXPERIMENTS_WIRE_H

#include "formats/pack.h"
#include "sim/base/status.h"
#include "sim/tensor.h"

/* Codes as the smallest unsigned type that holds `bits`, little-endian, in the shape of `like`. */
enum status wire_write(const char *path, const uint32_t *codes, int bits, const struct tensor_view *like,
                       struct error *e) MUST_CHECK;
/* Bytes instead: every vector along the last axis starts with a byte of its own, and is packed in runs of
 * `run` codes (0: whole), the last one shorter. The last axis becomes bytes. Only what the check lets pass:
 * STATUS_INVALID where the order does not take such runs. */
enum status wire_check_packed(int bits, const struct tensor_view *like, enum pack_order order, size_t run,
                              struct error *e) MUST_CHECK;
enum status wire_write_packed(const char *path, const uint32_t *codes, int bits,
                              const struct tensor_view *like, enum pack_order order, size_t run,
                              struct error *e) MUST_CHECK;
/* Scales of one byte, a matrix [rows, blocks of a row], in tiles of 128 x 4, as an array [rows of tiles,
 * columns of tiles, 32, 4, 4] whose bytes are the layout. The check: STATUS_INVALID for others. */
enum status wire_check_tiles(int bits, const struct tensor_view *like, struct error *e) MUST_CHECK;
enum status wire_write_tiles(const char *path, const uint32_t *scales, const struct tensor_view *like,
                             struct error *e) MUST_CHECK;

#endif

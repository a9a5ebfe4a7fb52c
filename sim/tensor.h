/* Views of tensors: non-owning, strided, typed. */
#ifndef SIM_TENSOR_H
#define SIM_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TENSOR_MAX_RANK 8

enum dtype {
    DTYPE_F64,
    DTYPE_F32,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_F8_E4M3,
    DTYPE_F8_E5M2,
    DTYPE_I8,
    DTYPE_U8,
    DTYPE_I16,
    DTYPE_U16,
    DTYPE_I32,
    DTYPE_U32,
    DTYPES
};

/* Name as safetensors writes it ("F32", "BF16", ...), size in bytes, and back. */
extern const char *const dtype_names[DTYPES];
size_t dtype_size(enum dtype d);
/* False if no dtype has that name (letter case ignored; float32, f4 and the like are accepted too). */
bool dtype_find(const char *name, enum dtype *out);
/* The value of a binary16 code. */
float tensor_f16(uint16_t code);

/* How blocks of elements lie in a file: `bytes` bytes stand for `block` binary32 values. */
#define TENSOR_PACKING_MAX 256
struct tensor_packing {
    const char *name;    /* of the type in the file */
    size_t block, bytes; /* 1 <= block <= TENSOR_PACKING_MAX */
    void (*decode)(const unsigned char *bytes, float *values);
};

struct tensor_view {
    const char *name;
    const void *data; /* element at index (0, ..., 0); need not be aligned */
    enum dtype dtype;
    bool big_endian;
    bool mapped; /* data lies in a mapped file: its pages may be given back, and come again when read */
    int rank;    /* 0..TENSOR_MAX_RANK; rank 0 is one element */
    size_t shape[TENSOR_MAX_RANK];
    ptrdiff_t stride[TENSOR_MAX_RANK]; /* bytes */
    const char *axes;                  /* labels of the axes, "token,channel", or NULL */
    /* NULL, or: data are the blocks of the C order one after the other, and what is read of them is binary32;
     * dtype is F32 and stride that of C order. The count of elements is a multiple of the block. */
    const struct tensor_packing *packing;
};

/* Fills stride for C order (last index fastest) of t->dtype. */
void tensor_set_c_order(struct tensor_view *t);
/* A view of `data`, plain elements in C order, with the shape, name and labels of `like`. */
struct tensor_view tensor_like(const struct tensor_view *like, enum dtype dtype, const void *data);
/* Number of elements. The readers guarantee that it and the byte count do not overflow. */
size_t tensor_count(const struct tensor_view *t);
/* Copies elements first .. first+n-1 of the C order into out as binary32. F16, BF16, F8 and the 8- and 16-bit
 * integers are exact; F64, I32 and U32 round to nearest even. */
void tensor_read_f32(const struct tensor_view *t, size_t first, size_t n, float *out);
/* Copies the raw little-endian element bytes first .. first+n-1 of the C order into out; of packed elements
 * those of the binary32 values. */
void tensor_read_raw(const struct tensor_view *t, size_t first, size_t n, void *out);
/* Tensors of more elements are read in parts that are given back, so that memory does not grow with them. */
#define TENSOR_LARGE ((size_t)1 << 24)
/* Gives back the memory of mapped elements first .. first+n-1 of the C order, as far as they fill pages;
 * nothing for other tensors. For those that read a tensor larger than memory, once or again. */
void tensor_release(const struct tensor_view *t, size_t first, size_t n);
/* SHA-256 of "DTYPE [d0,d1,...]\n" and the little-endian C-order bytes: the tensor's identity, independent of
 * file format, byte order, memory layout and packing. hex has HASH_HEX_SIZE bytes. */
void tensor_hash(const struct tensor_view *t, char *hex);
/* The type of the elements in the file: of the dtype, or of the packing. */
const char *tensor_type_name(const struct tensor_view *t);
/* Shape as text: "[768,128]". out has TENSOR_SHAPE_TEXT bytes. */
#define TENSOR_SHAPE_TEXT 200
void tensor_shape_text(const struct tensor_view *t, char *out);
/* The axis that `name` means for this tensor: "last", "first", "0".."7", or one of its labels. -1 if none. */
int tensor_axis(const struct tensor_view *t, const char *name);

#endif

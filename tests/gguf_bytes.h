/* GGUF files made byte by byte. */
#ifndef TESTS_GGUF_BYTES_H
#define TESTS_GGUF_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct gguf_bytes {
    unsigned char at[1 << 16];
    size_t n, data; /* bytes so far; where the data begin, after gguf_pad */
};

/* Magic, version and the two counts. */
void gguf_begin(struct gguf_bytes *g, uint32_t version, uint64_t tensors, uint64_t keys);
/* A number of 1 to 8 bytes; a length and its characters. */
void gguf_number(struct gguf_bytes *g, uint64_t x, int bytes);
void gguf_text(struct gguf_bytes *g, const char *text);
/* A key and the type of its value. */
void gguf_key(struct gguf_bytes *g, const char *key, uint32_t type);
/* Describes a tensor; lengths fastest first. */
void gguf_tensor(struct gguf_bytes *g, const char *name, int rank, const uint64_t *lengths, uint32_t type,
                 uint64_t offset);
/* Fills up to a multiple of the alignment: of the file before the data, of the data later. */
void gguf_pad(struct gguf_bytes *g, size_t alignment);
void gguf_data(struct gguf_bytes *g, const void *data, size_t n);

#endif

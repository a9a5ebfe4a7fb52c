#include "tests/gguf_bytes.h"

#include <string.h>

#include "tests/check.h"

void gguf_data(struct gguf_bytes *g, const void *data, size_t n)
{
    assert_true(n <= sizeof g->at - g->n);
    memcpy(g->at + g->n, data, n);
    g->n += n;
}

void gguf_number(struct gguf_bytes *g, uint64_t x, int bytes)
{
    for (; bytes > 0; bytes--, x >>= 8)
        gguf_data(g, &(unsigned char){(unsigned char)x}, 1);
}

void gguf_text(struct gguf_bytes *g, const char *text)
{
    gguf_number(g, strlen(text), 8);
    gguf_data(g, text, strlen(text));
}

void gguf_begin(struct gguf_bytes *g, uint32_t version, uint64_t tensors, uint64_t keys)
{
    g->n = g->data = 0;
    gguf_data(g, "GGUF", 4);
    gguf_number(g, version, 4);
    gguf_number(g, tensors, 8);
    gguf_number(g, keys, 8);
}

void gguf_key(struct gguf_bytes *g, const char *key, uint32_t type)
{
    gguf_text(g, key);
    gguf_number(g, type, 4);
}

void gguf_tensor(struct gguf_bytes *g, const char *name, int rank, const uint64_t *lengths, uint32_t type,
                 uint64_t offset)
{
    gguf_text(g, name);
    gguf_number(g, (uint64_t)rank, 4);
    for (int i = 0; i < rank; i++)
        gguf_number(g, lengths[i], 8);
    gguf_number(g, type, 4);
    gguf_number(g, offset, 8);
}

void gguf_pad(struct gguf_bytes *g, size_t alignment)
{
    while ((g->n - g->data) % alignment)
        gguf_number(g, 0, 1);
    if (!g->data)
        g->data = g->n;
}

#include "sim/base/hash.h"

#include <errno.h>
/* The calls with a context that the caller owns; those of EVP, which came after them, allocate it. */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> /* XXH3_ functions of the CPU's instruction set: the same hash */
#endif

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct hash) && _Alignof(SHA256_CTX) <= _Alignof(struct hash),
               "");

static SHA256_CTX *context_of(struct hash *h)
{
    return (SHA256_CTX *)(void *)h;
}

static void write_hex(const unsigned char *bytes, size_t n, char *hex)
{
    for (size_t i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

/* The calls of libcrypto cannot fail for a context and data that are there. */
void hash_begin(struct hash *h)
{
    if (SHA256_Init(context_of(h)) != 1)
        abort();
}

void hash_add(struct hash *h, const void *data, size_t bytes)
{
    if (bytes && SHA256_Update(context_of(h), data, bytes) != 1)
        abort();
}

void hash_end(struct hash *h, char hex[static HASH_HEX_SIZE])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    if (SHA256_Final(digest, context_of(h)) != 1)
        abort();
    write_hex(digest, sizeof digest, hex);
}

void hash_bytes(const void *data, size_t bytes, char hex[static HASH_HEX_SIZE])
{
    struct hash h;
    hash_begin(&h);
    hash_add(&h, data, bytes);
    hash_end(&h, hex);
}

enum status hash_file(const char *path, char hex[static HASH_HEX_SIZE], struct error *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_errno(e, errno, path);
    struct hash h;
    hash_begin(&h);
    unsigned char buffer[1 << 16];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, f)) > 0)
        hash_add(&h, buffer, n);
    int failed = ferror(f) ? errno : 0;
    fclose(f);
    hash_end(&h, hex);
    return failed ? error_set(e, STATUS_IO, "%s: cannot read: %s", path, strerror(failed)) : STATUS_OK;
}

/* struct hash128 is the library's state; its size may differ between versions, so the library allocates it.
 */
static XXH3_state_t *state_of(struct hash128 *h)
{
    return (XXH3_state_t *)(void *)h;
}

struct hash128 *hash128_open(void)
{
    XXH3_state_t *state = XXH3_createState();
    if (state)
        (void)XXH3_128bits_reset(state);
    return (struct hash128 *)(void *)state;
}

void hash128_add(struct hash128 *h, const void *data, size_t bytes)
{
    if (bytes && XXH3_128bits_update(state_of(h), data, bytes) != XXH_OK)
        abort(); /* cannot fail for data that are there */
}

void hash128_close(struct hash128 *h, unsigned char hash[static HASH128_SIZE])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_of(h)));
    XXH3_freeState(state_of(h));
    memcpy(hash, canonical.digest, HASH128_SIZE);
}

void hash128_hex(const unsigned char hash[static HASH128_SIZE], char hex[static HASH128_HEX_SIZE])
{
    write_hex(hash, HASH128_SIZE, hex);
}

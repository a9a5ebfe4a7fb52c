#include "sim/base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> /* XXH3_ functions of the CPU's instruction set: the same hash */
#endif

struct hash {
    EVP_MD_CTX *context;
};

static void write_hex(const unsigned char *bytes, size_t n, char *hex)
{
    for (size_t i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

struct hash *hash_open(void)
{
    struct hash *h = malloc(sizeof *h);
    if (!h)
        return NULL;
    h->context = EVP_MD_CTX_new();
    if (!h->context || EVP_DigestInit_ex(h->context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(h->context);
        free(h);
        return NULL;
    }
    return h;
}

void hash_add(struct hash *h, const void *data, size_t bytes)
{
    if (bytes && EVP_DigestUpdate(h->context, data, bytes) != 1)
        abort(); /* cannot fail for an initialised SHA-256 */
}

void hash_close(struct hash *h, char hex[static HASH_HEX_SIZE])
{
    unsigned char digest[32];
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(h->context, digest, &size) != 1 || size != sizeof digest)
        abort();
    EVP_MD_CTX_free(h->context);
    free(h);
    write_hex(digest, sizeof digest, hex);
}

void hash_bytes(const void *data, size_t bytes, char hex[static HASH_HEX_SIZE])
{
    struct hash *h = hash_open();
    if (!h)
        abort();
    hash_add(h, data, bytes);
    hash_close(h, hex);
}

enum status hash_file(const char *path, char hex[static HASH_HEX_SIZE], struct error *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_set(e, errno == ENOENT ? STATUS_MISSING : STATUS_IO, "%s: %s", path, strerror(errno));
    struct hash *h = hash_open();
    if (!h) {
        fclose(f);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    unsigned char buffer[1 << 16];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, f)) > 0)
        hash_add(h, buffer, n);
    int failed = ferror(f) ? errno : 0;
    fclose(f);
    hash_close(h, hex);
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

#include "sim/base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hash {
    EVP_MD_CTX *context;
};

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
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
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

/* Hashes: SHA-256 by libcrypto for identities, XXH3 by libxxhash, many times faster, for comparing results
 * (the only file that includes their headers is sim/base/hash.c). */
#ifndef SIM_BASE_HASH_H
#define SIM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

#define HASH_HEX_SIZE 65 /* 64 lower-case hexadecimal digits and the final NUL */

/* A running SHA-256: room for libcrypto's, so that hashing allocates nothing and cannot fail. */
struct hash {
    uint32_t state[28];
};

void hash_begin(struct hash *h);
void hash_add(struct hash *h, const void *data, size_t bytes);
/* Writes the digest of everything added. */
void hash_end(struct hash *h, char hex[static HASH_HEX_SIZE]);

/* The digest of one buffer. */
void hash_bytes(const void *data, size_t bytes, char hex[static HASH_HEX_SIZE]);
/* The digest of one file's bytes, as sha256sum prints it. */
enum status hash_file(const char *path, char hex[static HASH_HEX_SIZE], struct error *e) MUST_CHECK;

#define HASH128_SIZE     16
#define HASH128_HEX_SIZE 33 /* 32 digits, likewise */

struct hash128; /* a running XXH3, 128 bits, seed 0: not against forgery */

struct hash128 *hash128_open(void); /* NULL when out of memory */
void hash128_add(struct hash128 *h, const void *data, size_t bytes);
/* Writes the hash of everything added, its canonical (big-endian) form, and frees h. */
void hash128_close(struct hash128 *h, unsigned char hash[static HASH128_SIZE]);
/* As xxh128sum prints it. */
void hash128_hex(const unsigned char hash[static HASH128_SIZE], char hex[static HASH128_HEX_SIZE]);

#endif

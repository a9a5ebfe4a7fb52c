/* SHA-256 by libcrypto (the only file pair that includes its headers). */
#ifndef SIM_BASE_HASH_H
#define SIM_BASE_HASH_H

#include <stddef.h>

#include "sim/base/status.h"

#define HASH_HEX_SIZE 65 /* 64 lower-case hexadecimal digits and the final NUL */

struct hash; /* a running SHA-256 */

struct hash *hash_open(void); /* NULL when out of memory */
void hash_add(struct hash *h, const void *data, size_t bytes);
/* Writes the digest of everything added and frees h. */
void hash_close(struct hash *h, char hex[static HASH_HEX_SIZE]);

/* The digest of one buffer. */
void hash_bytes(const void *data, size_t bytes, char hex[static HASH_HEX_SIZE]);
/* The digest of one file's bytes, as sha256sum prints it. */
enum status hash_file(const char *path, char hex[static HASH_HEX_SIZE], struct error *e) MUST_CHECK;

#endif

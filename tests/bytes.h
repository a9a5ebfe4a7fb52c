/* Files made byte by byte, for the tests of readers. */
#ifndef TESTS_BYTES_H
#define TESTS_BYTES_H

#include "sim/dump/dump.h"

/* Writes the bytes as NAME into the test's folder; the path is test_path's. */
const char *bytes_file(const char *name, const void *data, size_t n);
/* The whole file, malloc'd. */
unsigned char *bytes_of(const char *path, size_t *n);
/* Files in the test's folder. */
size_t bytes_folder_count(void);

/* Opening must fail with this status and a message that begins with the path and contains `message`. */
void expect_refused(const char *path, const struct dump_hint *hint, enum status status, const char *message);
/* Opening must succeed. */
struct dump *expect_open(const char *path, const struct dump_hint *hint);
/* Opens, loads and hashes whatever can be; nothing but memory errors can fail here. */
void exercise(const char *path);
/* exercise() for every cut and every flipped bit of a file; returns how many of the cuts could be opened. */
size_t exercise_damaged(const char *name, const unsigned char *data, size_t n);

/* An .npy file of that major version: dictionary padded to 64 bytes, then the data. Returns its length. */
size_t npy_bytes(unsigned char *out, int major, const char *dictionary, const void *data, size_t n);

#endif

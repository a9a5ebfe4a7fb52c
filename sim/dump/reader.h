/* What a reader fills, and what readers share. For the files of sim/dump alone. */
#ifndef SIM_DUMP_READER_H
#define SIM_DUMP_READER_H

#include <stdint.h>
#include <time.h>

#include "sim/base/new_file.h"
#include "sim/dump/dump.h"
#include "sim/dump/synth.h"

struct dump_entry {
    struct tensor_view view;  /* view.name and view.axes are `name` and `axes` */
    char *name, *axes, *role; /* role: "" if nothing says it */
    size_t layer;
    bool has_layer;
    void *copy;               /* decompressed or drawn data, NULL while there is none */
    struct synth_spec *drawn; /* what it is drawn from; NULL: recorded */
    size_t member;            /* archives: where it lies, and the bytes before its data */
    size_t data_offset;
};

struct dump_pair {
    char *key, *value;
};

struct dump_file {
    /* given to open */
    const char *path;
    const unsigned char *bytes; /* the mapped file; never NULL */
    size_t size;
    const void *made_of; /* given to dump_open_made */
    /* filled by open through the functions below */
    struct dump_entry *entries;
    struct dump_unreadable *unreadable;
    struct dump_pair *metadata;
    size_t n_entries, n_unreadable, n_metadata;
    /* archives alone: fills entry->copy, frees `archive` */
    void *archive;
    enum status (*load)(struct dump_file *f, struct dump_entry *entry, struct error *e);
    void (*close)(struct dump_file *f);
    /* folders alone: map_check of each file; may be NULL */
    enum status (*check)(const struct dump_file *f, struct error *e);
};

/* A dump without a file, filled by a reader that is in no registry; `what` is its to know. */
enum status dump_open_made(const char *path, const struct dump_reader *reader, const void *what,
                           struct dump **out, struct error *e) MUST_CHECK;

/* Copies the view, the name and the labels, and takes layer and role from the name; *out, if not NULL, is
 * valid until the next call, and NULL for a name that is not UTF-8: that tensor is listed as unreadable. */
enum status dump_file_add(struct dump_file *f, const char *name, const struct tensor_view *view,
                          struct dump_entry **out, struct error *e) MUST_CHECK;
enum status dump_file_add_unreadable(struct dump_file *f, const char *name, const char *why,
                                     struct error *e) MUST_CHECK;
enum status dump_file_add_metadata(struct dump_file *f, const char *key, const char *value,
                                   struct error *e) MUST_CHECK;
/* NULL if there is none. */
const char *dump_file_metadata(const struct dump_file *f, const char *key);
/* STATUS_INVALID if a dtype was given and no tensor has it: it was of another size. */
enum status dump_file_check_hint(const struct dump_file *f, const struct dump_hint *hint,
                                 struct error *e) MUST_CHECK;
/* The last part of the path without its extension: the name of the only tensor of a file. Bytes that are no
 * UTF-8 are '_' in it. Caller frees. */
char *dump_file_stem(const struct dump_file *f);
bool path_has_extension(const char *path, const char *extension);
/* Layers, roles, labels and inputs from the manifest (README.md), if there is one. The message says where. */
enum status dump_file_manifest(struct dump_file *f, const struct dump_hint *hint, struct error *e) MUST_CHECK;

/* Room for one more item after the n of a list that nothing else lengthens: capacity doubles at every power
 * of two. NULL when out of memory, and then `items` stays. */
void *dump_grown(void *items, size_t n, size_t size);

/* <0, 0 or >0: texts of n and m bytes by byte, so that the order does not depend on the locale. */
int dump_order(const void *a, size_t n, const void *b, size_t m);
/* A little-endian number of at most 8 bytes. */
uint64_t dump_little(const unsigned char *p, size_t bytes);
/* Deflate codes at most 258 bytes in two bits (RFC 1951, 3.2.5). */
enum { DEFLATE_RATIO = 1032 };

/* Number of labels in "token,channel"; 0 for NULL. */
int axes_count(const char *axes);
/* Bytes of a tensor; false if they, or a stride, leave ptrdiff_t (dimensions of zero count as one there). */
bool shape_bytes(int rank, const size_t *shape, size_t item, size_t *bytes);

/* --- mapped files (map.c) --- */
struct map {
    void *address; /* NULL for an empty file */
    size_t size;
    char *path; /* NULL: nothing was opened */
    /* of the file when it was opened */
    uintmax_t device, inode;
    intmax_t bytes;
    struct timespec written, touched;
    struct map_fault *fault;
};
enum status map_open(const char *path, struct map *out, struct error *e) MUST_CHECK;
/* STATUS_IO if the file was written to or cut since it was opened: what was read may be neither the old nor
 * the new. Writes within the resolution of its time stamps (some ms) after the opening are not noticed. */
enum status map_check(const struct map *m, struct error *e) MUST_CHECK;
void map_close(struct map *m);
/* From here on pages of the map that cannot be read are zeros, and lost. NULL when out of memory. */
struct map_fault *map_fault_watch(const void *address, size_t size);
bool map_fault_lost(const struct map_fault *f);
void map_fault_forget(struct map_fault *f); /* before the map goes; safe on NULL */
bool path_is_folder(const char *path);

/* --- .npy headers (npy_header.c), also of archive members --- */
#define NPY_PREFIX     12            /* bytes that npy_header_bytes wants to see */
#define NPY_HEADER_MAX (1024 * 1024) /* of one array; NumPy itself refuses to evaluate more than 10,000 */
bool npy_magic(const unsigned char *head, size_t n);
/* Length of magic, version, length field and dictionary, from the first n <= size bytes of a file of that
 * size. */
enum status npy_header_bytes(const unsigned char *head, size_t n, size_t size, size_t *bytes,
                             struct error *e) MUST_CHECK;
/* Parses that header into dtype, byte order, shape and strides, and checks that the data fill the rest of
 * `size` exactly. STATUS_SKIP with a message for a valid header of a type that we do not read. */
enum status npy_header_parse(const unsigned char *head, size_t bytes, size_t size,
                             const struct dump_hint *hint, struct tensor_view *out,
                             struct error *e) MUST_CHECK;

/* All of a file; its data stay where they are. STATUS_SKIP likewise. */
enum status npy_read(const unsigned char *bytes, size_t size, const struct dump_hint *hint,
                     struct tensor_view *out, struct error *e) MUST_CHECK;

/* --- for writers (write_tensor.c): the elements in C order, little-endian --- */
enum status new_file_write_tensor(struct new_file *f, const struct tensor_view *t,
                                  struct error *e) MUST_CHECK;

#endif

/* Recorded tensors: readers and writers of files, and of folders of files of one tensor each. Sizes, offsets,
 * overlaps and products are checked before anything is mapped or allocated; files are mapped, not loaded. Not
 * thread safe per dump: open, list and load on one thread; views may be read by many. Opening the first dump
 * installs a handler of SIGBUS (a mapped file that shrank), which passes on what lies in no mapping of ours.
 */
#ifndef SIM_DUMP_DUMP_H
#define SIM_DUMP_DUMP_H

#include "sim/base/status.h"
#include "sim/tensor.h"

/* For files that do not describe themselves, or lie about their type. A hint with a shape means: read the
 * file as raw (little-endian, C order); offset counts only then. A dtype without a shape overrides the type
 * of every tensor that holds elements of the same size (BF16 stored as raw void, F8 as U8); where there is
 * none of that size it is an error. */
struct dump_hint {
    bool has_dtype, has_shape;
    enum dtype dtype;
    int rank;
    size_t shape[TENSOR_MAX_RANK];
    size_t offset;        /* bytes before the data; raw only */
    const char *manifest; /* a file that says more of the tensors; NULL: the one beside the dump, if any */
};

struct dump; /* an open file or folder */

/* Opens by content (magic bytes), then by extension; a raw file needs a hint with dtype and shape. hint may
 * be NULL. Bytes of a file that is cut while it is open read as zeros, and dump_check says so. Errors:
 * STATUS_MISSING (no such file, or not a valid dump; the message says what was found where and what is
 * allowed), STATUS_INVALID (a hint that has no effect), STATUS_IO, STATUS_INTERNAL (out of memory). */
enum status dump_open(const char *path, const struct dump_hint *hint, struct dump **out,
                      struct error *e) MUST_CHECK;
/* The same of a file that is in memory and stays there until dump_close; `path` names it and has its
 * extension. */
enum status dump_open_memory(const char *path, const void *bytes, size_t size, const struct dump_hint *hint,
                             struct dump **out, struct error *e) MUST_CHECK;
void dump_close(struct dump *d);

const char *dump_path(const struct dump *d);
const char *dump_format_name(const struct dump *d); /* of the reader: "npy", "safetensors", ... */
size_t dump_count(const struct dump *d);
/* Name, dtype, shape, labels, in the order of the data. data is NULL for members of an archive until
 * dump_load. Valid until dump_close.
 */
const struct tensor_view *dump_tensor(const struct dump *d, size_t i);
/* The tensor of that name. STATUS_MISSING for an unreadable one (why) or none (the nearest name). */
enum status dump_find(const struct dump *d, const char *name, size_t *i, struct error *e) MUST_CHECK;
/* What a valid file holds beside its tensors: elements of 64-bit integers, text, objects, more than
 * TENSOR_MAX_RANK axes, members of an archive that are no arrays, names that are not UTF-8 (here with \xNN
 * for such bytes). `why` is a clause: "dtype I64 is not ...".
 */
struct dump_unreadable {
    char *name, *why;
};
size_t dump_unreadable_count(const struct dump *d);
const struct dump_unreadable *dump_unreadable_at(const struct dump *d, size_t i);
/* Makes the data of tensor i readable (decompresses a member, at most once) and returns the view. */
enum status dump_load(struct dump *d, size_t i, const struct tensor_view **out, struct error *e) MUST_CHECK;
/* Frees the decompressed copy of a member, if there is one. */
void dump_unload(struct dump *d, size_t i);
/* Whether the files are still those that were opened: STATUS_IO with the name of one that was written to or
 * cut since. To be asked after the elements were read and before anything is made of them. Any thread may
 * ask. */
enum status dump_check(const struct dump *d, struct error *e) MUST_CHECK;
/* The layer that tensor i belongs to, and its part in there ("" if nothing says it): as the manifest has it,
 * else from a name such as layers.3.attn.q.input: the first part that is a number, and what follows it. */
bool dump_layer(const struct dump *d, size_t i, size_t *layer);
const char *dump_role(const struct dump *d, size_t i);
/* A string of the file's metadata ("" if absent): safetensors __metadata__, keys of GGUF that are text. */
const char *dump_metadata(const struct dump *d, const char *key);

/* One reader of the registry sim/dump/registry.def: READER(name). `matches` is asked for the first bytes of
 * the file (path NULL), then, if no reader knows those, for its path (head NULL, n 0). */
struct dump_file; /* in sim/dump/reader.h: what a reader fills */
struct dump_reader {
    const char *name, *doc, *citation;
    bool (*matches)(const unsigned char *head, size_t n, const char *path);
    enum status (*open)(struct dump_file *f, const struct dump_hint *hint, struct error *e);
};

size_t dump_reader_count(void);
const struct dump_reader *dump_reader_at(size_t i);

/* --- writers: whole file or nothing (sim/base/new_file.h) --- */

/* One tensor as .npy 1.0, little-endian, C order; dtypes without a NumPy name (BF16, F8) as raw void.
 * Writers replace a regular file, through a link too, and refuse anything else that is in the way. */
enum status npy_write(const char *path, const struct tensor_view *t, struct error *e) MUST_CHECK;

/* Tensors as one safetensors file. `metadata` is a NULL-ended list key, value, key, value, ...; labels of
 * axes are added to it as "axes.NAME". Tensors are laid out in the given order, 8-byte aligned header. Same
 * arguments, same bytes. STATUS_INVALID for names or keys that are empty, repeated or not UTF-8, and for
 * labels that are not one for each axis. */
enum status safetensors_write(const char *path, const struct tensor_view *tensors, size_t n,
                              const char *const *metadata, struct error *e) MUST_CHECK;

#endif

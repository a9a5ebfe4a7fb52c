/* Reader of .npz: a zip archive of .npy members (numpy.savez, numpy.savez_compressed), by libzip. */
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "sim/dump/reader.h"

/* Headers are decompressed when the archive is opened, and members may share their compressed bytes, so what
 * all headers may take is bounded. */
enum { HEADERS_MAX = 64 * 1024 * 1024 };

static bool matches(const unsigned char *head, size_t n, const char *path)
{
    if (path)
        return path_has_extension(path, ".npz");
    return n >= 4 && (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0);
}

/* What libzip says; that it had no memory is no fault of the file. */
static enum status zip_failed(zip_error_t *error, struct error *e)
{
    enum { ZLIB_NO_MEMORY = -4 }; /* Z_MEM_ERROR */
    if (zip_error_code_zip(error) == ZIP_ER_MEMORY ||
        (zip_error_system_type(error) == ZIP_ET_ZLIB && zip_error_code_system(error) == ZLIB_NO_MEMORY))
        return error_set(e, STATUS_INTERNAL, "out of memory");
    return error_set(e, STATUS_MISSING, "%s", zip_error_strerror(error));
}

/* The name without ".npy", as NumPy shows it. */
static size_t stem_length(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".npy") == 0 ? n - 4 : n;
}

static int by_stem(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    return dump_order(x, stem_length(x), y, stem_length(y));
}

static enum status names_check(zip_t *archive, size_t n, struct error *e)
{
    const char **names = calloc(n + 1, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = STATUS_OK;
    for (size_t i = 0; !s && i < n; i++) {
        names[i] = zip_get_name(archive, i, 0);
        if (!names[i])
            s = error_prefix(e, zip_failed(zip_get_error(archive), e), "member %zu", i);
    }
    if (!s)
        qsort(names, n, sizeof *names, by_stem);
    for (size_t i = 1; !s && i < n; i++)
        if (by_stem(&names[i - 1], &names[i]) == 0)
            s = error_set(e, STATUS_MISSING, "two members are named \"%.*s\"", (int)stem_length(names[i]),
                          names[i]);
    free(names);
    return s;
}

/* Whether the directory's claims can be true. They are not trusted further: reading counts the bytes. */
static enum status claims_check(const struct dump_file *f, const zip_stat_t *st, struct error *e)
{
    const zip_uint64_t needed =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if ((st->valid & needed) != needed)
        return error_set(e, STATUS_MISSING, "its size or method is not in the directory");
    if (st->encryption_method != ZIP_EM_NONE)
        return error_set(e, STATUS_MISSING, "is encrypted");
    if (st->comp_method != ZIP_CM_STORE && st->comp_method != ZIP_CM_DEFLATE)
        return error_set(e, STATUS_MISSING, "compression method %d; read are 0 (stored) and 8 (deflated)",
                         st->comp_method);
    if (st->comp_size > f->size)
        return error_set(e, STATUS_MISSING, "claims %ju compressed bytes in a file of %zu",
                         (uintmax_t)st->comp_size, f->size);
    if (st->comp_method == ZIP_CM_STORE ? st->size != st->comp_size
                                        : st->size / DEFLATE_RATIO > st->comp_size)
        return error_set(e, STATUS_MISSING, "claims %ju bytes from %ju %s ones; a bomb or damaged",
                         (uintmax_t)st->size, (uintmax_t)st->comp_size,
                         st->comp_method == ZIP_CM_STORE ? "stored" : "deflated");
    return STATUS_OK;
}

/* Exactly n bytes. */
static enum status read_all(zip_file_t *member, void *out, size_t n, struct error *e)
{
    for (size_t done = 0; done < n;) {
        zip_int64_t got = zip_fread(member, (char *)out + done, n - done);
        if (got < 0)
            return zip_failed(zip_file_get_error(member), e);
        if (got == 0)
            return error_set(e, STATUS_MISSING, "ends %zu bytes early", n - done);
        done += (size_t)got;
    }
    return STATUS_OK;
}

/* Parses the header of a member. STATUS_SKIP if it is no array that we read. */
static enum status header_read(zip_t *archive, size_t i, size_t size, const struct dump_hint *hint,
                               struct tensor_view *t, size_t *bytes, struct error *e)
{
    unsigned char prefix[NPY_PREFIX], *head = NULL;
    size_t n = size < sizeof prefix ? size : sizeof prefix;
    enum status s;
    zip_file_t *member = zip_fopen_index(archive, i, 0);
    if (!member)
        return zip_failed(zip_get_error(archive), e);
    s = read_all(member, prefix, n, e);
    if (s)
        goto out;
    if (!npy_magic(prefix, n)) {
        s = error_set(e, STATUS_SKIP, "is no .npy array");
        goto out;
    }
    s = npy_header_bytes(prefix, n, size, bytes, e);
    if (s)
        goto out;
    /* Version 1.0 may have an empty dictionary, so that the header is shorter than what was read. */
    head = malloc(*bytes > n ? *bytes : n);
    if (!head) {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
        goto out;
    }
    memcpy(head, prefix, n);
    if (*bytes > n)
        s = read_all(member, head + n, *bytes - n, e);
    if (!s)
        s = npy_header_parse(head, *bytes, size, hint, t, e);
out:
    free(head);
    zip_fclose(member);
    return s;
}

/* *headers: the bytes of headers read so far. */
static enum status member_add(struct dump_file *f, size_t i, const struct dump_hint *hint, size_t *headers,
                              struct error *e)
{
    struct error own = {{0}};
    struct tensor_view t;
    size_t bytes = 0;
    zip_stat_t st;
    enum status s = STATUS_OK;
    const char *full = zip_get_name(f->archive, i, 0);
    size_t length = strlen(full);
    if (length && full[length - 1] == '/')
        return STATUS_OK; /* a folder */
    char *name = strndup(full, stem_length(full));
    if (!name)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    if (zip_stat_index(f->archive, i, 0, &st) != 0)
        s = zip_failed(zip_get_error(f->archive), &own);
    if (!s)
        s = claims_check(f, &st, &own);
    if (!s)
        s = header_read(f->archive, i, (size_t)st.size, hint, &t, &bytes, &own);
    *headers += bytes;
    if (*headers > HEADERS_MAX) {
        own.text[0] = '\0';
        s = error_set(&own, STATUS_MISSING, "headers of more than %d bytes up to here; a bomb or damaged",
                      HEADERS_MAX);
    }
    if (s == STATUS_SKIP) {
        s = dump_file_add_unreadable(f, name, own.text, e);
    } else if (s) {
        error_set(e, s, "member \"%.200s\": %s", name, own.text);
    } else {
        struct dump_entry *entry;
        s = dump_file_add(f, name, &t, &entry, e);
        if (!s && entry) {
            entry->member = i;
            entry->data_offset = bytes;
        }
    }
    free(name);
    return s;
}

/* libzip checks the sum only when it is asked for a byte beyond the end. */
static enum status end_check(zip_file_t *member, struct error *e)
{
    unsigned char beyond;
    zip_int64_t got = zip_fread(member, &beyond, 1);
    if (got < 0)
        return zip_failed(zip_file_get_error(member), e);
    if (got > 0)
        return error_set(e, STATUS_MISSING, "is longer than the directory says");
    return STATUS_OK;
}

static enum status npz_load(struct dump_file *f, struct dump_entry *entry, struct error *e)
{
    size_t bytes = tensor_count(&entry->view) * dtype_size(entry->view.dtype);
    zip_file_t *member = zip_fopen_index(f->archive, entry->member, 0);
    if (!member)
        return zip_failed(zip_get_error(f->archive), e);
    enum status s = STATUS_OK;
    unsigned char skipped[4096];
    for (size_t left = entry->data_offset, n; !s && left; left -= n) {
        n = left < sizeof skipped ? left : sizeof skipped;
        s = read_all(member, skipped, n, e);
    }
    if (s)
        goto out;
    entry->copy = malloc(bytes ? bytes : 1);
    s = entry->copy ? read_all(member, entry->copy, bytes, e)
                    : error_set(e, STATUS_INTERNAL, "out of memory (%zu bytes)", bytes);
    if (!s)
        s = end_check(member, e);
out:
    zip_fclose(member);
    return s;
}

static void npz_close(struct dump_file *f)
{
    zip_discard(f->archive);
}

static enum status npz_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(f->bytes, f->size, 0, &error);
    zip_t *archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!archive) { /* without a source, which is no more than memory, libzip gives no reason */
        enum status failed = source ? zip_failed(&error, e) : error_set(e, STATUS_INTERNAL, "out of memory");
        zip_source_free(source);
        zip_error_fini(&error);
        return failed;
    }
    zip_error_fini(&error);
    f->archive = archive;
    f->load = npz_load;
    f->close = npz_close;
    size_t n = (size_t)zip_get_num_entries(archive, 0);
    enum status s = names_check(archive, n, e);
    for (size_t i = 0, headers = 0; !s && i < n; i++)
        s = member_add(f, i, hint, &headers, e);
    return s ? s : dump_file_check_hint(f, hint, e);
}

const struct dump_reader dump_reader_npz = {
    .name = "npz",
    .doc = "archive of NumPy arrays, stored or deflated; a member is decompressed when it is used",
    .citation = "numpy.savez, numpy.savez_compressed; PKWARE APPNOTE.TXT",
    .matches = matches,
    .open = npz_open,
};

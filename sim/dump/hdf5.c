/* Reader of HDF5 by libhdf5, where the program was built with it. Plain data stay where they are in the
 * mapped file; chunks and filters are undone when a dataset is used. */
#include <stdlib.h>
#include <string.h>

#include "sim/dump/reader.h"

static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

/* The signature stands at 0, or after a user block of 512 * 2^n bytes. */
static bool matches(const unsigned char *head, size_t n, const char *path)
{
    if (path)
        return path_has_extension(path, ".h5") || path_has_extension(path, ".hdf5");
    for (size_t at = 0; n >= sizeof signature && at <= n - sizeof signature; at = at ? 2 * at : 512)
        if (memcmp(head + at, signature, sizeof signature) == 0)
            return true;
    return false;
}

#ifdef BITSWEEP_HDF5

#define H5_USE_110_API
#include <hdf5.h>
#include <pthread.h>

/* libhdf5 as packaged is for one thread at a time, whatever the file. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct hdf5 {
    hid_t file;
};

/* --- messages --- */

static herr_t keep_first(unsigned n, const H5E_error2_t *item, void *context)
{
    const char **text = context;
    if (n == 0)
        *text = item->desc;
    return 0;
}

/* What the library says of its last failure, innermost first. */
static enum status failed(const char *what, struct error *e)
{
    const char *why = NULL;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &why);
    return error_set(e, STATUS_MISSING, "%s: %s", what, why && *why ? why : "libhdf5 says no more");
}

/* --- types --- */

static const char *const classes[H5T_NCLASSES] = {
    [H5T_TIME] = "time",          [H5T_STRING] = "text",
    [H5T_BITFIELD] = "bit field", [H5T_OPAQUE] = "opaque bytes",
    [H5T_COMPOUND] = "compound",  [H5T_REFERENCE] = "reference",
    [H5T_ENUM] = "enumeration",   [H5T_VLEN] = "lists of any length",
    [H5T_ARRAY] = "array"};

/* The binary formats that a float of HDF5 may be: places and lengths of exponent and fraction. */
static bool find_float(hid_t type, enum dtype *out)
{
    static const struct {
        size_t size, sign, exponent, exponent_bits, fraction_bits, bias;
        enum dtype dtype;
    } known[] = {{8, 63, 52, 11, 52, 1023, DTYPE_F64},
                 {4, 31, 23, 8, 23, 127, DTYPE_F32},
                 {2, 15, 10, 5, 10, 15, DTYPE_F16},
                 {2, 15, 7, 8, 7, 127, DTYPE_BF16}};
    size_t sign, exponent, exponent_bits, fraction, fraction_bits;
    if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) < 0 || fraction ||
        H5Tget_norm(type) != H5T_NORM_IMPLIED || H5Tget_offset(type) != 0)
        return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].size == H5Tget_size(type) && known[i].sign == sign && known[i].exponent == exponent &&
            known[i].exponent_bits == exponent_bits && known[i].fraction_bits == fraction_bits &&
            known[i].bias == H5Tget_ebias(type)) {
            *out = known[i].dtype;
            return true;
        }
    return false;
}

static bool find_integer(hid_t type, enum dtype *out)
{
    const size_t size = H5Tget_size(type);
    const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
    if (H5Tget_precision(type) != 8 * size || H5Tget_offset(type) != 0)
        return false;
    if (size == 1)
        *out = is_signed ? DTYPE_I8 : DTYPE_U8;
    else if (size == 2)
        *out = is_signed ? DTYPE_I16 : DTYPE_U16;
    else if (size == 4)
        *out = is_signed ? DTYPE_I32 : DTYPE_U32;
    return size == 1 || size == 2 || size == 4;
}

/* STATUS_SKIP for a type that is not read. */
static enum status read_type(hid_t type, const struct dump_hint *hint, struct tensor_view *t, struct error *e)
{
    const H5T_class_t class = H5Tget_class(type);
    const size_t size = H5Tget_size(type);
    const H5T_order_t order = H5Tget_order(type);
    bool known = class == H5T_FLOAT ? find_float(type, &t->dtype)
                                    : class == H5T_INTEGER && find_integer(type, &t->dtype);
    if (hint && hint->has_dtype && dtype_size(hint->dtype) == size &&
        (class == H5T_FLOAT || class == H5T_INTEGER || class == H5T_OPAQUE)) {
        t->dtype = hint->dtype;
        known = true;
    }
    if (known && (size == 1 || order == H5T_ORDER_LE || order == H5T_ORDER_BE || class == H5T_OPAQUE)) {
        t->big_endian = size > 1 && order == H5T_ORDER_BE;
        return STATUS_OK;
    }
    if (class == H5T_FLOAT || class == H5T_INTEGER)
        return error_set(
            e, STATUS_SKIP,
            "%s of %zu bytes that are not one of those that are read (F64 F32 F16 BF16 I8 U8 I16 U16 I32 "
            "U32, in either byte order)",
            class == H5T_FLOAT ? "floating-point numbers" : "integers", size);
    return error_set(e, STATUS_SKIP, "elements of type %s; read are numbers",
                     class >= 0 && class < H5T_NCLASSES && classes[class] ? classes[class] : "unknown");
}

/* STATUS_SKIP for a shape that is right but not for us. */
static enum status read_shape(hid_t space, struct tensor_view *t, size_t size, size_t *bytes, struct error *e)
{
    hsize_t lengths[H5S_MAX_RANK];
    const int rank = H5Sget_simple_extent_ndims(space);
    if (H5Sget_simple_extent_type(space) == H5S_NULL)
        return error_set(e, STATUS_SKIP, "is declared to hold nothing");
    if (rank < 0 || H5Sget_simple_extent_dims(space, lengths, NULL) < 0)
        return failed("its shape", e);
    if (rank > TENSOR_MAX_RANK)
        return error_set(e, STATUS_SKIP, "%d axes; allowed are 0 to %d", rank, TENSOR_MAX_RANK);
    t->rank = rank;
    for (int i = 0; i < rank; i++)
        t->shape[i] = (size_t)lengths[i];
    if (!shape_bytes(rank, t->shape, size, bytes))
        return error_set(e, STATUS_MISSING, "its shape is too large");
    return STATUS_OK;
}

/* --- where data lie --- */

/* STATUS_SKIP for a filter that the library has not. */
static enum status check_filters(hid_t plist, struct error *e)
{
    const int n = H5Pget_nfilters(plist);
    for (int i = 0; i < n; i++) {
        unsigned flags, config;
        size_t values = 0;
        char name[64] = "";
        const H5Z_filter_t id =
            H5Pget_filter2(plist, (unsigned)i, &flags, &values, NULL, sizeof name, name, &config);
        if (id < 0)
            return failed("its filters", e);
        if (H5Zfilter_avail(id) <= 0)
            return error_set(e, STATUS_SKIP, "filter %d (%.60s), which libhdf5 has not here", (int)id,
                             *name ? name : "without a name");
    }
    return STATUS_OK;
}

/* Sets t->data where the elements lie in the mapped file as they are; else leaves it NULL, for load. */
static enum status place(const struct dump_file *f, hid_t set, hid_t plist, size_t bytes,
                         struct tensor_view *t, struct error *e)
{
    const H5D_layout_t layout = H5Pget_layout(plist);
    const hsize_t stored = H5Dget_storage_size(set);
    if (layout == H5D_VIRTUAL || (layout == H5D_CONTIGUOUS && H5Pget_external_count(plist) > 0))
        return error_set(e, STATUS_SKIP, "its data are in other files or datasets");
    /* Other filters of the library pack no better than deflate. */
    if (bytes / DEFLATE_RATIO > stored || (bytes && !stored))
        return error_set(e, STATUS_SKIP,
                         "claims %zu bytes, but %ju are stored: never written, a bomb or damaged", bytes,
                         (uintmax_t)stored);
    if (layout != H5D_CONTIGUOUS)
        return check_filters(plist, e);
    const haddr_t at = H5Dget_offset(set);
    const bool at_start = memcmp(f->bytes, signature, sizeof signature) == 0; /* no user block */
    if (at_start && bytes && at != HADDR_UNDEF) {
        if (at > f->size || bytes > f->size - at)
            return error_set(e, STATUS_MISSING, "%zu bytes at %ju leave the file of %zu", bytes,
                             (uintmax_t)at, f->size);
        t->data = f->bytes + at;
    }
    return STATUS_OK;
}

static enum status describe(const struct dump_file *f, hid_t set, const struct dump_hint *hint,
                            struct tensor_view *t, struct error *e)
{
    const hid_t type = H5Dget_type(set), space = H5Dget_space(set), plist = H5Dget_create_plist(set);
    size_t bytes = 0;
    enum status s = type < 0 || space < 0 || plist < 0 ? failed("its description", e) : STATUS_OK;
    if (!s)
        s = read_type(type, hint, t, e);
    if (!s)
        s = read_shape(space, t, dtype_size(t->dtype), &bytes, e);
    if (!s)
        s = place(f, set, plist, bytes, t, e);
    if (!s && !t->data)
        t->big_endian = false; /* as load leaves them */
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    if (plist >= 0)
        H5Pclose(plist);
    return s;
}

/* --- the objects of a file --- */

struct visit {
    struct dump_file *f;
    const struct dump_hint *hint;
    struct error *e;
    enum status status;
};

static enum status add(struct visit *v, hid_t at, const char *name)
{
    struct tensor_view t = {.rank = 0};
    struct error own = {{0}};
    const hid_t set = H5Dopen2(at, name, H5P_DEFAULT);
    enum status s = set < 0 ? failed("cannot be opened", &own) : describe(v->f, set, v->hint, &t, &own);
    if (set >= 0)
        H5Dclose(set);
    if (s == STATUS_SKIP)
        return dump_file_add_unreadable(v->f, name, own.text, v->e);
    if (s)
        return error_set(v->e, s, "dataset \"%.200s\": %s", name, own.text);
    tensor_set_c_order(&t);
    return dump_file_add(v->f, name, &t, NULL, v->e);
}

/* Stops the visit when it returns something else than 0. */
static herr_t visit_object(hid_t at, const char *name, const H5O_info_t *info, void *context)
{
    struct visit *v = context;
    if (info->type == H5O_TYPE_DATASET)
        v->status = add(v, at, name);
    return v->status != STATUS_OK;
}

static enum status load_locked(const struct hdf5 *h, struct dump_entry *entry, struct error *e)
{
    const size_t bytes = tensor_count(&entry->view) * dtype_size(entry->view.dtype);
    const hid_t set = H5Dopen2(h->file, entry->name, H5P_DEFAULT);
    const hid_t type = set < 0 ? -1 : H5Dget_type(set);
    const hid_t memory = type < 0 ? -1 : H5Tcopy(type);
    enum status s = memory < 0 ? failed("cannot be opened", e) : STATUS_OK;
    if (!s && H5Tget_class(memory) != H5T_OPAQUE && H5Tset_order(memory, H5T_ORDER_LE) < 0)
        s = failed("its byte order", e);
    if (!s && !(entry->copy = malloc(bytes ? bytes : 1)))
        s = error_set(e, STATUS_INTERNAL, "out of memory (%zu bytes)", bytes);
    if (!s && bytes && H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, entry->copy) < 0)
        s = failed("cannot be read", e);
    if (memory >= 0)
        H5Tclose(memory);
    if (type >= 0)
        H5Tclose(type);
    if (set >= 0)
        H5Dclose(set);
    return s;
}

static enum status hdf5_load(struct dump_file *f, struct dump_entry *entry, struct error *e)
{
    pthread_mutex_lock(&lock);
    enum status s = load_locked(f->archive, entry, e);
    pthread_mutex_unlock(&lock);
    return s;
}

static void hdf5_close(struct dump_file *f)
{
    struct hdf5 *h = f->archive;
    pthread_mutex_lock(&lock);
    H5Fclose(h->file);
    pthread_mutex_unlock(&lock);
    free(h);
}

/* Each object once, by the first of its names: cycles of links end, soft and external links are not followed.
 */
static enum status open_locked(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    struct visit v = {.f = f, .hint = hint, .e = e};
    struct hdf5 *h = malloc(sizeof *h);
    if (!h)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* it prints otherwise */
    h->file = H5Fopen(f->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (h->file < 0) {
        free(h);
        return failed("libhdf5 does not open it", e);
    }
    f->archive = h;
    f->load = hdf5_load;
    f->close = hdf5_close;
    const herr_t seen = H5Ovisit2(h->file, H5_INDEX_NAME, H5_ITER_INC, visit_object, &v, H5O_INFO_BASIC);
    if (v.status)
        return v.status;
    return seen < 0 ? failed("its groups", e) : STATUS_OK;
}

static enum status hdf5_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    pthread_mutex_lock(&lock);
    enum status s = open_locked(f, hint, e);
    pthread_mutex_unlock(&lock);
    return s ? s : dump_file_check_hint(f, hint, e);
}

#else

static enum status hdf5_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    (void)f;
    (void)hint;
    return error_set(
        e, STATUS_MISSING,
        "an HDF5 file, and this program was built without HDF5 (install libhdf5-dev and make again)");
}

#endif

const struct dump_reader dump_reader_hdf5 = {
    .name = "hdf5",
    .doc =
        "datasets of numbers in groups; plain ones are mapped, compressed ones are undone when they are used",
    .citation = "The HDF Group, HDF5 File Format Specification 3.0; read by libhdf5",
    .matches = matches,
    .open = hdf5_open,
};

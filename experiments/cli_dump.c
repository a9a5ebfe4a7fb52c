#include "experiments/cli_dump.h"

#include <errno.h>
#include <stdlib.h>

enum { OPT_DTYPE = 512, OPT_SHAPE, OPT_OFFSET, OPT_MANIFEST };

static void parse_shape(struct argp_state *state, const char *text, struct dump_hint *hint)
{
    hint->has_shape = true;
    hint->rank = 0;
    for (const char *at = text;; at++) {
        char *end;
        errno = 0;
        unsigned long long length = strtoull(at, &end, 10);
        if (*at < '0' || *at > '9' || errno || (*end && *end != ',') || hint->rank == TENSOR_MAX_RANK)
            argp_error(state, "--shape: expected up to %d lengths as 768,128, found '%s'", TENSOR_MAX_RANK,
                       text);
        hint->shape[hint->rank++] = (size_t)length;
        at = end;
        if (!*at)
            return;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct dump_args *a = state->input;
    switch (key) {
    case OPT_DTYPE:
        a->hint.has_dtype = dtype_find(arg, &a->hint.dtype);
        if (!a->hint.has_dtype)
            cli_unknown(state, "--dtype", arg, dtype_names, DTYPES);
        break;
    case OPT_SHAPE:
        parse_shape(state, arg, &a->hint);
        break;
    case OPT_OFFSET:
        a->hint.offset = cli_count(state, "--offset", arg, INT64_MAX);
        break;
    case OPT_MANIFEST:
        a->hint.manifest = arg;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"dtype", OPT_DTYPE, "TYPE", 0, "element type of a raw file, or to override what a file says", 0},
    {"shape", OPT_SHAPE, "N,N...", 0, "shape of a raw file", 0},
    {"offset", OPT_OFFSET, "BYTES", 0, "bytes before the data of a raw file", 0},
    {"manifest", OPT_MANIFEST, "FILE", 0,
     "layers, roles and axes of the tensors, instead of DUMP.tensors.json", 0},
    {0}};
const struct argp dump_argp = {.options = options, .parser = parse};

bool dump_args_given(const struct dump_args *a)
{
    return a->hint.has_dtype || a->hint.has_shape || a->hint.offset || a->hint.manifest;
}

enum status dump_choose(struct dump *d, const char *name, size_t *out, struct error *e)
{
    if (name)
        return dump_find(d, name, out, e);
    *out = 0;
    if (dump_count(d) == 1)
        return STATUS_OK;
    if (dump_count(d))
        return error_set(e, STATUS_USAGE, "%s holds %zu tensors: give --name; bitsweep inspect lists them",
                         dump_path(d), dump_count(d));
    if (dump_unreadable_count(d))
        return dump_find(d, dump_unreadable_at(d, 0)->name, out, e); /* says why it cannot be read */
    return error_set(e, STATUS_MISSING, "%s: holds no tensor", dump_path(d));
}

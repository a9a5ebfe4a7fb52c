#include "sim/dump/reader.h"

enum status new_file_write_tensor(struct new_file *f, const struct tensor_view *t, struct error *e)
{
    unsigned char buffer[1 << 16];
    size_t size = dtype_size(t->dtype), n = tensor_count(t), chunk = sizeof buffer / size;
    for (size_t first = 0; first < n; first += chunk) {
        size_t now = n - first < chunk ? n - first : chunk;
        tensor_read_raw(t, first, now, buffer);
        enum status s = new_file_write(f, buffer, now * size, e);
        if (s)
            return s;
    }
    return STATUS_OK;
}

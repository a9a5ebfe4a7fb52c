#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/json.h"
#include "sim/base/new_file.h"
#include "sim/model/record.h"

/* Decimal digits that a bits-per-byte figure keeps. */
static double rounded(double x)
{
    return round(x * 1e6) / 1e6;
}

/* Appends `item`, or drops the list: NULL, whichever of the two is NULL. */
static json_t *appended(json_t *list, json_t *item)
{
    if (json_array_append_new(list, item) == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *architecture(const struct net_config *c)
{
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:b, s:I}", "kind",
        "decoder-only transformer: RMSNorm, rotary positions on pairs (2i, 2i+1), grouped-query attention, "
        "SwiGLU, no biases; bytes are the tokens",
        "vocabulary", (json_int_t)NET_VOCAB, "dim", (json_int_t)c->dim, "layers", (json_int_t)c->layers,
        "heads", (json_int_t)c->heads, "kv_heads", (json_int_t)c->kv_heads, "hidden", (json_int_t)c->hidden,
        "context", (json_int_t)c->context, "rope_theta", c->theta, "rmsnorm_eps", c->eps, "tied_embedding", 1,
        "parameters", (json_int_t)net_size(c));
}

static json_t *training(const struct manifest *m)
{
    const struct train_config *t = m->train;
    json_int_t tokens = (json_int_t)m->facts->steps * t->batch * (json_int_t)m->net->context;
    return json_pack(
        "{s:s, s:i, s:i, s:I, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:s}", "optimizer",
        "AdamW; linear warm-up, cosine decay; norms and the embedding do not decay; gradient norm clipped",
        "steps", m->facts->steps, "sequences_per_step", t->batch, "tokens_seen", tokens, "warmup_steps",
        t->warmup, "rate", t->rate, "last_rate", t->last_rate, "beta1", t->beta1, "beta2", t->beta2,
        "epsilon", t->epsilon, "weight_decay", t->decay, "clip", t->clip, "train_bytes",
        (json_int_t)texts_bytes(m->texts, false), "train_bits_per_byte", strtod(m->facts->train_bits, NULL),
        "train_bits_are",
        "the mean over the batches of the last tenth of the steps, before rounding to BF16");
}

static json_t *texts(const struct manifest *m)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->texts->n; i++) {
        const struct text *t = &m->texts->item[i];
        json_t *one = json_pack("{s:s, s:I, s:s, s:f, s:s}", "name", t->name, "bytes", (json_int_t)t->n,
                                "sha256", t->sha256, "shared_runs", rounded(t->shared), "use",
                                t->held_out ? "held out" : "training");
        if (t->held_out) {
            json_object_set_new(one, "net_bits_per_byte", json_real(rounded(m->net_bits[i] / (double)t->n)));
            json_object_set_new(one, "ngram_bits_per_byte",
                                json_real(rounded(m->ngram_bits[i] / (double)t->n)));
        }
        list = appended(list, one);
    }
    char rule[400];
    snprintf(
        rule, sizeof rule,
        "Whole texts are held out, since many are versions of each other. shared_runs is the share of a "
        "text's %d-byte runs that also occur in another text; the texts with the smallest share are held "
        "out, one after the other, until they make up 1/%d of all bytes. The network and the 3-gram model "
        "see the same texts.",
        TEXT_RUN, TEXT_HELD_OUT_PART);
    return json_pack("{s:s, s:s, s:s, s:o}", "folder", m->text_dir, "which",
                     "regular files that are not empty, links not followed, in order of name", "split", rule,
                     "files", list);
}

static json_t *held_out(const struct manifest *m)
{
    double net = 0, ngram = 0, bytes = (double)texts_bytes(m->texts, true);
    for (size_t i = 0; i < m->texts->n; i++)
        if (m->texts->item[i].held_out) {
            net += m->net_bits[i];
            ngram += m->ngram_bits[i];
        }
    return json_pack(
        "{s:I, s:f, s:f, s:s, s:s}", "bytes", (json_int_t)bytes, "net_bits_per_byte", rounded(net / bytes),
        "ngram_bits_per_byte", rounded(ngram / bytes), "net_is",
        "with the weights rounded to BF16; windows of one context, half a context apart, every byte "
        "counted once",
        "ngram_is", "byte 3-gram model, interpolated (Witten and Bell, method C), of the training texts");
}

static json_t *recorded(const struct manifest *m)
{
    json_t *window =
        json_pack("{s:s, s:I, s:i, s:s, s:s}", "text", m->window_text->name, "first_byte",
                  (json_int_t)m->window_first, "tokens", (int)RECORD_TOKENS, "types",
                  "weights BF16 (rounded after training, ties to even; everything below uses the "
                  "rounded ones), activations F32",
                  "linear",
                  "NAME.output = NAME.input x NAME.weight^T; where several linears share one "
                  "input, metadata site.NAME gives its name");
    /* Absent if the window is not UTF-8. */
    const char *bytes = (const char *)m->window_text->stream + 1 + m->window_first;
    json_object_set_new(window, "window", json_stringn(bytes, RECORD_TOKENS));
    return window;
}

static json_t *tensors(const struct recording *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n; i++) {
        const struct recorded *t = &r->item[i];
        json_t *shape = json_array();
        for (int j = 0; j < t->view.rank; j++)
            json_array_append_new(shape, json_integer((json_int_t)t->view.shape[j]));
        list =
            appended(list, json_pack("{s:s, s:s, s:s, s:o, s:s}", "name", t->name, "role", t->role, "dtype",
                                     dtype_names[t->view.dtype], "shape", shape, "axes", t->view.axes));
    }
    return list;
}

static json_t *build(const struct manifest *m, struct error *e)
{
    char sha256[HASH_HEX_SIZE], seed[24];
    struct stat st;
    if (hash_file(m->dump_path, sha256, e))
        return NULL;
    if (stat(m->dump_path, &st)) {
        error_set(e, STATUS_IO, "%s: %s", m->dump_path, strerror(errno));
        return NULL;
    }
    snprintf(seed, sizeof seed, "%" PRIu64, m->facts->seed);
    return json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "what",
        "weights of a small language model, and what one window of held-out text left in every layer", "file",
        RECORD_DUMP, "sha256", sha256, "bytes", (json_int_t)st.st_size, "remake",
        "bitsweep record (make record) trains from this seed and records; the same texts give the same "
        "bytes, whatever the number of threads and the instruction set",
        "seed", seed, "architecture", architecture(m->net), "training", training(m), "held_out", held_out(m),
        "texts", texts(m), "recording", recorded(m), "tensors", tensors(m->recording));
}

static enum status write_text(const char *path, const char *text, struct error *e)
{
    struct new_file f;
    enum status s = new_file_open(&f, path, e);
    if (!s)
        s = new_file_write(&f, text, strlen(text), e);
    if (!s)
        s = new_file_write(&f, "\n", 1, e);
    if (!s)
        s = new_file_commit(&f, e);
    new_file_abandon(&f);
    return s;
}

enum status manifest_write(const char *path, const struct manifest *m, struct error *e)
{
    json_t *root = build(m, e);
    if (!root)
        return error_set(e, e && e->text[0] ? STATUS_IO : STATUS_INTERNAL,
                         "%s: out of memory, or a name is not UTF-8", path);
    char *text = json_text(root, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    json_decref(root);
    enum status s =
        text ? write_text(path, text, e) : error_set(e, STATUS_INTERNAL, "%s: out of memory", path);
    free(text);
    return s;
}

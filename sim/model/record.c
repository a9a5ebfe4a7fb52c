#include "sim/model/record.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/format.h"
#include "sim/dump/dump.h"

const struct net_config record_net = {.dim = 128,
                                      .layers = 5,
                                      .heads = 4,
                                      .kv_heads = 2,
                                      .hidden = 384,
                                      .context = 128,
                                      .theta = 10000,
                                      .eps = 1e-5};

/* Chosen as README.md says: without a look at the texts that are held out. */
const struct train_config record_train = {.steps = 1200,
                                          .batch = 8,
                                          .warmup = 60,
                                          .rate = 3e-3,
                                          .last_rate = 3e-4,
                                          .beta1 = 0.9,
                                          .beta2 = 0.99,
                                          .epsilon = 1e-8,
                                          .decay = 0.3,
                                          .clip = 1};

/* Everything that one call of model_record owns. */
struct session {
    const struct record_options *o;
    struct train_config train;
    struct texts texts;
    struct record_facts facts;
    float *params;
    uint16_t *bf16;
    double *net_bits, *ngram_bits; /* by text */
    struct net_state_f32 *state;
    struct recording recording;
    const struct text *window_text;
    size_t window_first;
};

/* One digest of what was trained on and what was not. */
static void digest_texts(const struct texts *t, char hex[static HASH_HEX_SIZE])
{
    struct hash h;
    hash_begin(&h);
    for (size_t i = 0; i < t->n; i++) {
        hash_add(&h, t->item[i].name, strlen(t->item[i].name) + 1);
        hash_add(&h, t->item[i].sha256, HASH_HEX_SIZE);
        hash_add(&h, t->item[i].held_out ? "-" : "+", 1);
    }
    hash_end(&h, hex);
}

/* The window is the middle of the longest held-out text. */
static enum status choose_window(struct session *r, struct error *e)
{
    for (size_t i = 0; i < r->texts.n; i++) {
        const struct text *t = &r->texts.item[i];
        if (t->held_out && (!r->window_text || t->n > r->window_text->n))
            r->window_text = t;
    }
    if (r->window_text->n < RECORD_TOKENS)
        return error_set(e, STATUS_MISSING,
                         "%s: the longest held-out text, %s, has %zu bytes; %d are recorded", r->o->text_dir,
                         r->window_text->name, r->window_text->n, (int)RECORD_TOKENS);
    r->window_first = (r->window_text->n - RECORD_TOKENS) / 2;
    return STATUS_OK;
}

static enum status prepare(struct session *r, struct error *e)
{
    enum status s = texts_load(r->o->text_dir, &r->texts, e);
    if (!s)
        s = texts_split(&r->texts, e);
    if (!s)
        s = choose_window(r, e);
    if (s)
        return s;
    digest_texts(&r->texts, r->facts.texts_sha256);
    r->params = malloc(net_size(&record_net) * sizeof *r->params);
    r->bf16 = malloc(net_size(&record_net) * sizeof *r->bf16);
    r->net_bits = calloc(r->texts.n, sizeof *r->net_bits);
    r->ngram_bits = calloc(r->texts.n, sizeof *r->ngram_bits);
    r->state = net_state_alloc_f32(&record_net);
    if (!r->params || !r->bf16 || !r->net_bits || !r->ngram_bits || !r->state)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    if (mkdir(r->o->out_dir, 0777) && errno != EEXIST)
        return error_set(e, STATUS_IO, "%s: cannot create: %s", r->o->out_dir, strerror(errno));
    return STATUS_OK;
}

static enum status train(struct session *r, struct error *e)
{
    const struct record_options *o = r->o;
    struct train_report report = {o->progress, o->progress_live};
    struct train_result result;
    net_init(&record_net, o->seed, r->params);
    enum status s = train_run(&record_net, &r->train, &r->texts, o->seed, o->jobs, o->stop, &report,
                              r->params, &result, e);
    if (s)
        return s;
    r->facts.seed = o->seed;
    r->facts.steps = r->train.steps;
    snprintf(r->facts.train_bits, sizeof r->facts.train_bits, "%.6f", result.train_bits);
    return STATUS_OK;
}

/* To BF16, ties to even: what is recorded is what runs. */
static enum status round_weights(struct session *r, struct error *e)
{
    const struct format *bf16 = format_find("bf16");
    const struct rounding nearest = {.mode = ROUND_RNE};
    for (size_t i = 0; i < net_size(&record_net); i++) {
        if (!isfinite(r->params[i]))
            return error_set(e, STATUS_INTERNAL, "weight %zu is %g; finite weights are needed", i,
                             (double)r->params[i]);
        uint32_t code = format_round(bf16, number_from_f32(r->params[i]), &nearest, 0).code;
        r->bf16[i] = (uint16_t)code;
        r->params[i] = number_to_f32(format_decode(bf16, code));
    }
    return STATUS_OK;
}

static enum status evaluate(struct session *r, struct error *e)
{
    struct ngram *m = ngram_alloc();
    if (!m)
        return error_set(e, STATUS_INTERNAL, "out of memory for the 3-gram model");
    for (size_t i = 0; i < r->texts.n; i++)
        if (!r->texts.item[i].held_out)
            ngram_add(m, &r->texts.item[i]);
    enum status s = STATUS_OK;
    for (size_t i = 0; !s && i < r->texts.n; i++) {
        const struct text *t = &r->texts.item[i];
        if (!t->held_out)
            continue;
        r->ngram_bits[i] = ngram_bits(m, t);
        s = eval_text(&record_net, r->params, t, r->o->jobs, r->o->stop, &r->net_bits[i], e);
        if (!s && r->o->progress)
            fprintf(r->o->progress, "held out %s: %.3f bits per byte, 3-gram %.3f\n", t->name,
                    r->net_bits[i] / (double)t->n, r->ngram_bits[i] / (double)t->n);
    }
    ngram_free(m);
    return s;
}

/* Keys and values of the dump's metadata, NULL at the end. */
struct metadata {
    char seed[24], steps[16];
    char key[64][56], site[64][2][48];
    const char *pair[160];
};

static void fill_metadata(const struct session *r, struct metadata *m)
{
    size_t n = 0;
    snprintf(m->seed, sizeof m->seed, "%" PRIu64, r->facts.seed);
    snprintf(m->steps, sizeof m->steps, "%d", r->facts.steps);
    const char *const fixed[] = {"made_by",
                                 "bitsweep record",
                                 "seed",
                                 m->seed,
                                 "steps",
                                 m->steps,
                                 "train_bits_per_byte",
                                 r->facts.train_bits,
                                 "texts_sha256",
                                 r->facts.texts_sha256};
    for (; n < sizeof fixed / sizeof *fixed; n++)
        m->pair[n] = fixed[n];
    for (size_t i = 0; i < 64 && record_site(&record_net, i, m->site[i]); i++) {
        snprintf(m->key[i], sizeof m->key[i], "site.%s", m->site[i][0]);
        m->pair[n++] = m->key[i];
        m->pair[n++] = m->site[i][1];
    }
    m->pair[n] = NULL;
}

static enum status write_dump(const struct session *r, const char *path, struct error *e)
{
    const struct recording *list = &r->recording;
    struct tensor_view *views = calloc(list->n, sizeof *views);
    struct metadata *m = calloc(1, sizeof *m);
    enum status s = STATUS_INTERNAL;
    if (views && m) {
        for (size_t i = 0; i < list->n; i++)
            views[i] = list->item[i].view;
        fill_metadata(r, m);
        s = safetensors_write(path, views, list->n, m->pair, e);
    }
    free(views);
    free(m);
    return s ? error_set(e, s, "%s: out of memory", path) : STATUS_OK;
}

static enum status record_window(struct session *r, struct error *e)
{
    const uint8_t *tokens = r->window_text->stream + 1 + r->window_first;
    net_forward_f32(&record_net, r->params, tokens, RECORD_TOKENS, r->state);
    recording_fill(&r->recording, &record_net, r->bf16, tokens, r->state);
    if (r->recording.failed)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    char dump[4096], manifest[4096];
    if (snprintf(dump, sizeof dump, "%s/" RECORD_DUMP, r->o->out_dir) >= (int)sizeof dump ||
        snprintf(manifest, sizeof manifest, "%s/" RECORD_MANIFEST, r->o->out_dir) >= (int)sizeof manifest)
        return error_set(e, STATUS_IO, "%s: the path is too long", r->o->out_dir);
    enum status s = write_dump(r, dump, e);
    if (s)
        return s;
    struct manifest m = {.facts = &r->facts,
                         .net = &record_net,
                         .train = &r->train,
                         .texts = &r->texts,
                         .text_dir = r->o->text_dir,
                         .net_bits = r->net_bits,
                         .ngram_bits = r->ngram_bits,
                         .window_text = r->window_text,
                         .window_first = r->window_first,
                         .recording = &r->recording,
                         .dump_path = dump};
    return manifest_write(manifest, &m, e);
}

enum status model_record(const struct record_options *o, struct error *e)
{
    struct session r = {.o = o, .train = record_train};
    if (o->steps < 0)
        return error_set(e, STATUS_INVALID, "steps: %d; 0 (the default, %d) or more is allowed", o->steps,
                         record_train.steps);
    if (o->steps)
        r.train.steps = o->steps;
    enum status s = prepare(&r, e);
    if (!s)
        s = o->weights ? record_read_weights(o->weights, &record_net, r.params, &r.facts, e) : train(&r, e);
    if (!s)
        s = round_weights(&r, e);
    if (!s)
        s = evaluate(&r, e);
    if (!s)
        s = record_window(&r, e);
    recording_free(&r.recording);
    net_state_free_f32(r.state);
    texts_free(&r.texts);
    free(r.params);
    free(r.bf16);
    free(r.net_bits);
    free(r.ngram_bits);
    return s;
}

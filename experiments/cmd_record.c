#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "experiments/cli.h"
#include "experiments/terminal.h"
#include "sim/base/new_file.h"
#include "sim/base/strbuf.h"
#include "sim/model/model.h"
#include "sim/model/record.h"

enum { OPT_SEED = 256, OPT_STEPS, OPT_WEIGHTS, OPT_TEXTS };

struct args {
    struct record_options record;
    bool quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    struct record_options *o = &a->record;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->quiet;
        break;
    case 'o':
        o->out_dir = arg;
        break;
    case 'j':
        o->jobs = cli_jobs(state, arg);
        break;
    case OPT_SEED:
        o->seed = cli_count(state, "--seed", arg, UINT64_MAX);
        break;
    case OPT_STEPS:
        o->steps = (int)cli_count(state, "--steps", arg, INT_MAX);
        break;
    case OPT_WEIGHTS:
        o->weights = arg;
        break;
    case OPT_TEXTS:
        o->text_dir = arg;
        break;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected '%s'", arg);
        break;
    case ARGP_KEY_END:
        if (!o->out_dir)
            argp_error(state, "--out DIR is missing");
        if (!o->jobs)
            o->jobs = cli_default_jobs(state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "folder that receives tinylm.safetensors and tinylm.json", 0},
    {"seed", OPT_SEED, "N", 0, "seed of weights and batches (default 1, that of the bundled dump)", 0},
    {"steps", OPT_STEPS, "N", 0, "training steps (default: those of the bundled dump)", 0},
    {"jobs", 'j', "N", 0, "threads (default: $BITSWEEP_JOBS, else the processors available)", 0},
    {"weights", OPT_WEIGHTS, "FILE", 0, "record from these weights; do not train", 0},
    {"text-dir", OPT_TEXTS, "DIR", 0, "texts to learn from (default /usr/share/common-licenses)", 0},
    {0}};
static const struct argp_child children[] = {{&cli_quiet_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.options = options,
                                 .parser = parse,
                                 .children = children,
                                 .doc =
                                     "Train the small byte-level transformer and record its tensors: the "
                                     "bundled dump. The same seed, texts and steps give the same bytes for "
                                     "any number of jobs.\v"
                                     "  bitsweep record --out experiments/dumps\n"
                                     "  bitsweep record --out /tmp/quick --steps 20\n"};

/* Training takes minutes: whether the folder can be written to is found out before. */
static enum status try_folder(const char *folder, struct error *e)
{
    struct new_file probe = {0};
    struct strbuf b = {0};
    strbuf_printf(&b, "%s/" RECORD_DUMP, folder);
    char *path = strbuf_take(&b);
    if (!path)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = STATUS_OK;
    if (mkdir(folder, 0777) && errno != EEXIST)
        s = error_set(e, STATUS_IO, "%s: cannot create: %s", folder, strerror(errno));
    if (!s) {
        s = new_file_open(&probe, path, e);
        new_file_abandon(&probe);
    }
    free(path);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct args a = {
        .record = {.text_dir = "/usr/share/common-licenses", .seed = RECORD_SEED, .stop = cli->stop}};
    cli_parse(&argp, argc, argv, &a);
    a.record.progress = a.quiet ? NULL : stderr;
    a.record.progress_live = terminal_rewrites(stderr);
    enum status s = try_folder(a.record.out_dir, e);
    if (s)
        return s;
    cli_catch_signals();
    return model_record(&a.record, e);
}

const struct command command_record = {"record", "train the small network and record the bundled dump", run,
                                       &argp};

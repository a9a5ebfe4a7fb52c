#include "experiments/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

static bool read_count(const char *text, size_t length, uint64_t *out)
{
    if (!length || length > 18 || strspn(text, "0123456789") < length)
        return false;
    *out = strtoull(text, NULL, 10);
    return true;
}

/* A number that a launcher left, `missing` where there is none. */
static enum status from_variable(const char *name, uint64_t missing, bool *there, uint64_t *out,
                                 struct error *e)
{
    const char *text = getenv(name);
    *there = text && *text;
    *out = missing;
    if (!*there || read_count(text, strlen(text), out))
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "%s='%.40s' is no whole number", name, text);
}

struct launcher {
    const char *rank, *count, *least, *step; /* NULL: from 0, by 1 */
};

static const struct launcher array = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
                                      "SLURM_ARRAY_TASK_STEP"};
/* Of srun the tasks of the step: SLURM_NTASKS is there in a batch script too, which is one process. */
static const struct launcher ranks[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", NULL, NULL},
                                        {"PMI_RANK", "PMI_SIZE", NULL, NULL},
                                        {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", NULL, NULL}};

/* {0, 1} where it says nothing. */
static enum status ask(const struct launcher *l, struct shard *out, struct error *e)
{
    uint64_t rank, count, least = 0, step = 1;
    bool has_rank, has_count, ignored;
    *out = (struct shard){0, 1};
    enum status s = from_variable(l->rank, 0, &has_rank, &rank, e);
    if (!s)
        s = from_variable(l->count, 1, &has_count, &count, e);
    if (!s && l->least)
        s = from_variable(l->least, 0, &ignored, &least, e);
    if (!s && l->step)
        s = from_variable(l->step, 1, &ignored, &step, e);
    if (s || !has_rank || !has_count)
        return s;
    const uint64_t i = step && rank >= least ? (rank - least) / step : count;
    if (i >= count || count > SHARDS_MAX || (rank - least) % step)
        return error_set(e, STATUS_INVALID, "%s=%llu is no task of %s=%llu from %llu in steps of %llu",
                         l->rank, (unsigned long long)rank, l->count, (unsigned long long)count,
                         (unsigned long long)least, (unsigned long long)step);
    *out = (struct shard){(uint32_t)i, (uint32_t)count};
    return STATUS_OK;
}

enum status shard_from_environment(struct shard *out, struct error *e)
{
    struct shard inner = {0, 1};
    enum status s = ask(&array, out, e);
    for (size_t k = 0; !s && inner.n == 1 && k < sizeof ranks / sizeof *ranks; k++)
        s = ask(&ranks[k], &inner, e);
    if (s)
        return s;
    if ((uint64_t)out->n * inner.n > SHARDS_MAX)
        return error_set(e, STATUS_INVALID, "%u x %u shards are more than %d", out->n, inner.n, SHARDS_MAX);
    *out = (struct shard){out->i * inner.n + inner.i, out->n * inner.n};
    return STATUS_OK;
}

/* Launchers within each other: of one level the first that says more than one process is the rank. Slurm
 * gives a batch script, which is one process, SLURM_PROCID too. */
static const struct level {
    const char *rank, *count; /* no count: more than one */
    uint64_t first;
    int level;
} levels[] = {{"SLURM_ARRAY_TASK_ID", NULL, 0, 0},
              {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", 0, 1},
              {"PMI_RANK", "PMI_SIZE", 0, 1},
              /* PARALLEL_JOBSLOT will not do: a slot whose job has ended is given to another job. */
              {"PARALLEL_SEQ", NULL, 1, 2},
              {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", 0, 1}};

static enum status launched(uint64_t n, uint64_t *i, struct error *e)
{
    const struct level *said = NULL, *one = NULL; /* one: of one process, or of who knows how many */
    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++) {
        const struct level *l = &levels[k];
        uint64_t rank, count = 2;
        bool there, counted;
        enum status s = from_variable(l->rank, 0, &there, &rank, e);
        if (!s && l->count)
            s = from_variable(l->count, 1, &counted, &count, e);
        if (s)
            return s;
        if (!there || (count > 1 && said && said->level == l->level))
            continue;
        if (count > 1 && said)
            return error_set(e, STATUS_INVALID,
                             "%s and %s each say a part, of launchers within each other; write I/%llu",
                             said->rank, l->rank, (unsigned long long)n);
        if (count > 1) {
            said = l;
            *i = rank;
        } else if (!said && !one) {
            one = l;
            *i = rank;
        }
    }
    said = said ? said : one;
    if (!said)
        return error_set(
            e, STATUS_INVALID,
            "no launcher says which (none of SLURM_ARRAY_TASK_ID, OMPI_COMM_WORLD_RANK, PMI_RANK, "
            "PARALLEL_SEQ, SLURM_PROCID is set); write I/%llu",
            (unsigned long long)n);
    if (*i < said->first || *i - said->first >= n)
        return error_set(e, STATUS_INVALID, "%s=%llu is none of %llu from %llu on", said->rank,
                         (unsigned long long)*i, (unsigned long long)n, (unsigned long long)said->first);
    *i -= said->first;
    return STATUS_OK;
}

enum status shard_parse(const char *text, struct shard *out, struct error *e)
{
    const char *slash = strchr(text, '/');
    uint64_t i = 0, n = 0;
    bool fine = slash && read_count(slash + 1, strlen(slash + 1), &n) && n && n <= SHARDS_MAX &&
                (slash == text || read_count(text, (size_t)(slash - text), &i)) && i < n;
    if (!fine)
        return error_set(e, STATUS_INVALID, "'%.40s' is not I/N with 0 <= I < N <= %d, or /N", text,
                         SHARDS_MAX);
    enum status s = slash == text ? launched(n, &i, e) : STATUS_OK;
    *out = (struct shard){(uint32_t)i, (uint32_t)n};
    return s;
}

bool shard_has(const struct shard *s, const char key[static HASH_HEX_SIZE])
{
    char first[17];
    if (s->n <= 1)
        return true;
    memcpy(first, key, 16);
    first[16] = '\0';
    return strtoull(first, NULL, 16) % s->n == s->i;
}

char *shard_database(const struct shard *s, const char *db)
{
    const char *base = strrchr(db, '/'), *dot = strrchr(db, '.');
    const bool has = dot && dot > (base ? base + 1 : db);
    struct strbuf b = {0};
    strbuf_printf(&b, "%.*s.%u-of-%u%s", (int)(has ? (size_t)(dot - db) : strlen(db)), db, s->i, s->n,
                  has ? dot : "");
    return strbuf_take(&b);
}

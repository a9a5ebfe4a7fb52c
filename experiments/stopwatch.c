#include "experiments/stopwatch.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "experiments/progress.h"
#include "sim/base/clock.h"

struct team {
    const struct timed_work *work;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int ready;
    bool given_up; /* a thread could not be started: the others end */
};

struct member {
    struct team *team;
    int index;
    pthread_t thread;
    double seconds;
    enum status status;
    struct error error;
};

/* False if not all will come. */
static bool wait_for_all(struct team *t)
{
    pthread_mutex_lock(&t->lock);
    t->ready++;
    pthread_cond_broadcast(&t->changed);
    while (t->ready < t->work->threads && !t->given_up)
        pthread_cond_wait(&t->changed, &t->lock);
    bool all = !t->given_up;
    pthread_mutex_unlock(&t->lock);
    return all;
}

static void *member_main(void *arg)
{
    struct member *m = arg;
    const struct timed_work *w = m->team->work;
    for (size_t pass = 0; pass < w->passes && !m->status; pass++) {
        if (w->prepare)
            w->prepare(w->context, m->index);
        if (pass == 0 && !wait_for_all(m->team))
            break;
        double start = clock_seconds();
        m->status = w->work(w->context, m->index, &m->error);
        m->seconds += clock_seconds() - start;
    }
    return NULL;
}

static void give_up(struct team *t)
{
    pthread_mutex_lock(&t->lock);
    t->given_up = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

enum status stopwatch_run(const struct timed_work *w, double *seconds, struct error *e)
{
    struct team team = {.work = w, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct member *members = calloc((size_t)w->threads, sizeof *members);
    if (!members)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = STATUS_OK;
    int started = 0;
    for (; started < w->threads && !s; started += !s) {
        struct member *m = &members[started];
        *m = (struct member){.team = &team, .index = started};
        if (pthread_create(&m->thread, NULL, member_main, m)) {
            s = error_set(e, STATUS_INTERNAL, "cannot start thread %d of %d", started + 1, w->threads);
            give_up(&team);
        }
    }
    *seconds = 0;
    for (int i = 0; i < started; i++) {
        const struct member *m = &members[i];
        pthread_join(m->thread, NULL);
        *seconds = m->seconds > *seconds ? m->seconds : *seconds;
        if (!s && m->status)
            s = error_set(e, m->status, "%s", m->error.text);
    }
    pthread_cond_destroy(&team.changed);
    pthread_mutex_destroy(&team.lock);
    free(members);
    return s;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread spread_of(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    double median = (values[(n - 1) / 2] + values[n / 2]) / 2;
    return (struct spread){median, values[0], values[n - 1]};
}

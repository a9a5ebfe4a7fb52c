#include "sim/base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct shared {
    const struct pool_job *job;
    pthread_mutex_t lock;
    pthread_cond_t finished;
    size_t next;                /* first task not yet started */
    size_t *queue;              /* finished tasks not yet consumed: a ring of `tasks` entries */
    size_t queue_head, queue_n; /* guarded by lock */
    int running;                /* threads alive */
    bool stopped;
};

struct worker {
    struct shared *shared;
    int index;
    pthread_t thread;
};

static bool stop_wanted(const struct shared *s)
{
    return s->stopped || (s->job->stop && atomic_load(s->job->stop));
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct shared *s = w->shared;
    const struct pool_job *job = s->job;
    pthread_mutex_lock(&s->lock);
    while (!stop_wanted(s) && s->next < job->tasks) {
        size_t i = s->next++;
        pthread_mutex_unlock(&s->lock);
        job->work(job->context, w->index, i);
        pthread_mutex_lock(&s->lock);
        s->queue[(s->queue_head + s->queue_n++) % job->tasks] = i;
        pthread_cond_signal(&s->finished);
    }
    s->running--;
    pthread_cond_signal(&s->finished);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Consumes finished tasks until every thread has ended and the queue is empty. Holds the lock on entry and
 * exit. */
static void consume(struct shared *s)
{
    const struct pool_job *job = s->job;
    while (s->running > 0 || s->queue_n > 0) {
        if (s->queue_n > 0) {
            size_t i = s->queue[s->queue_head];
            s->queue_head = (s->queue_head + 1) % job->tasks;
            s->queue_n--;
            pthread_mutex_unlock(&s->lock);
            int r = job->done ? job->done(job->context, i) : 0;
            pthread_mutex_lock(&s->lock);
            if (r < 0)
                s->stopped = true;
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 200000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        if (pthread_cond_timedwait(&s->finished, &s->lock, &until) && job->idle) {
            pthread_mutex_unlock(&s->lock);
            job->idle(job->context);
            pthread_mutex_lock(&s->lock);
        }
    }
}

/* Waits by the clock that nobody sets. */
static void open_condition(pthread_cond_t *c)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(c, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

enum status pool_run(const struct pool_job *job, struct error *e)
{
    if (!job->tasks)
        return STATUS_OK;
    int jobs = job->jobs < 1 ? 1 : job->jobs;
    if ((size_t)jobs > job->tasks)
        jobs = (int)job->tasks;
    struct shared s = {.job = job, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct worker *workers = calloc((size_t)jobs, sizeof *workers);
    s.queue = calloc(job->tasks, sizeof *s.queue);
    if (!workers || !s.queue) {
        free(workers);
        free(s.queue);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    enum status status = STATUS_OK;
    open_condition(&s.finished);
    pthread_mutex_lock(&s.lock);
    int started = 0;
    for (; started < jobs; started++) {
        workers[started] = (struct worker){.shared = &s, .index = started};
        if (pthread_create(&workers[started].thread, NULL, worker_main, &workers[started]))
            break;
        s.running++;
    }
    if (started == 0)
        status = error_set(e, STATUS_INTERNAL, "cannot start a thread");
    consume(&s);
    if (status == STATUS_OK && s.next < job->tasks)
        status = STATUS_INTERRUPTED;
    pthread_mutex_unlock(&s.lock);
    for (int i = 0; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_mutex_destroy(&s.lock);
    pthread_cond_destroy(&s.finished);
    free(workers);
    free(s.queue);
    return status;
}

int pool_default_jobs(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    return 1;
}

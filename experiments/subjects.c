#include "experiments/subjects.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/subject_read.h"

enum state { UNLOADED, LOADING, READY, FAILED };

struct slot {
    enum state state;
    size_t left; /* cells that still need it */
    struct subject subject;
    enum status status; /* why FAILED */
    struct error error;
};

struct subjects {
    const struct plan *plan;
    pthread_mutex_t lock;    /* states and counts */
    pthread_mutex_t loading; /* dumps are not thread safe */
    pthread_cond_t loaded;
    size_t alive, peak;
    struct slot slots[];
};

struct subjects *subjects_open(const struct plan *p)
{
    struct subjects *s = calloc(1, sizeof *s + p->n_subjects * sizeof *s->slots);
    if (!s)
        return NULL;
    s->plan = p;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->loading, NULL);
    pthread_cond_init(&s->loaded, NULL);
    for (size_t i = 0; i < p->n_subjects; i++)
        s->slots[i].left = p->subjects[i].todo;
    return s;
}

void subjects_close(struct subjects *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->plan->n_subjects; i++)
        if (s->slots[i].state == READY)
            subject_free(&s->slots[i].subject);
    pthread_cond_destroy(&s->loaded);
    pthread_mutex_destroy(&s->loading);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static enum status load(struct subjects *s, size_t i)
{
    const struct plan_subject *from = &s->plan->subjects[i];
    struct slot *slot = &s->slots[i];
    pthread_mutex_lock(&s->loading);
    enum status status = subject_read_site(from->dump, &from->place, &slot->subject, &slot->error);
    if (!status && (strcmp(slot->subject.hash, from->facts.hash) != 0 ||
                    strcmp(slot->subject.sensitivity_hash, from->facts.sensitivity_hash) != 0)) {
        subject_free(&slot->subject);
        status = error_set(&slot->error, STATUS_IO, "%s: %s changed while the run was under way", from->path,
                           from->facts.view.name);
    }
    pthread_mutex_unlock(&s->loading);
    return status;
}

enum status subjects_acquire(struct subjects *s, size_t i, const struct subject **out, struct error *e)
{
    struct slot *slot = &s->slots[i];
    pthread_mutex_lock(&s->lock);
    while (slot->state == LOADING)
        pthread_cond_wait(&s->loaded, &s->lock);
    if (slot->state == UNLOADED) {
        slot->state = LOADING;
        s->alive++;
        s->peak = s->alive > s->peak ? s->alive : s->peak;
        pthread_mutex_unlock(&s->lock);
        enum status status = load(s, i);
        pthread_mutex_lock(&s->lock);
        slot->status = status;
        slot->state = status ? FAILED : READY;
        pthread_cond_broadcast(&s->loaded);
    }
    enum status status = slot->status;
    pthread_mutex_unlock(&s->lock);
    if (status)
        return error_set(e, status, "%s", slot->error.text);
    *out = &slot->subject;
    return STATUS_OK;
}

void subjects_release(struct subjects *s, size_t i, size_t cells)
{
    struct slot *slot = &s->slots[i];
    pthread_mutex_lock(&s->lock);
    slot->left -= cells;
    bool last = slot->left == 0;
    bool ready = last && slot->state == READY;
    if (ready)
        slot->state = UNLOADED;
    s->alive -= last;
    pthread_mutex_unlock(&s->lock);
    if (ready)
        subject_free(&slot->subject);
}

size_t subjects_peak(const struct subjects *s)
{
    return s->peak;
}

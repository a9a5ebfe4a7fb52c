/* What the files of bitsweep doctor share. */
#ifndef EXPERIMENTS_DOCTOR_INNER_H
#define EXPERIMENTS_DOCTOR_INNER_H

#include "experiments/doctor.h"
#include "experiments/plan.h"
#include "results/query.h"

/* SQL. The last part of a path; a glob that matches a name alone, or all where the name is empty, for which
 * there is none. */
#define BASENAME(path) "replace(" path ", rtrim(" path ", replace(" path ", '/', '')), '')"
#define GLOB_OF(name)                                                                                     \
    "iif(" name " = '', '*', replace(replace(replace(replace(" name ", '\\', '\\\\'), '*', '\\*'), '?', " \
    "'\\?'), '[', '\\['))"
/* The name of what a synthetic input gives. */
#define SYNTH_NAME(input)                                                                           \
    "coalesce((" input " ->> '$.synth.input') || ' x ' || (" input " ->> '$.synth.weight'), " input \
    " ->> 'synth')"
/* A name without what follows its last dot. */
#define UNDOTTED(name) "rtrim(" name ", replace(" name ", '.', ''))"
#define STEM(name) \
    "iif(" name " GLOB '?*.*', substr(" UNDOTTED(name) ", 1, length(" UNDOTTED(name) ") - 1), " name ")"
#define IS_SYNTH     "n.path = '" SYNTH_PATH "'"
#define NAME_OF_FILE BASENAME("n.path")
#define NAME_SAID    BASENAME("rtrim(i.value ->> 'dump', '/')")
#define STEM_OF_FILE STEM("file")
#define STEM_SAID    STEM("said")
#define IS_FROM_IT   SYNTH_NAME("i.value") " = n.member"
/* Rows of `used` (path, member, config_sha256, ...) with each input of their studies that the name may be
 * from: `input` is what it says of reading a file, whichever tensors it takes, or all of a synthetic one;
 * `matched` 2: it is said by the name of the file, as it is without links, else the only tensor of a file
 * that is called by it (1) or not (0); `there` is the tensor's name in the file as it is without links. */
#define PLACED                                                                                     \
    " placed AS (SELECT *, iif(matched = 1, " STEM_OF_FILE ", member) AS there"                    \
    "  FROM (SELECT *, iif(synth OR file = said, 2, member = " STEM_SAID ") AS matched"            \
    "   FROM (SELECT n.*, " IS_SYNTH " AS synth, " NAME_OF_FILE " AS file, " NAME_SAID " AS said," \
    "    iif(" IS_SYNTH ", i.value, json_patch(i.value, '{\"dump\": null, \"select\": null,"       \
    "     \"shapes\": null, \"layer\": null, \"role\": null}')) AS input"                          \
    "    FROM used n JOIN config g USING(config_sha256), json_each(g.resolved, '$.inputs') i"      \
    "    WHERE iif(" IS_SYNTH ", " IS_FROM_IT ", i.value ->> 'dump' IS NOT NULL))))"
/* One of the inputs for each `key`; of those that say another name, only what all of them say. */
#define BEST(key)                                                                                         \
    " best AS (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY " key                             \
    " ORDER BY matched DESC, config_sha256, input) AS nth, matched = 2 OR min(input) OVER w = max(input)" \
    " OVER w AS sure FROM placed WINDOW w AS (PARTITION BY " key ", matched)) WHERE nth = 1 AND sure)"
/* Such an input for tensors of the file `path`. */
#define INPUT(path, select)                                                                            \
    "iif(input ->> 'synth' IS NOT NULL, input, json_patch(json_patch(input, json_object('dump', " path \
    ", 'select', json(" select "))), iif(input ->> 'rotary' = 0, json_object('rotary', 'none'), '{}')))"

struct doctor {
    const struct doctor_options *o;
    check_row *row;
    void *context;
    struct query *q;
    size_t fine;   /* tensors or cells */
    uint64_t seen; /* those that a study leads to */
};

enum status doctor_say(struct doctor *d, const char *check, enum check_state state, const char *what,
                       const char *why, struct error *e) MUST_CHECK;
/* Of a query with one count. */
enum status doctor_take_count(void *context, const struct table_value *v, struct error *e) MUST_CHECK;

/* --- a study of now --- */

/* What a row is looked at with: places of its columns, and what is done with the plan of its study. */
struct doctor_look {
    const char *check;
    int path, name, study;
    bool cells; /* the plan has cells */
    enum status (*compare)(struct doctor *d, const struct table_value *v, const struct plan *p,
                           struct error *e);
    /* What is done where there is no such plan; NULL: that is bad. */
    enum status (*failed)(struct doctor *d, const struct table_value *v, const char *why, struct error *e);
};

enum status doctor_look_at(struct doctor *d, const struct doctor_look *l, const struct table_value *v,
                           struct error *e) MUST_CHECK;

#endif

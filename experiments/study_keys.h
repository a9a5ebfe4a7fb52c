/* Cells of the database as experiment files say them. */
#ifndef EXPERIMENTS_STUDY_KEYS_H
#define EXPERIMENTS_STUDY_KEYS_H

/* SQL: what an experiment file says of a cell, m a row of v_measured (or of cell) and c that of cell, as a
 * mapping in YAML's flow style, which JSON is. The text of a scheme has the path of a codebook file, which
 * the key of a cell has not. */
#define STUDY_KEYS                                                                                    \
    "json_patch('{}', json_object('format', CASE m.op WHEN 'quantize' THEN m.scheme"                  \
    " ELSE c.params ->> 'scheme' END, 'weight', c.params ->> 'weight', 'mac', c.params ->> 'mac',"    \
    " 'output', c.params ->> 'output', 'transform', c.params ->> 'transform', 'k', c.params ->> 'k'," \
    " 'p', c.params ->> 'p', 'v', c.params ->> 'v', 'mac_pv', c.params ->> 'mac_pv'))"

#endif

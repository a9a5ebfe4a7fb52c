-- Views for people and figures, and a doc line for everything that can be queried. Views hold no data: the program
-- drops and makes them again whenever this text has changed (results/migrate.c), so they need no migration step.
--
-- Means compare schemes only over the same tensors: complete = 1 marks the schemes of a dump that were measured on
-- the set of tensors that most cells belong to. An exactly represented tensor has an infinite SQNR; in a mean it
-- counts 150 dB, what rounding to binary32 leaves, and `exact` counts such tensors. A tensor with a lost element (NaN
-- or infinite) has -infinity, and so has the mean.
-- v_profile compares the profiles of a family over the tensors that most of them were measured on, also where some
-- were measured on more; complete = 1 marks these rows. Profiles with one number same_bits have equal results on all
-- of these tensors; the best mean SQNR has number 1.
-- A budget is a number of stored bits per element (to 1/100), in halves; the best scheme within it counts, and
-- budgets whose best one fits a lower budget too are left out. v_study compares the schemes of the last run of each
-- study over all its tensors by mean sqnr_db, or by the study's first metric where that was not measured; `budget`
-- is NULL but where a scheme is the best.
-- v_study_figure has the figures that a study's file names, as its last run had it: nothing (NULL) where it says none
-- (said = 1) or does not say (said = 0).
-- Analyses, which measure no tensor, are in v_analysis, v_value, v_failed and v_run_cell alone.
-- v_method has the cells whose scheme is that of a method, whatever words their study used.
-- A name means the tensor that was last recorded under it; cells of earlier ones have current = 0 and are in no mean.
-- brief: the label without what is usual: how scales enter, a weight of the input's scheme, an exact MAC of linear
-- layers, the second half of attention where it is as the first; two schemes may have one.
-- extra: the keys of a scheme that have no column, as far as they depart from the plain.
-- Rows of a mean are summed in the order of tensor and cell key, so that the sum does not depend on the order in
-- which cells were written.

DROP VIEW IF EXISTS v_method;
DROP VIEW IF EXISTS v_profile;
DROP VIEW IF EXISTS v_study_figure;
DROP VIEW IF EXISTS v_study;
DROP VIEW IF EXISTS v_best;
DROP VIEW IF EXISTS v_pareto;
DROP VIEW IF EXISTS v_cost_models;
DROP VIEW IF EXISTS v_scheme_cost;
DROP VIEW IF EXISTS v_scheme;
DROP VIEW IF EXISTS v_output;
DROP VIEW IF EXISTS v_cell;
DROP VIEW IF EXISTS v_measured;
DROP VIEW IF EXISTS v_analysis;
DROP VIEW IF EXISTS v_name;
DROP VIEW IF EXISTS v_value;
DROP VIEW IF EXISTS v_cost;
DROP VIEW IF EXISTS v_failed;
DROP VIEW IF EXISTS v_dump;
DROP VIEW IF EXISTS v_tensor;
DROP VIEW IF EXISTS v_layer;
DROP VIEW IF EXISTS v_run;
DROP VIEW IF EXISTS v_run_cell;
DROP VIEW IF EXISTS cost;

CREATE VIEW cost AS
SELECT v.cell_id, k.model, k.quantity, v.value, k.unit, k.node_nm, k.accuracy, k.source
FROM cost_value v JOIN cost_kind k USING(kind_id)
ORDER BY v.cell_id, k.model, k.quantity;

CREATE VIEW v_name AS
SELECT tensor_sha256, dump, tensor, current
FROM (SELECT *, row_number() OVER (PARTITION BY tensor_sha256 ORDER BY current DESC, dump, tensor) AS nth
  FROM (SELECT tensor_sha256, path AS dump, member AS tensor,
      seen = max(seen) OVER (PARTITION BY path, member) AS current
    FROM tensor_name))
WHERE nth = 1
ORDER BY dump, tensor;

CREATE VIEW v_measured AS
SELECT n.path AS dump, n.member AS tensor, coalesce(n.current, 1) AS current, c.op, c.label, c.transform,
  c.weight, c.output, c.mac, c.format,
  c.family, c.bits, c.exponent_bits,
  c.mantissa_bits, c.bias, c.specials, c.per, c.block, c.axis, c.scale, c.scale_rule, c.second, c.scale_order,
  c.round, c.overflow, c.clip, c.seed,
  (SELECT value FROM cost o WHERE o.cell_id = c.cell_id AND o.model = 'storage'
    AND o.quantity = 'bits_per_element') AS bits_per_element,
  (SELECT value FROM cost o WHERE o.cell_id = c.cell_id AND o.model = 'fp8_vs_int8'
    AND o.quantity = 'mac_gates') AS mac_gates,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'sqnr_db')) AS sqnr_db,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'qsnr_db')) AS qsnr_db,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'mse')) AS mse,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'nmse')) AS nmse,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'mae')) AS mae,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'max_abs_error')) AS max_abs_error,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'mean_rel_error')) AS mean_rel_error,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'cosine')) AS cosine,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'saturated')) AS saturated,
  (SELECT v FROM value x WHERE x.cell_id = c.cell_id
    AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'flushed')) AS flushed,
  CASE c.op WHEN 'matmul' THEN substr(c.plain, 1, instr(c.plain, ' * ') - 1)
      || iif(substr(c.plain, 1, instr(c.plain, ' * ') - 1) IN (c.weight, c.transform || ': ' || c.weight), '',
        ' * ' || c.weight)
      || coalesce(' -> ' || c.output, '') || iif(c.mac = 'exact' OR c.mac LIKE 'exact,scales=%', '',
        substr(replace(c.plain, ' -> ' || coalesce(c.output, ''), ''), instr(c.plain, ' @ ')))
    WHEN 'attention' THEN iif(
      substr(c.plain, 1, instr(c.plain, '; ') - 1) = substr(c.plain, instr(c.plain, '; ') + 2),
      substr(c.plain, instr(c.plain, '; ') + 2), replace(c.plain, ' @ exact;', ';'))
    ELSE c.label END AS brief,
  c.scheme, c.tensor_sha256, c.cell_sha256, c.wall_ns
FROM (SELECT *, replace(replace(replace(label, ',scales=dequantize', ''), ',scales=partials-fma', ''),
      ',scales=partials', '') AS plain FROM cell) c
  LEFT JOIN (SELECT *, seen = max(seen) OVER (PARTITION BY path, member) AS current FROM tensor_name) n
  USING(tensor_sha256)
WHERE c.status = 'done' AND c.op <> 'analysis';

CREATE VIEW v_analysis AS
SELECT c.params ->> 'analysis' AS analysis, c.label,
  substr(m.name, length(c.params ->> 'analysis') + 2) AS quantity, x.v AS value, x.class, m.unit, m.name AS metric,
  m.doc, c.scheme, c.cell_sha256
FROM cell c JOIN value x USING(cell_id) JOIN metric m USING(metric_id)
WHERE c.op = 'analysis' AND c.status = 'done'
ORDER BY analysis, c.label, x.metric_id;

CREATE VIEW v_cell AS
SELECT * FROM v_measured
WHERE tensor_sha256 IS NULL OR (tensor_sha256, dump, tensor) IN (SELECT tensor_sha256, dump, tensor FROM v_name)
ORDER BY dump, tensor, bits_per_element, label, cell_sha256;

CREATE VIEW v_output AS
WITH plain AS (
  SELECT *, substr(label, 1, instr(label, ' * ') - 1) AS input,
    replace(replace(replace(mac, ',scales=dequantize', ''), ',scales=partials-fma', ''), ',scales=partials', '')
      AS plain
  FROM v_cell WHERE op = 'matmul'),
cut AS (SELECT *, instr(plain, ',product=') AS at, substr(plain, instr(plain, ',product=') + 9) || ',' AS rest
  FROM plain)
SELECT dump, tensor, current, label, transform,
  input || iif(weight <> input, ' * ' || weight, '') || coalesce(' -> ' || output, '')
    || iif(at, ', ' || substr(rest, 1, instr(rest, ',') - 1), '') AS way,
  iif(at, substr(plain, 1, at - 1) || rtrim(substr(rest, instr(rest, ',')), ','), plain) AS accumulator,
  bits_per_element, sqnr_db, scheme, tensor_sha256, cell_sha256
FROM cut
ORDER BY dump, tensor, way, accumulator, cell_sha256;

CREATE VIEW v_scheme AS
WITH mean AS (
  SELECT dump, op, label, transform, weight, output, mac, format, family, bits, exponent_bits, mantissa_bits,
    specials, per,
    block, axis, scale, scale_rule, second, scale_order, round, overflow, clip,
    avg(bits_per_element) AS bits_per_element, max(mac_gates) AS mac_gates,
    avg(min(sqnr_db, 150)) AS sqnr_db, min(sqnr_db) AS min_sqnr_db,
    sum(sqnr_db > 1e308) AS exact, avg(nmse) AS nmse, avg(cosine) AS cosine,
    max(max_abs_error) AS max_abs_error, count(DISTINCT tensor) AS tensors, count(*) AS cells,
    group_concat(DISTINCT tensor_sha256) AS tensor_set, min(brief) AS brief, scheme
  FROM (SELECT * FROM v_measured WHERE current ORDER BY dump, op, scheme, tensor, cell_sha256)
  GROUP BY dump, op, scheme),
common AS (
  SELECT dump, op, tensor_set, row_number() OVER (PARTITION BY dump, op
    ORDER BY sum(cells) DESC, max(tensors) DESC, tensor_set) AS nth
  FROM mean GROUP BY dump, op, tensor_set)
SELECT dump, op, label, transform, weight, output, mac, format, family, bits, exponent_bits, mantissa_bits,
  specials, per,
  block, axis, scale, scale_rule, second, scale_order, round, overflow, clip, coalesce((
    SELECT group_concat(key || '=' || value, ',')
    FROM json_each(CASE WHEN json_valid(object) THEN object ELSE '{}' END)
    WHERE key NOT IN ('name', 'bias', 'specials', 'subnormals', 'codes', 'fraction', 'per', 'block', 'axis', 'scale',
        'scale_rule', 'second', 'order', 'round', 'overflow', 'clip') AND value NOT IN ('none', 'no')
      AND NOT (key = 'scale_overflow'
        AND value = CASE WHEN scale_rule IN ('absmax', 'static') THEN 'clamp' ELSE 'nan' END)
      AND NOT (key = 'scale_steps' AND value = CASE scale_order WHEN 'te' THEN 'product' ELSE 'top-first' END)
      AND key || '=' || value NOT IN ('tail=short', 'half=exact', 'carry=add', 'nan=zero', 'neg_zero=keep',
        'sr_kind=a', 'sr_bits=32', 'scale_log2=exact', 'scale_round=rne', 'scale_shift=0', 'scale_underflow=zero',
        'zero_block=zero', 'block_nan=poison', 'block_inf=poison', 'quotient=exact', 'stat=absmax', 'choose=mse',
        'second_scale=fp32', 'second_round=rne', 'second_stores=scale', 'zero_tensor=one')), '') AS extra,
  bits_per_element, mac_gates, sqnr_db, min_sqnr_db, exact,
  nmse, cosine, max_abs_error, tensors, cells, nth = 1 AS complete, brief, scheme
FROM (SELECT *, '{"name":"' || replace(replace(replace(replace(scheme, '\', '\\'), '"', '\"'), '=', '":"'), ',',
  '","') || '"}' AS object FROM mean) JOIN common USING(dump, op, tensor_set)
ORDER BY dump, op, bits_per_element, sqnr_db DESC, scheme;

CREATE VIEW v_method AS
WITH cells AS (
  SELECT m.*, row_number() OVER (PARTITION BY m.dump, m.tensor, m.op, m.scheme
      ORDER BY c.params ->> 'semantics' DESC, m.seed, m.cell_sha256) AS nth,
    row_number() OVER (PARTITION BY m.dump, m.tensor, m.op, m.label
      ORDER BY c.params ->> 'semantics' DESC, m.seed, m.cell_sha256) AS nth_label
  FROM v_measured m JOIN cell c USING(cell_sha256) WHERE m.current)
SELECT m.dump, m.op, p.method, m.tensor, m.transform, m.sqnr_db, b.sqnr_db AS plain_sqnr_db, m.bits_per_element,
  m.label, p.source, p.study, m.tensor_sha256, m.cell_sha256
FROM method p JOIN cells m ON m.scheme = p.scheme AND m.nth = 1
  LEFT JOIN cells b ON b.nth_label = 1 AND b.dump = m.dump AND b.tensor = m.tensor AND b.op = m.op
    AND m.transform IS NOT NULL AND b.label = substr(m.label, length(m.transform) + 3)
ORDER BY m.dump, p.method, m.tensor;

CREATE VIEW v_profile AS
WITH measured AS (
  SELECT * FROM (
    SELECT m.dump, p.family, p.profile, m.tensor, m.format, m.exponent_bits, m.bits, m.bits_per_element, m.sqnr_db,
      m.qsnr_db, m.mse, m.max_abs_error, m.label, m.scheme, coalesce(c.result_hash, m.scheme) AS result,
      m.tensor_sha256, m.cell_sha256, row_number() OVER (PARTITION BY m.dump, p.profile, m.tensor
        ORDER BY c.params ->> 'semantics' DESC, m.cell_sha256) AS nth
    FROM profile p JOIN v_measured m USING(scheme) JOIN cell c USING(cell_sha256)
    WHERE m.current AND m.dump IS NOT NULL AND m.op = 'quantize')
  WHERE nth = 1),
covered AS (
  SELECT dump, family, profile, group_concat(tensor_sha256) AS tensor_set, count(*) AS tensors
  FROM (SELECT * FROM measured ORDER BY dump, family, profile, tensor) GROUP BY dump, family, profile),
common AS (
  SELECT dump, family, tensor_set, tensors, row_number() OVER (PARTITION BY dump, family
    ORDER BY count(*) * tensors DESC, tensors DESC, tensor_set) AS nth
  FROM covered GROUP BY dump, family, tensor_set),
placed AS (
  SELECT m.*, c.tensors, instr(c.tensor_set, m.tensor_sha256) > 0 AS shared
  FROM measured m JOIN common c USING(dump, family) WHERE c.nth = 1),
mean AS (
  SELECT dump, family, profile, avg(min(sqnr_db, 150)) AS mean_sqnr_db, group_concat(result) AS results
  FROM (SELECT * FROM placed WHERE shared ORDER BY dump, family, profile, tensor)
  GROUP BY dump, family, profile HAVING count(*) = tensors),
ranked AS (
  SELECT dump, family, profile, mean_sqnr_db,
    dense_rank() OVER (PARTITION BY dump, family ORDER BY best DESC, members DESC, first, results) AS same_bits
  FROM (SELECT *, max(mean_sqnr_db) OVER alike AS best, count(*) OVER alike AS members,
      min(profile) OVER alike AS first
    FROM mean WINDOW alike AS (PARTITION BY dump, family, results)))
SELECT dump, family, r.same_bits, profile, tensor, sqnr_db, qsnr_db, mse, max_abs_error, r.mean_sqnr_db, tensors,
  shared AND r.profile IS NOT NULL AS complete, bits_per_element, format, exponent_bits, bits, label, scheme,
  cell_sha256
FROM placed LEFT JOIN ranked r USING(dump, family, profile)
ORDER BY dump, family, r.same_bits, profile, tensor;

CREATE VIEW v_scheme_cost AS
SELECT m.dump, m.op, m.scheme, k.model, k.quantity, max(v.value) AS value, k.unit, k.node_nm,
  max(k.accuracy) AS accuracy
FROM v_measured m JOIN cell c USING(cell_sha256) JOIN cost_value v USING(cell_id) JOIN cost_kind k USING(kind_id)
WHERE m.current AND v.value IS NOT NULL
GROUP BY m.dump, m.op, m.scheme, k.model, k.quantity, k.unit, k.node_nm
ORDER BY m.dump, m.op, m.scheme, k.model, k.quantity;

CREATE VIEW v_cost_models AS
WITH c AS MATERIALIZED (SELECT * FROM v_scheme_cost)
SELECT dump, op, quantity, s.label, s.format, s.bits, a.model, a.value, a.unit, a.node_nm, a.accuracy,
  b.model AS other_model, b.value AS other_value, b.unit AS other_unit, b.node_nm AS other_node_nm,
  b.accuracy AS other_accuracy, a.value / b.value AS ratio, scheme
FROM c a JOIN c b USING(dump, op, scheme, quantity) JOIN v_scheme s USING(dump, op, scheme)
WHERE a.model <> b.model
ORDER BY dump, op, quantity, a.model, b.model, s.bits, s.format, scheme;

CREATE VIEW v_pareto AS
WITH point AS (
  SELECT dump, op, 'bits_per_element' AS cost, 'bit' AS unit, 0 AS node_nm, bits_per_element AS value, label, format,
    sqnr_db, nmse, tensors, scheme
  FROM v_scheme WHERE complete AND sqnr_db > -1e308 AND bits_per_element IS NOT NULL
  UNION ALL
  SELECT s.dump, s.op, c.model || '.' || c.quantity, c.unit, c.node_nm, c.value, s.label, s.format, s.sqnr_db, s.nmse,
    s.tensors, s.scheme
  FROM v_scheme s JOIN v_scheme_cost c USING(dump, op, scheme)
  WHERE s.complete AND s.sqnr_db > -1e308 AND c.quantity IN ('mac_gates', 'mac_area', 'mac_energy')),
ranked AS (
  SELECT *, max(sqnr_db) OVER (PARTITION BY dump, op, cost ORDER BY value, sqnr_db DESC, scheme
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS best_cheaper FROM point)
SELECT dump, op, cost, value, unit, node_nm, label, sqnr_db, nmse, format, tensors, scheme FROM ranked
WHERE best_cheaper IS NULL OR sqnr_db > best_cheaper
ORDER BY dump, op, cost, value;

CREATE VIEW v_best AS
WITH point AS (
  SELECT *, CAST(2 * round(bits_per_element, 2) AS INTEGER) AS whole FROM v_scheme
  WHERE complete AND sqnr_db > -1e308 AND bits_per_element IS NOT NULL),
budgeted AS (SELECT *, (whole + (2 * round(bits_per_element, 2) > whole)) / 2.0 AS budget FROM point),
ranked AS (SELECT *, row_number() OVER (PARTITION BY dump, op, budget
    ORDER BY sqnr_db DESC, bits_per_element, scheme) AS rank,
  max(sqnr_db) OVER (PARTITION BY dump, op ORDER BY budget
    RANGE BETWEEN UNBOUNDED PRECEDING AND 0.25 PRECEDING) AS best_cheaper,
  count(*) OVER (PARTITION BY dump, op ORDER BY budget) AS schemes FROM budgeted)
SELECT dump, op, budget, label, bits_per_element, sqnr_db, min_sqnr_db, nmse, cosine, mac_gates, tensors, schemes,
  brief, scheme
FROM ranked WHERE rank = 1 AND (best_cheaper IS NULL OR sqnr_db > best_cheaper)
ORDER BY dump, op, budget;

CREATE VIEW v_study AS
WITH study AS (
  SELECT r.run_id, c.name AS study, coalesce((SELECT value FROM json_each(c.resolved, '$.metrics')
    WHERE value = 'sqnr_db'), c.resolved ->> '$.metrics[0]', 'sqnr_db') AS metric
  FROM (SELECT max(run_id) AS run_id, config_sha256 FROM run GROUP BY config_sha256) r
    JOIN config c USING(config_sha256)),
measured AS (
  SELECT s.run_id, s.study, s.metric, c.op, c.scheme, c.label, v.v, m.unit, m.better,
    (SELECT value FROM cost o WHERE o.cell_id = c.cell_id AND o.model = 'storage'
      AND o.quantity = 'bits_per_element') AS bits,
    (SELECT value FROM cost o WHERE o.cell_id = c.cell_id AND o.model = 'fp8_vs_int8'
      AND o.quantity = 'mac_gates') AS gates
  FROM study s JOIN run_cell x USING(run_id) JOIN cell c USING(cell_id) JOIN metric m ON m.name = s.metric
    JOIN value v ON v.cell_id = c.cell_id AND v.metric_id = m.metric_id
  WHERE c.status = 'done'
  ORDER BY s.run_id, c.scheme, c.tensor_sha256, c.cell_sha256),
mean AS (
  SELECT run_id, study, metric, op, scheme, label, unit, better, avg(bits) AS bits, max(gates) AS gates,
    CASE metric WHEN 'sqnr_db' THEN avg(min(v, 150)) ELSE avg(v) END AS value, count(*) AS tensors
  FROM measured GROUP BY run_id, scheme),
point AS (
  SELECT *, tensors = max(tensors) OVER (PARTITION BY run_id) AS complete,
    CAST(2 * round(bits, 2) AS INTEGER) AS whole FROM mean),
budgeted AS (
  SELECT *, (whole + (2 * round(bits, 2) > whole)) / 2.0 AS budget,
    CASE WHEN NOT complete OR abs(value) > 1e308 THEN NULL WHEN better = 'lower' THEN -value
      WHEN better = 'higher' THEN value END AS score FROM point),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY run_id, budget ORDER BY score DESC, bits, scheme) AS rank,
    max(score) OVER (PARTITION BY run_id ORDER BY budget
      RANGE BETWEEN UNBOUNDED PRECEDING AND 0.25 PRECEDING) AS best_cheaper FROM budgeted)
SELECT study, run_id, op, CASE WHEN rank = 1 AND score IS NOT NULL AND (best_cheaper IS NULL OR score > best_cheaper)
    THEN budget END AS budget, label, bits AS bits_per_element, metric, value, unit, better, gates AS mac_gates,
  tensors, complete, scheme
FROM ranked
ORDER BY study, run_id, bits, score DESC, scheme;

CREATE VIEW v_study_figure AS
SELECT c.name AS study, c.resolved ->> '$.doc' AS doc, f.value AS figure,
  json_type(c.resolved, '$.figures') IS NOT NULL AS said, c.config_sha256
FROM (SELECT config_sha256, row_number() OVER (PARTITION BY c.name ORDER BY r.started_at DESC, r.run_id DESC) AS nth
    FROM run r JOIN config c USING(config_sha256)) l
  JOIN config c USING(config_sha256) LEFT JOIN json_each(c.resolved, '$.figures') f
WHERE l.nth = 1
ORDER BY study, f.key;

CREATE VIEW v_value AS
SELECT n.dump, n.tensor, c.label, m.name AS metric, x.v AS value, x.class,
  printf('%016x', x.bits) AS bits, m.unit, m.better, c.scheme, c.cell_sha256
FROM value x JOIN metric m USING(metric_id) JOIN cell c USING(cell_id)
LEFT JOIN v_name n USING(tensor_sha256)
ORDER BY n.dump, n.tensor, c.cell_sha256, m.name;

CREATE VIEW v_cost AS
SELECT n.dump, n.tensor, c.label, o.model, o.quantity, o.value, o.unit, o.node_nm, o.accuracy, o.source, c.scheme,
  c.cell_sha256
FROM cost o JOIN cell c USING(cell_id)
LEFT JOIN v_name n USING(tensor_sha256)
ORDER BY n.dump, n.tensor, c.cell_sha256, o.model, o.quantity;

CREATE VIEW v_failed AS
SELECT n.dump, n.tensor, c.label, c.status, c.error, c.scheme, c.cell_sha256
FROM cell c
LEFT JOIN v_name n USING(tensor_sha256)
WHERE c.status <> 'done'
ORDER BY n.dump, n.tensor, c.label, c.cell_sha256;

CREATE VIEW v_dump AS
SELECT dump, count(DISTINCT tensor) AS tensors, count(DISTINCT scheme) AS schemes, count(*) AS cells
FROM v_measured
WHERE current AND dump IS NOT NULL
GROUP BY dump
ORDER BY dump;

CREATE VIEW v_tensor AS
SELECT n.path AS dump, n.member AS tensor, t.dtype, t.shape, t.n,
  n.seen = max(n.seen) OVER (PARTITION BY n.path, n.member) AS current,
  (SELECT count(*) FROM cell c WHERE c.tensor_sha256 = t.tensor_sha256 AND c.status = 'done') AS cells,
  t.tensor_sha256
FROM tensor t JOIN tensor_name n USING(tensor_sha256)
ORDER BY n.path, n.member, n.seen;

CREATE VIEW v_layer AS
SELECT dump, tensor, layer, role
FROM (SELECT d.key AS dump, t.key AS tensor, t.value ->> 0 AS layer, t.value ->> 1 AS role,
    row_number() OVER (PARTITION BY d.key, t.key ORDER BY g.run_id DESC) AS nth
  FROM run_tag g, json_each(CASE WHEN g.key = 'tensors' AND json_valid(g.value) THEN g.value ELSE '{}' END) d,
    json_each(d.value) t)
WHERE nth = 1
ORDER BY dump, tensor;

CREATE VIEW v_run AS
SELECT r.run_id, c.name AS config, r.status, r.started_at, r.heartbeat_at, r.finished_at,
  count(x.cell_id) AS cells, coalesce(sum(x.cached), 0) AS cached, coalesce(sum(x.changed), 0) AS changed,
  coalesce(sum(e.status <> 'done'), 0) AS not_done, b.version, b.git_commit, b.dirty, b.semantics, b.compiler,
  h.hostname, h.cpu, h.ncpu, h.os, r.isa, r.argv, r.uuid, r.config_sha256
FROM run r JOIN config c USING(config_sha256) JOIN build b USING(build_id) JOIN host h USING(host_id)
LEFT JOIN run_cell x USING(run_id) LEFT JOIN cell e ON e.cell_id = x.cell_id
GROUP BY r.run_id
ORDER BY r.started_at, r.run_id;

CREATE VIEW v_run_cell AS
SELECT x.run_id, c.cell_sha256, c.label, c.status, x.cached, x.changed, c.error
FROM run_cell x JOIN cell c USING(cell_id)
ORDER BY x.run_id, c.cell_sha256;

DELETE FROM doc;
INSERT INTO doc(name, doc) VALUES
('v_cell', 'one row a cell of a tensor: axes, main metrics, bits; current = 0: the name means other bytes now'),
('v_output', 'outputs of linear layers: way = schemes of input, weight, output and the product; the rest of the MAC'),
('v_scheme', 'one row a scheme and dump: means over the tensors; complete = on those that most cells belong to'),
('v_best', 'the best complete scheme by mean SQNR within each budget of stored bits, where a larger one brings more'),
('v_study', 'what a run prints: schemes of each study by mean SQNR or first metric; budget: it is the best within'),
('v_study_figure', 'the figures that each study names, as its last run had it; said: whether its file says any'),
('v_pareto', 'complete schemes that none beats in mean SQNR at equal or lower cost: bits; gates, area, energy a MAC'),
('v_scheme_cost', 'one row a scheme, dump and cost quantity: the largest over its tensors'),
('v_cost_models', 'one row a scheme, cost quantity and two models that have it: both values, and their ratio'),
('v_profile', 'one row a profile and tensor, by family: same_bits is one number where profiles agree bit for bit'),
('v_method', 'one row a method of a paper and subject: plain_sqnr_db is that of its schemes without transforms'),
('v_analysis', 'one row a value that an analysis gave: quantities that belong to no tensor'),
('v_value', 'one row a cell and metric, with class and bits: NaN, -0 and infinities survive'),
('v_cost', 'one row a cell and cost quantity, with model, unit, technology and source'),
('v_failed', 'cells that failed or were skipped, with the reason'),
('v_run', 'one row a run: who, when, with what, how many cells'),
('v_run_cell', 'which cells a run used: cached = it found them, changed = it replaced another result'),
('v_dump', 'one row a dump: tensors, schemes, cells'),
('v_tensor', 'one row a tensor name: type, shape, cells'),
('v_layer', 'layer and role of tensors and sites, as the last run knew them: JOIN v_layer USING(dump, tensor)'),
('v_name', 'the first name of each tensor, current ones first: what v_cell, v_value, v_cost and v_failed call it'),
('v_measured', 'finished cells under every name of their tensor, in no order: what v_cell and v_scheme read'),
('build', 'versions of this program that wrote rows'),
('host', 'machines that wrote rows'),
('config', 'experiment files: source text and resolved JSON'),
('tensor', 'what was measured, by the SHA-256 of its bytes'),
('tensor_name', 'file and member names of a tensor; equal tensors share their cells'),
('run', 'invocations; running after a crash means it never ended'),
('run_tag', 'free labels of runs; tensors holds what v_layer shows'),
('cell', 'one point of a sweep; cell_sha256 is its key, run_id the run that computed it'),
('run_cell', 'which run used which cell'),
('method', 'recipes of papers, as schemes; as of the program that ran last'),
('profile', 'what vendors do under the name of a format, as schemes; as of the program that ran last'),
('metric', 'what each metric means: unit, direction, formula'),
('value', 'one metric of one cell: v is NULL for NaN; bits is the binary64 pattern'),
('cost', 'one cost quantity of one cell; value is NULL where the model does not cover the scheme'),
('cost_kind', 'what cost quantities of many cells share: model, unit, technology, accuracy, source'),
('cost_value', 'one number of cost, of a cell and a cost_kind'),
('doc', 'these lines'),
('meta', 'the digest of the views this file holds');

-- Stochastic rounding over its random bits, of the dump with the most such cells: a panel for each scheme (up to
-- four, those of most cells first), a curve for each kind. The bias is the mean over tensors of |mean error| over
-- the rms error; cells need mse, bias and sr_bias. Columns: 1 panel, 2 scheme, 3 curve, 4 kind, 5 random bits, 6
-- bias measured, 7 as theory expects it, 8 mean SQNR less that of rounding to nearest (NaN: not there), 9 bias of
-- rounding to nearest (NaN), 10 what chance alone gives measured ones (errors of either sign as likely,
-- independent: sqrt(2 / pi / n)), 11 dump, 12 tensors, 13 schemes in the database, 14 cells left out for exact or
-- lost elements, or other tensors.
WITH number AS MATERIALIZED (
  SELECT m.dump, m.tensor, m.scheme, m.label, m.round, m.sqnr_db, t.n, m.cell_sha256,
    abs(b.v) / sqrt(m.mse) AS bias, abs(x.v) / sqrt(m.mse) AS expected,
    abs(m.sqnr_db) < 1e308 AND abs(b.v) < 1e308 AND abs(x.v) < 1e308 AND m.mse > 0 AS whole
  FROM v_cell m JOIN cell c USING(cell_sha256) JOIN tensor t ON t.tensor_sha256 = m.tensor_sha256
    JOIN value b ON b.cell_id = c.cell_id AND b.metric_id = (SELECT metric_id FROM metric WHERE name = 'bias')
    JOIN value x ON x.cell_id = c.cell_id AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'sr_bias')
  WHERE m.op = 'quantize' AND m.current AND m.transform IS NULL AND m.round IN ('sr', 'rne') AND m.mse IS NOT NULL),
chosen AS (SELECT dump FROM number WHERE round = 'sr' GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
-- What follows ,sr_kind= and ,sr_bits= in a scheme, whose rounding to nearest is the scheme without them.
cut AS (
  SELECT *, substr(scheme, instr(scheme, ',sr_kind=') + 9) || ',' AS kind_on,
    substr(scheme, instr(scheme, ',sr_bits=') + 9) || ',' AS bits_on
  FROM number JOIN chosen USING(dump)),
said AS (
  SELECT *, CASE round WHEN 'sr' THEN substr(kind_on, 1, instr(kind_on, ',') - 1) END AS kind,
    CASE round WHEN 'sr' THEN substr(bits_on, 1, instr(bits_on, ',') - 1) END AS bits
  FROM cut),
plain AS (
  SELECT *, CASE round WHEN 'sr' THEN replace(replace(replace(scheme, ',round=sr', ',round=rne'),
      ',sr_kind=' || kind, ''), ',sr_bits=' || bits, '') ELSE scheme END AS way,
    CASE round WHEN 'sr' THEN replace(replace(replace(label, ',round=sr', ''), ',sr_kind=' || kind, ''),
      ',sr_bits=' || bits, '') ELSE label END AS name
  FROM said),
listed AS (
  SELECT way, min(name) AS name, row_number() OVER (ORDER BY count(*) DESC, min(name), way) AS panel,
    count(*) OVER () AS ways
  FROM plain WHERE round = 'sr' GROUP BY way),
mean AS (
  SELECT way, kind, CAST(bits AS INTEGER) AS bits, avg(bias) AS bias, avg(expected) AS expected,
    avg(sqnr_db) AS sqnr_db, avg(sqrt(2 / 3.141592653589793 / n)) AS chance, count(*) AS tensors,
    group_concat(tensor) AS tensor_set
  FROM (SELECT * FROM plain WHERE whole ORDER BY way, kind, bits, tensor, cell_sha256) GROUP BY way, kind, bits),
common AS (
  SELECT tensor_set FROM mean WHERE kind IS NOT NULL
  GROUP BY tensor_set ORDER BY sum(tensors) DESC, tensor_set LIMIT 1)
SELECT l.panel, l.name AS scheme, dense_rank() OVER (ORDER BY m.kind) AS curve, m.kind, m.bits, m.bias, m.expected,
  m.sqnr_db - r.sqnr_db AS to_nearest, r.bias AS nearest_bias, m.chance,
  (SELECT replace(dump, rtrim(dump, replace(dump, '/', '')), '') FROM chosen) AS dump, m.tensors, l.ways,
  (SELECT count(*) FROM plain WHERE NOT whole)
    + (SELECT coalesce(sum(tensors), 0) FROM mean WHERE tensor_set NOT IN common AND kind IS NOT NULL) AS left_out
FROM mean m JOIN listed l USING(way) JOIN common USING(tensor_set) LEFT JOIN mean r ON r.way = m.way
  AND r.kind IS NULL AND r.tensor_set = m.tensor_set
WHERE m.kind IS NOT NULL AND l.panel <= 4
ORDER BY l.panel, curve, m.bits

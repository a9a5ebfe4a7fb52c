-- What tensors are like before they are quantized, of the dump with the most of these numbers: a panel for each
-- metric of the input, a row for each role (or tensor, where roles are not known), those of the largest values first,
-- up to 32. Columns: 1 panel, 2 metric, 3 row, 4 role, 5 tensor, 6 value, 7 layer (-1: none), 8 number of values of
-- the row and metric, 9 their median (the smaller of two), 10 dump, 11 tensors, 12 roles in the database, 13 values
-- left out: not finite.
WITH number AS MATERIALIZED (
  SELECT n.dump, n.tensor, m.name AS metric, max(x.v) AS value
  FROM metric m JOIN value x USING(metric_id) JOIN cell c USING(cell_id) JOIN v_name n USING(tensor_sha256)
  WHERE m.name IN ('crest', 'kurtosis', 'outlier_channels') AND c.op = 'quantize' AND c.status = 'done' AND n.current
    AND n.dump IS NOT NULL
  GROUP BY n.dump, n.tensor, m.name),
chosen AS (SELECT dump FROM number GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
here AS (
  SELECT v.*, coalesce(l.role, v.tensor) AS role, coalesce(l.layer, -1) AS layer
  FROM number v JOIN chosen USING(dump) LEFT JOIN v_layer l ON l.dump = v.dump AND l.tensor = v.tensor),
finite AS (SELECT * FROM here WHERE abs(value) < 1e308),
role AS (
  SELECT role, row_number() OVER (ORDER BY max(CASE metric WHEN 'kurtosis' THEN value END) DESC NULLS LAST,
      max(CASE metric WHEN 'crest' THEN value END) DESC NULLS LAST, role) AS row, count(*) OVER () AS roles
  FROM finite GROUP BY role),
panel AS (
  SELECT metric, row_number() OVER (ORDER BY CASE metric WHEN 'crest' THEN 1 WHEN 'kurtosis' THEN 2
    ELSE 3 END) AS panel
  FROM (SELECT DISTINCT metric FROM finite)),
ordered AS (
  SELECT *, row_number() OVER (PARTITION BY metric, role ORDER BY value, tensor) AS place,
    count(*) OVER (PARTITION BY metric, role) AS n FROM finite)
SELECT p.panel, o.metric, r.row, o.role, o.tensor, o.value, o.layer, o.n,
  max(CASE WHEN o.place = (o.n + 1) / 2 THEN o.value END) OVER (PARTITION BY o.metric, o.role) AS median,
  replace(o.dump, rtrim(o.dump, replace(o.dump, '/', '')), '') AS dump,
  (SELECT count(DISTINCT tensor) FROM finite) AS tensors, r.roles,
  (SELECT count(*) FROM here WHERE value IS NULL OR abs(value) >= 1e308) AS left_out
FROM ordered o JOIN role r USING(role) JOIN panel p USING(metric)
WHERE r.row <= 32
ORDER BY p.panel, r.row, o.value, o.tensor

-- How SQNR spreads over the tensors, or the outputs, of the dump and kind (op) with the most cells: a row for each of
-- up to 24 schemes, those with published names first, then the Pareto front, then the best. Quartiles are between
-- order statistics (R's type 7). Columns: 1 row, 2 scheme, 3 format, 4 exponent bits (-1: none), 5 bits, 6 bits per
-- element, 7 tensor, 8 SQNR in dB, 9 to 13 least, first quartile, median, third quartile, largest, 14 mean, 15 dump,
-- 16 tensors, 17 schemes in the database, 18 whether exact tensors are among them, 19 schemes left out for other
-- tensors or lost elements, 20 op.
WITH chosen AS (
  SELECT dump, op FROM v_scheme WHERE dump IS NOT NULL GROUP BY dump, op ORDER BY sum(cells) DESC, dump, op DESC
  LIMIT 1),
scheme AS MATERIALIZED (
  SELECT s.*, coalesce(s.complete AND s.sqnr_db > -1e308, 0) AS whole
  FROM chosen c JOIN v_scheme s ON s.dump = c.dump AND s.op = c.op WHERE s.format IS NOT NULL),
ranked AS (
  SELECT s.*, count(*) OVER () AS schemes, row_number() OVER (ORDER BY s.label NOT LIKE '%,%'
    AND s.label NOT LIKE '%:%'
      AND s.label <> s.format DESC, p.scheme IS NOT NULL DESC, s.sqnr_db DESC, s.scheme) AS nth
  FROM scheme s LEFT JOIN v_pareto p ON p.dump = s.dump AND p.op = s.op AND p.scheme = s.scheme
    AND p.cost = 'bits_per_element'
  WHERE s.whole),
line AS (
  SELECT *, row_number() OVER (ORDER BY bits_per_element, sqnr_db, scheme) AS row FROM ranked WHERE nth <= 24),
point AS (
  SELECT l.*, m.tensor, min(m.sqnr_db, 150) AS value, m.cell_sha256,
    row_number() OVER (PARTITION BY l.scheme ORDER BY min(m.sqnr_db, 150), m.tensor, m.cell_sha256) - 1 AS place,
    count(*) OVER (PARTITION BY l.scheme) AS n
  FROM line l JOIN v_measured m ON m.dump = l.dump AND m.op = l.op AND m.scheme = l.scheme AND m.current),
quantile AS (
  SELECT scheme, min(value) AS q0, max(value) AS q4,
    sum(value * max(0, 1 - abs((n - 1) * 0.25 - place))) AS q1, sum(value * max(0,
      1 - abs((n - 1) * 0.5 - place))) AS q2,
    sum(value * max(0, 1 - abs((n - 1) * 0.75 - place))) AS q3
  FROM (SELECT * FROM point ORDER BY scheme, place) GROUP BY scheme)
SELECT p.row, coalesce(p.brief, p.scheme) AS label, p.format, coalesce(p.exponent_bits, -1) AS exponent_bits, p.bits,
  coalesce(p.bits_per_element, -1) AS bits_per_element, p.tensor, p.value AS sqnr_db, q.q0, q.q1, q.q2, q.q3, q.q4,
  p.sqnr_db AS mean, replace(p.dump, rtrim(p.dump, replace(p.dump, '/', '')), '') AS dump, p.tensors, p.schemes,
  max(p.exact > 0) OVER () AS exact, (SELECT count(*) FROM scheme WHERE NOT whole) AS left_out,
  p.op
FROM point p JOIN quantile q USING(scheme)
ORDER BY p.row, p.place

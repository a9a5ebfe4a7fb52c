-- Measured SQNR and what theory expects, over a swept key, block size or clip: that with more cells in series of two
-- points or more, on the dump with the most cells. Six tensors by name, eight schemes (less the key) with the most
-- points. Columns: 1 panel, 2 tensor, 3 series, 4 scheme without the key, 5 format, 6 exponent bits, 7 bits, 8 which
-- of the schemes that look like it, 9 key, 10 its value, 11 measured SQNR in dB, 12 expected SQNR in dB (NaN: no
-- model), 13 dump, 14 tensors, 15 schemes in the database, 16 the largest difference in dB, 17 that of the panel, 18
-- cells left out for exact or lost elements.
WITH expected AS (
  SELECT cell_id, v FROM value
  WHERE metric_id = (SELECT metric_id FROM metric WHERE name = 'expected_sqnr_db')),
measured AS (
  SELECT m.*, CASE WHEN abs(x.v) < 1e308 THEN x.v END AS expected
  FROM v_cell m JOIN cell c USING(cell_sha256) JOIN expected x ON x.cell_id = c.cell_id
  WHERE m.op = 'quantize' AND m.current),
chosen AS (SELECT dump FROM measured GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
here AS (SELECT * FROM measured JOIN chosen USING(dump)),
-- A scheme and its label without a key: what stands before it, and after the comma behind it.
keyed AS (
  SELECT 'block' AS key, block AS at, ',block=' AS word, * FROM here WHERE per = 'block' AND abs(sqnr_db) < 1e308
  UNION ALL
  SELECT 'clip', clip, ',clip=', * FROM here WHERE clip IS NOT NULL AND abs(sqnr_db) < 1e308),
cut AS (
  SELECT *, instr(scheme, word) AS in_scheme, instr(label, word) AS in_label,
    substr(scheme, instr(scheme, word) + 1) || ',' AS scheme_rest,
    substr(label, instr(label, word) + 1) || ',' AS label_rest
  FROM keyed),
point AS (
  SELECT *,
    CASE WHEN in_scheme THEN substr(scheme, 1, in_scheme - 1) || substr(scheme_rest, instr(scheme_rest, ','))
      ELSE scheme || ',' END AS same,
    CASE WHEN in_label THEN substr(label, 1, in_label - 1) || rtrim(substr(label_rest, instr(label_rest, ',')), ',')
      ELSE label END AS name
  FROM cut),
series AS (
  SELECT key, same, exponent_bits, bits, count(*) AS points, max(in_label > 0) AS said, name
  FROM point GROUP BY key, same HAVING count(DISTINCT at) > 1),
swept AS (SELECT key FROM series GROUP BY key ORDER BY sum(points) DESC, key LIMIT 1),
ranked AS (
  SELECT same, name, exponent_bits, bits, count(*) OVER () AS schemes,
    row_number() OVER (ORDER BY points DESC, name, same) AS nth
  FROM series JOIN swept USING(key)),
listed AS (
  SELECT *, row_number() OVER (PARTITION BY exponent_bits, bits ORDER BY nth) AS variant FROM ranked WHERE nth <= 8),
panel AS (
  SELECT tensor, row_number() OVER (ORDER BY tensor) AS panel, count(*) OVER () AS tensors
  FROM (SELECT DISTINCT tensor FROM point)),
drawn AS (
  SELECT t.panel, p.tensor, l.nth AS series, l.name, p.format, coalesce(p.exponent_bits, 0) AS exponent_bits,
    p.bits, l.variant, p.key, p.at, p.sqnr_db, p.expected, p.dump, t.tensors, l.schemes, p.cell_sha256,
    abs(p.sqnr_db - p.expected) AS difference,
    substr(p.tensor, instr(p.tensor, ',param=') + 7) || ',' AS parameter
  FROM point p JOIN swept USING(key) JOIN listed l USING(same) JOIN panel t USING(tensor)
  WHERE t.panel <= 6)
SELECT panel,
  CASE WHEN instr(tensor, ',rows=') THEN substr(tensor, 1, instr(tensor, ',') - 1)
    || CASE WHEN instr(tensor, ',param=') THEN ' ' || substr(parameter, 1, instr(parameter, ',') - 1) ELSE '' END
    ELSE tensor END AS tensor,
  series, name AS scheme, format, exponent_bits, bits, variant, key, at, sqnr_db, expected,
  replace(dump, rtrim(dump, replace(dump, '/', '')), '') AS dump, tensors, schemes,
  max(difference) OVER () AS largest, max(difference) OVER (PARTITION BY panel) AS panel_largest,
  (SELECT count(*) FROM here WHERE NOT abs(sqnr_db) < 1e308) AS left_out
FROM drawn ORDER BY panel, series, at, cell_sha256

-- Errors of dot products over their length, of the dump whose outputs of linear layers have the most lengths: a panel
-- for each way to quantize and multiply (up to four), a curve for each accumulator (a MAC without its product and
-- what it says of scales; up to ten), a point for each length. Cells keep the shape [M, N] of the output, and by the
-- cost model storage how many elements input and weight have together, (M + N) length. Columns: 1 panel, 2 way, 3
-- curve, 4 accumulator, 5 length, 6 mean SQNR in dB, 7 and 8 least and largest, 9 sites of this length, 10 dump, 11
-- sites, 12 ways in the database, 13 accumulators in the database, 14 outputs left out for lost elements, 15 outputs
-- without any error, which a logarithm has no place for.
WITH sized AS MATERIALIZED (
  SELECT c.*, t.n, o.value / c.bits_per_element AS elements,
    json_extract(CASE WHEN json_valid(t.shape) THEN t.shape ELSE '[]' END, '$[#-1]') AS wide
  FROM v_output c JOIN tensor t USING(tensor_sha256) JOIN cell x USING(cell_sha256)
    JOIN cost o ON o.cell_id = x.cell_id AND o.model = 'storage' AND o.quantity = 'bits'
  WHERE c.current AND c.transform IS NULL AND c.dump IS NOT NULL AND c.bits_per_element > 0),
measured AS MATERIALIZED (
  SELECT *, CAST(round(elements / (n / wide + wide)) AS INTEGER) AS length FROM sized WHERE wide > 0),
chosen AS (
  SELECT dump FROM measured WHERE length > 0 GROUP BY dump ORDER BY count(DISTINCT length) DESC, count(*) DESC, dump
  LIMIT 1),
parted AS (SELECT * FROM measured JOIN chosen USING(dump) WHERE abs(sqnr_db) < 1e308),
way AS (
  SELECT way, row_number() OVER (ORDER BY count(*) DESC, avg(sqnr_db) DESC, way) AS chosen, avg(sqnr_db) AS sqnr_db,
    count(*) OVER () AS ways
  FROM (SELECT * FROM parted ORDER BY way, accumulator, length, tensor, cell_sha256) GROUP BY way),
rank AS (
  SELECT accumulator, count(*) OVER () AS accumulators,
    row_number() OVER (ORDER BY accumulator <> 'exact', count(*) DESC, avg(sqnr_db) DESC, accumulator) AS nth
  FROM (SELECT * FROM parted ORDER BY accumulator, way, length, tensor, cell_sha256) GROUP BY accumulator),
panel AS (SELECT *, row_number() OVER (ORDER BY sqnr_db DESC, way) AS nth FROM way WHERE chosen <= 4),
curve AS (SELECT accumulator, accumulators, row_number() OVER (ORDER BY nth) AS nth FROM rank WHERE nth <= 10)
SELECT w.nth AS panel, p.way, m.nth AS curve, p.accumulator, p.length,
  avg(p.sqnr_db) AS sqnr_db, min(p.sqnr_db) AS least, max(p.sqnr_db) AS most, count(*) AS here,
  (SELECT replace(dump, rtrim(dump, replace(dump, '/', '')), '') FROM chosen) AS dump,
  (SELECT count(DISTINCT tensor) FROM parted) AS sites, w.ways, m.accumulators,
  (SELECT count(*) FROM measured JOIN chosen USING(dump) WHERE sqnr_db < -1e308) AS lost,
  (SELECT count(*) FROM measured JOIN chosen USING(dump) WHERE sqnr_db > 1e308) AS exact
FROM (SELECT * FROM parted ORDER BY way, accumulator, length, tensor, cell_sha256) p JOIN panel w USING(way)
  JOIN curve m USING(accumulator)
GROUP BY w.nth, m.nth, p.length
ORDER BY w.nth, m.nth, p.length

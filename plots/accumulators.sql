-- Errors of dot products over their length, of the dump whose outputs of linear layers have the most lengths: a panel
-- for each way to quantize and multiply (up to four), a curve for each accumulator (a MAC without its product and
-- what it says of scales; up to ten), a point for each length. Cells keep the shape [M, N] of the output, and by the
-- cost model storage how many elements input and weight have together, (M + N) length. Columns: 1 panel, 2 way, 3
-- curve, 4 accumulator, 5 length, 6 mean SQNR in dB, 7 and 8 least and largest, 9 sites of this length, 10 dump, 11
-- sites, 12 ways in the database, 13 accumulators in the database, 14 outputs left out for lost elements, 15 outputs
-- without any error, which a logarithm has no place for.
WITH sized AS MATERIALIZED (
  SELECT c.*, t.n, json_extract(CASE WHEN json_valid(t.shape) THEN t.shape ELSE '[]' END, '$[#-1]') AS wide,
    o.value / c.bits_per_element AS elements
  FROM v_cell c JOIN tensor t USING(tensor_sha256) JOIN cell x USING(cell_sha256)
    JOIN cost o ON o.cell_id = x.cell_id AND o.model = 'storage' AND o.quantity = 'bits'
  WHERE c.op = 'matmul' AND c.current AND c.transform IS NULL AND c.dump IS NOT NULL AND c.bits_per_element > 0),
measured AS MATERIALIZED (
  SELECT *, CAST(round(elements / (n / wide + wide)) AS INTEGER) AS length FROM sized WHERE wide > 0),
chosen AS (
  SELECT dump FROM measured WHERE length > 0 GROUP BY dump ORDER BY count(DISTINCT length) DESC, count(*) DESC, dump
  LIMIT 1),
here AS (
  SELECT dump, tensor, cell_sha256, sqnr_db, length, substr(label, 1, instr(label, ' * ') - 1) AS input, weight,
    output,
    replace(replace(replace(mac, ',scales=dequantize', ''), ',scales=partials-fma', ''), ',scales=partials', '')
      AS mac
  FROM measured JOIN chosen USING(dump)
  WHERE abs(sqnr_db) < 1e308),
cut AS (
  SELECT *, instr(mac, ',product=') AS at, substr(mac, instr(mac, ',product=') + 9) || ',' AS rest FROM here),
parted AS (
  SELECT dump, tensor, cell_sha256, sqnr_db, length,
    input || CASE WHEN weight <> input THEN ' * ' || weight ELSE '' END
      || CASE WHEN output IS NOT NULL THEN ' -> ' || output ELSE '' END
      || CASE WHEN at THEN ', ' || substr(rest, 1, instr(rest, ',') - 1) ELSE '' END AS way,
    CASE WHEN at THEN substr(mac, 1, at - 1) || rtrim(substr(rest, instr(rest, ',')), ',') ELSE mac END AS mac
  FROM cut),
way AS (
  SELECT way, row_number() OVER (ORDER BY count(*) DESC, avg(sqnr_db) DESC, way) AS chosen, avg(sqnr_db) AS sqnr_db,
    count(*) OVER () AS ways
  FROM (SELECT * FROM parted ORDER BY way, mac, length, tensor, cell_sha256) GROUP BY way),
mac AS (
  SELECT mac, row_number() OVER (ORDER BY mac <> 'exact', count(*) DESC, avg(sqnr_db) DESC, mac) AS nth,
    count(*) OVER () AS macs
  FROM (SELECT * FROM parted ORDER BY mac, way, length, tensor, cell_sha256) GROUP BY mac),
panel AS (SELECT *, row_number() OVER (ORDER BY sqnr_db DESC, way) AS nth FROM way WHERE chosen <= 4),
curve AS (SELECT mac, macs, row_number() OVER (ORDER BY nth) AS nth FROM mac WHERE nth <= 10)
SELECT w.nth AS panel, p.way, m.nth AS curve, p.mac, p.length, avg(p.sqnr_db) AS sqnr_db, min(p.sqnr_db) AS least,
  max(p.sqnr_db) AS most, count(*) AS here, (SELECT replace(dump, rtrim(dump, replace(dump, '/', '')), '')
    FROM chosen) AS dump,
  (SELECT count(DISTINCT tensor) FROM parted) AS sites, w.ways, m.macs,
  (SELECT count(*) FROM measured JOIN chosen USING(dump) WHERE sqnr_db < -1e308) AS lost,
  (SELECT count(*) FROM measured JOIN chosen USING(dump) WHERE sqnr_db > 1e308) AS exact
FROM (SELECT * FROM parted ORDER BY way, mac, length, tensor, cell_sha256) p JOIN panel w USING(way)
  JOIN curve m USING(mac)
GROUP BY w.nth, m.nth, p.length
ORDER BY w.nth, m.nth, p.length

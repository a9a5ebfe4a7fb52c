-- Outputs of the sites of the dump with the most cells of them: a panel for each way to quantize and multiply
-- (schemes of input, weight and output, and the product), a row for each site, a mark for each accumulator (a MAC
-- without its product and what it says of scales). Columns: 1 panel, 2 way, 3 row, 4 site, 5 which accumulator, 6
-- accumulator, 7 SQNR in dB, 8 mean SQNR of panel and accumulator in dB, 9 dump, 10 sites, 11 ways in the database,
-- 12 accumulators in the database, 13 whether outputs are exact, 14 outputs left out for lost elements.
WITH measured AS (SELECT * FROM v_output WHERE current),
chosen AS (SELECT dump FROM measured GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
parted AS (SELECT * FROM measured JOIN chosen USING(dump) WHERE sqnr_db > -1e308),
way AS (
  SELECT way, row_number() OVER (ORDER BY count(*) DESC, max(bits_per_element), way) AS nth, count(*) OVER () AS ways
  FROM parted GROUP BY way),
rank AS (
  SELECT accumulator, count(*) OVER () AS accumulators,
    row_number() OVER (ORDER BY accumulator <> 'exact', avg(min(sqnr_db, 150)) DESC, accumulator) AS nth
  FROM parted GROUP BY accumulator),
site AS (
  SELECT tensor, row_number() OVER (ORDER BY tensor) AS nth, count(*) OVER () AS sites
  FROM (SELECT DISTINCT tensor FROM parted))
SELECT w.nth AS panel, p.way, s.nth AS row, p.tensor AS site, m.nth AS mark, p.accumulator,
  min(p.sqnr_db, 150) AS sqnr_db,
  avg(min(p.sqnr_db, 150)) OVER (PARTITION BY p.way, p.accumulator) AS mean_sqnr_db,
  replace(p.dump, rtrim(p.dump, replace(p.dump, '/', '')), '') AS dump, s.sites, w.ways, m.accumulators,
  max(p.sqnr_db > 1e308) OVER () AS exact,
  (SELECT count(*) FROM measured JOIN chosen USING(dump) WHERE sqnr_db <= -1e308) AS lost
FROM parted p JOIN way w USING(way) JOIN rank m USING(accumulator) JOIN site s USING(tensor)
WHERE w.nth <= 6 AND m.nth <= 6
ORDER BY w.nth, s.nth, m.nth, p.cell_sha256

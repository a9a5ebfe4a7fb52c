-- Rules from the largest magnitude to the scale, of the dump with the most schemes that differ in the rule alone: a
-- panel for each way of scaling (up to three), a row for each rule, the best first, a column for each element format.
-- Columns: 1 panel, 2 way, 3 row, 4 rule, 5 column, 6 format, 7 mean SQNR in dB, 8 that less the best rule's of the
-- column, 9 and 10 least and largest difference over the tensors, 11 dump, 12 tensors, 13 ways in the database, 14
-- whether a mean holds exact tensors, 15 schemes left out for other tensors or lost elements.
WITH scheme AS MATERIALIZED (
  SELECT *, coalesce(complete AND sqnr_db > -1e308, 0) AS whole,
    CASE per WHEN 'block' THEN 'blocks of ' || block ELSE 'one scale per ' || per END || ', ' || scale
      || CASE WHEN second <> 'none' THEN ' + ' || second ELSE '' END
      || CASE WHEN axis <> 'last' THEN ', axis ' || axis ELSE '' END
      || CASE WHEN round <> 'rne' THEN ', ' || round ELSE '' END
      || CASE WHEN overflow <> 'saturate' THEN ', ' || overflow ELSE '' END
      || CASE WHEN scale_order <> 'exact' THEN ', order ' || scale_order ELSE '' END
      || CASE WHEN clip <> 1 THEN ', clip ' || printf('%.6g', clip) ELSE '' END
      || CASE WHEN extra <> '' THEN ', ' || replace(extra, ',', ', ') ELSE '' END AS way,
    min(specials) OVER same <> max(specials) OVER same AS varied
  FROM v_scheme WHERE op = 'quantize' AND format IS NOT NULL AND scale_rule IS NOT NULL AND per <> 'none'
  WINDOW same AS (PARTITION BY dump, format)),
-- Of schemes with one rule, format and way (of formats that differ in other keys), the best.
rated AS (
  SELECT dump, way, element, scale_rule, max(sqnr_db) AS sqnr_db, scheme, format, bits, exponent_bits, exact, tensors
  FROM (SELECT *, format || CASE WHEN varied THEN ' ' || specials ELSE '' END AS element FROM scheme WHERE whole)
  GROUP BY dump, way, element, scale_rule),
setting AS (
  SELECT dump, way, element, count(*) AS rules, max(sqnr_db) AS best FROM rated
  GROUP BY dump, way, element HAVING count(*) > 1),
chosen AS (SELECT dump FROM setting GROUP BY dump ORDER BY sum(rules) DESC, dump LIMIT 1),
panel AS (
  SELECT way, row_number() OVER (ORDER BY sum(rules) DESC, way) AS panel, count(*) OVER () AS ways
  FROM setting JOIN chosen USING(dump) GROUP BY way),
box AS (
  SELECT r.*, s.best, p.panel, p.ways,
    first_value(r.scheme) OVER (PARTITION BY r.way, r.element ORDER BY r.sqnr_db DESC, r.scale_rule) AS best_scheme
  FROM rated r JOIN setting s USING(dump, way, element) JOIN chosen USING(dump) JOIN panel p USING(way)
  WHERE p.panel <= 3),
rule AS (
  SELECT panel, scale_rule, row_number() OVER (PARTITION BY panel ORDER BY avg(sqnr_db - best) DESC,
    scale_rule) AS row
  FROM (SELECT * FROM box ORDER BY panel, scale_rule, element) GROUP BY panel, scale_rule),
element AS (
  SELECT panel, element, row_number() OVER (PARTITION BY panel ORDER BY bits, coalesce(exponent_bits, -1),
    element) AS col
  FROM box GROUP BY panel, element),
result AS (SELECT dump, scheme, tensor, min(sqnr_db, 150) AS sqnr_db FROM v_measured WHERE current
  AND op = 'quantize'),
difference AS (
  SELECT b.scheme, min(x.sqnr_db - y.sqnr_db) AS least, max(x.sqnr_db - y.sqnr_db) AS most
  FROM box b JOIN result x ON x.dump = b.dump AND x.scheme = b.scheme
    JOIN result y ON y.dump = b.dump AND y.scheme = b.best_scheme AND y.tensor = x.tensor
  GROUP BY b.scheme)
SELECT b.panel, b.way, r.row, b.scale_rule AS rule, e.col, b.element AS format, b.sqnr_db,
  b.sqnr_db - b.best AS difference,
  d.least, d.most, replace(b.dump, rtrim(b.dump, replace(b.dump, '/', '')), '') AS dump, b.tensors, b.ways,
  max(b.exact > 0) OVER () AS exact,
  (SELECT count(*) FROM scheme JOIN chosen USING(dump) WHERE NOT whole) AS left_out
FROM box b JOIN rule r USING(panel, scale_rule) JOIN element e USING(panel, element) JOIN difference d USING(scheme)
WHERE r.row <= 16 AND e.col <= 10
ORDER BY b.panel, r.row, e.col

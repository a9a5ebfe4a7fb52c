-- Block-scaled schemes of the dump with the most cells, with the commonest axis, order, rounding, overflow and
-- clipping; the (at most six) element formats with the most points over two or more block sizes. Columns: 1 panel,
-- 2 element format, 3 scale type, 4 scale format, 5 which of the scale format's types, 6 block, 7 mean SQNR in dB,
-- 8 dump, 9 its tensors, 10 element formats in the database.
WITH chosen AS (SELECT dump FROM v_dump ORDER BY cells DESC, dump LIMIT 1),
scheme AS (
  SELECT s.*, s.scale || coalesce(' ' || s.scale_rule, '')
      || CASE WHEN s.second <> 'none' THEN ' + ' || s.second ELSE '' END AS type,
    printf('%s %s %s %s %g', s.axis, s.scale_order, s.round, s.overflow, s.clip) AS rest
  FROM chosen c JOIN v_scheme s ON s.dump = c.dump
  WHERE s.op = 'quantize' AND s.complete AND s.per = 'block' AND s.sqnr_db > -1e308),
common AS (SELECT rest FROM scheme GROUP BY rest ORDER BY count(*) DESC, rest LIMIT 1),
point AS (
  SELECT dump, tensors, format, family, exponent_bits, bits, type, scale, block, max(sqnr_db) AS sqnr_db
  FROM scheme JOIN common USING(rest) GROUP BY format, type, block),
formats AS (
  SELECT format, family, exponent_bits, bits, count(*) AS points FROM point GROUP BY format
  HAVING count(DISTINCT block) > 1),
listed AS (
  SELECT *, count(*) OVER () AS formats FROM formats ORDER BY points DESC, bits, format LIMIT 6),
panel AS (
  SELECT format, formats, row_number() OVER (ORDER BY bits, family, exponent_bits, format) AS panel FROM listed),
type AS (
  SELECT type, scale, row_number() OVER (PARTITION BY scale ORDER BY type) AS nth
  FROM (SELECT DISTINCT type, scale FROM point JOIN panel USING(format)))
SELECT p.panel, x.format, x.type, x.scale, t.nth, x.block, x.sqnr_db,
  replace(x.dump, rtrim(x.dump, replace(x.dump, '/', '')), '') AS dump, x.tensors, p.formats
FROM point x JOIN panel p USING(format) JOIN type t USING(type, scale)
ORDER BY p.panel, x.scale DESC, x.type, x.block

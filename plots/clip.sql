-- Schemes that differ in clip alone, of the dump with the most of them: a panel for each way to scale (up to four,
-- those of most schemes first), a curve for each element format with three or more shares (up to eight a panel).
-- Columns: 1 panel, 2 way, 3 curve, 4 format, 5 exponent bits (-1: none), 6 bits, 7 variant (1: not the plain eXmY or
-- intN), 8 share of the largest magnitude that scales cover, 9 mean SQNR in dB, 10 whether it is the best of its
-- curve (of equal ones the widest), 11 dump, 12 tensors, 13 ways in the database, 14 curves that are not drawn, 15
-- whether a mean holds exact tensors, 16 schemes left out for other tensors or lost elements.
WITH swept AS MATERIALIZED (SELECT * FROM v_scheme WHERE op = 'quantize' AND format IS NOT NULL AND clip IS NOT NULL),
chosen AS (SELECT dump FROM swept WHERE clip <> 1 GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
here AS (SELECT s.*, instr(s.scheme, ',clip=') AS at, instr(s.label, ',clip=') AS label_at,
    coalesce(s.complete AND s.sqnr_db > -1e308, 0) AS whole FROM swept s JOIN chosen USING(dump)),
-- A curve is a scheme without its clip.
plain AS (
  SELECT *, CASE WHEN at THEN substr(scheme, 1, at - 1) || CASE WHEN instr(substr(scheme, at + 1), ',')
      THEN substr(scheme, at + instr(substr(scheme, at + 1), ',')) ELSE '' END ELSE scheme END AS curve,
    CASE WHEN label_at THEN substr(label, 1, label_at - 1) || CASE WHEN instr(substr(label, label_at + 1), ',')
      THEN substr(label, label_at + instr(substr(label, label_at + 1), ',')) ELSE '' END
        ELSE label END AS curve_label,
    CASE per WHEN 'block' THEN 'blocks of ' || block ELSE 'one scale per ' || per END || ', ' || scale
      || coalesce(' ' || scale_rule, '') || CASE WHEN second <> 'none' THEN ' + ' || second ELSE '' END
      || CASE WHEN round <> 'rne' THEN ', ' || round ELSE '' END
      || CASE WHEN overflow <> 'saturate' THEN ', ' || overflow ELSE '' END
      || CASE WHEN extra <> '' THEN ', ' || replace(extra, ',', ', ') ELSE '' END AS way
  FROM here),
curve AS (
  SELECT way, curve, min(curve_label) AS label, min(format) AS format, coalesce(min(exponent_bits),
    -1) AS exponent_bits,
    min(bits) AS bits, min(family) AS family, min(mantissa_bits) AS mantissa_bits, count(*) AS points
  FROM plain WHERE whole GROUP BY way, curve HAVING count(DISTINCT clip) > 2),
panel AS (
  SELECT way, row_number() OVER (ORDER BY sum(points) DESC, way) AS panel, count(*) OVER () AS ways
  FROM curve GROUP BY way),
named AS (
  SELECT c.*, p.panel, p.ways, count(*) OVER (PARTITION BY way, format) > 1 AS many,
    row_number() OVER (PARTITION BY way ORDER BY points DESC, bits, format, curve) AS nth, count(*) OVER () AS curves
  FROM curve c JOIN panel p USING(way)),
drawn AS (
  SELECT *, count(*) OVER () AS shown,
    row_number() OVER (PARTITION BY panel ORDER BY exponent_bits < 0 DESC, bits, exponent_bits, format,
      curve) AS place
  FROM named WHERE panel <= 4 AND nth <= 8)
SELECT d.panel, d.way, d.place AS curve, CASE WHEN d.many THEN d.label ELSE d.format END AS format, d.exponent_bits,
  d.bits, d.format NOT IN ('int' || d.bits, coalesce('e' || d.exponent_bits || 'm' || d.mantissa_bits, ''))
    AS variant, p.clip,
    p.sqnr_db,
  row_number() OVER (PARTITION BY d.panel, d.place ORDER BY p.sqnr_db DESC, p.clip DESC) = 1 AS best,
  replace(p.dump, rtrim(p.dump, replace(p.dump, '/', '')), '') AS dump, p.tensors, d.ways,
    d.curves - d.shown AS not_drawn,
  max(p.exact > 0) OVER () AS exact, (SELECT count(*) FROM plain WHERE NOT whole) AS left_out
FROM plain p JOIN drawn d USING(way, curve)
WHERE p.whole
ORDER BY d.panel, d.place, p.clip, p.scheme

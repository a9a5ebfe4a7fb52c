-- Float formats of up to 10 bits of the dump with the most cells, under the (at most three) ways of scaling that
-- cover the most splits of exponent and mantissa bits, and at least half as many as the first. Of several formats
-- with one split, the best. Columns: 1 panel, 2 scaling, 3 exponent bits, 4 mantissa bits, 5 mean SQNR in dB, 6 best
-- among equal widths, 7 dump, 8 its tensors, 9 ways of scaling in the database, 10 whether a mean holds
-- exact tensors, 11 schemes left out for other tensors or lost elements.
WITH chosen AS (SELECT dump FROM v_dump ORDER BY cells DESC, dump LIMIT 1),
scheme AS MATERIALIZED (
  SELECT coalesce(s.complete AND s.sqnr_db > -1e308, 0) AS whole, s.exact, s.dump, s.tensors,
    s.exponent_bits AS e, s.mantissa_bits AS m, s.sqnr_db,
    CASE s.per WHEN 'none' THEN 'no scale'
      ELSE CASE s.per WHEN 'block' THEN 'block ' || s.block ELSE 'one scale per ' || s.per END || ', ' || s.scale
        || coalesce(' ' || s.scale_rule, '') || CASE WHEN s.second <> 'none' THEN ' + ' || s.second ELSE '' END END
    || CASE WHEN s.round <> 'rne' THEN ', ' || s.round ELSE '' END
    || CASE WHEN s.overflow <> 'saturate' THEN ', ' || s.overflow ELSE '' END
    || CASE WHEN s.scale_order <> 'exact' THEN ', order ' || s.scale_order ELSE '' END
    || CASE WHEN s.clip <> 1 THEN ', clip ' || printf('%.6g', s.clip) ELSE '' END
    || CASE WHEN s.axis <> 'last' THEN ', axis ' || s.axis ELSE '' END
    || CASE WHEN s.extra <> '' THEN ', ' || replace(replace(s.extra, '=', ' '), ',', ', ') ELSE '' END AS scaling
  FROM chosen c JOIN v_scheme s ON s.dump = c.dump
  WHERE s.op = 'quantize' AND s.family = 'float'
    AND s.exponent_bits IS NOT NULL AND s.mantissa_bits IS NOT NULL AND s.per IS NOT NULL
    AND s.exponent_bits + s.mantissa_bits < 10),
split AS (
  SELECT dump, tensors, scaling, e, m, max(sqnr_db) AS sqnr_db, exact FROM scheme
  WHERE whole GROUP BY scaling, e, m),
panel AS (
  SELECT row_number() OVER (ORDER BY count(*) DESC, scaling) AS panel, scaling, count(*) OVER () AS scalings,
    count(*) AS splits, max(count(*)) OVER () AS most
  FROM split GROUP BY scaling ORDER BY panel LIMIT 3)
SELECT p.panel, p.scaling, s.e AS exponent_bits, s.m AS mantissa_bits, s.sqnr_db,
  s.sqnr_db = max(s.sqnr_db) OVER width AND count(*) OVER width > 1 AS best,
  replace(s.dump, rtrim(s.dump, replace(s.dump, '/', '')), '') AS dump, s.tensors, p.scalings,
  max(s.exact > 0) OVER () AS exact, (SELECT count(*) FROM scheme WHERE NOT whole) AS left_out
FROM split s JOIN panel p USING(scaling)
WHERE 2 * p.splits >= p.most
WINDOW width AS (PARTITION BY p.panel, s.e + s.m)
ORDER BY p.panel, s.e, s.m

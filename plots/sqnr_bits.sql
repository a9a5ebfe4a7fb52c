-- Every scheme of the dump with the most cells. Columns: 1 label, 2 format, 3 family, 4 exponent bits (-1: none),
-- 5 bits, 6 variant (1: not the plain eXmY or intN), 7 bits per element, 8 mean SQNR in dB, 9 place on the Pareto
-- front (0: not on it), 10 dump, 11 its tensors, 12 dumps in the database, 13 name of a published scheme (a label
-- without keys that is neither just the format nor a vendor's profile), else "-", 14 whether a mean holds exact
-- tensors, 15 schemes left out for other tensors or lost elements.
WITH chosen AS (
  SELECT dump, count(*) OVER () AS dumps FROM v_dump ORDER BY cells DESC, dump LIMIT 1),
scheme AS MATERIALIZED (
  SELECT s.*, c.dumps, coalesce(s.complete AND s.sqnr_db > -1e308, 0) AS whole
  FROM chosen c JOIN v_scheme s ON s.dump = c.dump
  WHERE s.op = 'quantize' AND s.bits_per_element IS NOT NULL AND s.format IS NOT NULL)
SELECT coalesce(s.label, s.scheme) AS label, s.format, s.family, coalesce(s.exponent_bits, -1) AS exponent_bits,
  s.bits, s.format NOT IN ('int' || s.bits, coalesce('e' || s.exponent_bits || 'm' || s.mantissa_bits, ''))
    AS variant,
  s.bits_per_element, s.sqnr_db, coalesce(p.place, 0) AS front,
  replace(s.dump, rtrim(s.dump, replace(s.dump, '/', '')), '') AS dump, s.tensors, s.dumps,
  CASE WHEN s.label NOT LIKE '%,%' AND s.label NOT LIKE '%:%' AND s.label <> s.format THEN s.label ELSE '-' END
    AS published,
  max(s.exact > 0) OVER () AS exact, (SELECT count(*) FROM scheme WHERE NOT whole) AS left_out
FROM scheme s
LEFT JOIN (SELECT *, row_number() OVER (PARTITION BY dump, op ORDER BY value) AS place FROM v_pareto
  WHERE cost = 'bits_per_element') p ON p.dump = s.dump AND p.op = s.op AND p.scheme = s.scheme
WHERE s.whole
ORDER BY s.family DESC, s.exponent_bits, s.bits, s.format, s.bits_per_element, s.sqnr_db, s.scheme

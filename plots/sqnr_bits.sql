-- Every scheme of the dump with the most cells. Columns: 1 label, 2 format, 3 family, 4 exponent bits (-1: none),
-- 5 bits, 6 variant (1: not the plain eXmY or intN), 7 bits per element, 8 mean SQNR in dB, 9 place on the Pareto
-- front (0: not on it), 10 dump, 11 its tensors, 12 dumps in the database, 13 name of a published scheme (a label
-- without keys that is not just the format), else "-".
WITH chosen AS (
  SELECT dump, count(*) OVER () AS dumps FROM v_dump ORDER BY cells DESC, dump LIMIT 1)
SELECT coalesce(s.label, s.scheme) AS label, s.format, s.family, coalesce(s.exponent_bits, -1) AS exponent_bits,
  s.bits, s.format NOT IN ('int' || s.bits, 'e' || s.exponent_bits || 'm' || s.mantissa_bits) AS variant,
  s.bits_per_element, s.sqnr_db, coalesce(p.place, 0) AS front,
  replace(c.dump, rtrim(c.dump, replace(c.dump, '/', '')), '') AS dump, s.tensors, c.dumps,
  CASE WHEN s.label NOT LIKE '%,%' AND s.label <> s.format THEN s.label ELSE '-' END AS published
FROM chosen c JOIN v_scheme s ON s.dump = c.dump
LEFT JOIN (SELECT *, row_number() OVER (PARTITION BY dump, op ORDER BY value) AS place FROM v_pareto
  WHERE cost = 'bits_per_element') p ON p.dump = s.dump AND p.op = s.op AND p.scheme = s.scheme
WHERE s.op = 'quantize' AND s.complete AND s.sqnr_db > -1e308 AND s.bits_per_element IS NOT NULL
  AND s.format IS NOT NULL
ORDER BY s.family DESC, s.exponent_bits, s.bits, s.format, s.bits_per_element, s.sqnr_db, s.scheme

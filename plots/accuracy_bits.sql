-- Bits of accuracy, log2 of the standard deviation over the root mean squared error, that element formats reach on a
-- density at their best scale (analysis optimal_scale): a panel for each density (up to three), a row for each of
-- up to 40 formats, the widest first, of a width integers, floats by exponent bits, then the others. Columns: 1 row,
-- 2 format, 3 its name, 4 exponent bits (-1: none), 5 bits, both as the name says, 6 variant (1: not the plain eXmY
-- or intN), 7 panel, 8 density, 9 bits of accuracy, 10 SQNR in dB, 11 whether it is the best of several of its width
-- and panel, 12 formats in the database.
WITH said AS (
  SELECT a.quantity, a.value, a.label, c.params ->> '$.keys.scheme' AS scheme,
    c.params ->> '$.keys.density' AS density,
    row_number() OVER (PARTITION BY a.scheme, a.quantity ORDER BY CAST(c.params ->> 'semantics' AS INTEGER) DESC,
      CAST(c.params ->> 'version' AS INTEGER) DESC) AS nth
  FROM v_analysis a JOIN cell c USING(cell_sha256)
  WHERE a.analysis = 'optimal_scale' AND a.quantity IN ('bits', 'sqnr_db') AND abs(a.value) < 1e308),
-- The scheme as the label has it: in parentheses, bare, or the default, which has a plain name.
cell_of AS (
  SELECT scheme, density, max(CASE quantity WHEN 'bits' THEN value END) AS accuracy,
    max(CASE quantity WHEN 'sqnr_db' THEN value END) AS sqnr_db, substr(scheme, 1,
      instr(scheme || ',', ',') - 1) AS name,
    min(CASE WHEN instr(label, 'scheme=(') THEN substr(label, instr(label, '(') + 1,
        instr(label, ')') - instr(label, '(') - 1) ELSE '' END) AS keyed
  FROM said WHERE nth = 1 GROUP BY scheme, density),
sized AS (
  SELECT *, name GLOB 'e[0-9]*m[0-9]*' AS float, name GLOB 'int[0-9]*' AS int,
    CAST(substr(name, instr(name, 'e') + 1) AS INTEGER) AS e, CAST(substr(name, instr(name, 'm') + 1) AS INTEGER) AS m
  FROM cell_of WHERE accuracy IS NOT NULL AND sqnr_db IS NOT NULL),
placed AS (
  SELECT *, CASE WHEN keyed <> '' THEN keyed ELSE name END AS format, CASE WHEN float THEN e ELSE -1 END
    AS exponent_bits,
    CASE WHEN float THEN 1 + e + m ELSE CAST(ltrim(name, 'abcdefghijklmnopqrstuvwxyz_') AS INTEGER) END AS bits,
    NOT (int OR float AND name = 'e' || e || 'm' || m) AS variant,
    dense_rank() OVER (ORDER BY density) AS panel
  FROM sized),
ranked AS (
  SELECT scheme, row_number() OVER (ORDER BY count(*) DESC, max(bits) DESC, min(format), scheme) AS nth,
    count(*) OVER () AS formats
  FROM placed WHERE panel <= 3 GROUP BY scheme)
SELECT dense_rank() OVER (ORDER BY p.bits DESC, p.int DESC, p.float DESC, p.exponent_bits, p.format, p.scheme) AS row,
  p.format, p.name, p.exponent_bits, p.bits, p.variant, p.panel, p.density, p.accuracy AS accuracy_bits, p.sqnr_db,
  p.accuracy = max(p.accuracy) OVER width AND count(*) OVER width > 1 AS best, r.formats
FROM placed p JOIN ranked r USING(scheme)
WHERE r.nth <= 40 AND p.panel <= 3
WINDOW width AS (PARTITION BY p.panel, p.bits)
ORDER BY row, p.panel

-- A scaling law of training in floats: the split of total bits that trains best (analysis fp_layout), and how many
-- tokens a layout bears before more make the model worse, over the values that share a scale (analysis
-- fp_scaling_law, of the number of parameters with the most cells; of several numbers of tokens, on which it does not
-- depend, one). Up to eight layouts, those of most points first. Columns: 1 kind (1 a split, 2 a critical number of
-- tokens), 2 layout, its place by tokens (0: a split), 3 its name, 4 exponent bits, 5 mantissa bits, 6 total bits
-- with the sign, 7 mantissa bits of the best split into fractions of bits (NaN: kind 2), 8 values that share a scale
-- (0: kind 1), 9 critical tokens (NaN: kind 1), 10 parameters (0: no kind 2), 11 layouts in the database.
WITH said AS (
  SELECT a.analysis, a.quantity, a.value, a.scheme, c.params ->> '$.keys' AS keys,
    row_number() OVER (PARTITION BY a.scheme, a.quantity ORDER BY CAST(c.params ->> 'semantics' AS INTEGER) DESC,
      CAST(c.params ->> 'version' AS INTEGER) DESC) AS nth
  FROM v_analysis a JOIN cell c USING(cell_sha256)
  WHERE a.analysis IN ('fp_layout', 'fp_scaling_law') AND abs(a.value) < 1e308),
split AS (
  SELECT CAST(keys ->> 'bits' AS INTEGER) AS bits, max(CASE quantity WHEN 'exponent' THEN value END) AS e,
    max(CASE quantity WHEN 'mantissa' THEN value END) AS m,
    max(CASE quantity WHEN 'continuous_mantissa' THEN value END) AS continuous
  FROM said WHERE nth = 1 AND analysis = 'fp_layout' GROUP BY scheme),
law AS (
  SELECT CAST(keys ->> 'exponent' AS INTEGER) AS e, CAST(keys ->> 'mantissa' AS INTEGER) AS m,
    CAST(keys ->> 'group' AS INTEGER) AS shared, CAST(keys ->> 'parameters' AS REAL) AS parameters,
    max(value) AS tokens
  FROM said WHERE nth = 1 AND analysis = 'fp_scaling_law' AND quantity = 'critical_tokens'
  GROUP BY e, m, shared, parameters),
chosen AS (SELECT parameters FROM law GROUP BY parameters ORDER BY count(*) DESC, parameters LIMIT 1),
layout AS (
  SELECT e, m, max(tokens) AS most, row_number() OVER (ORDER BY count(*) DESC, max(tokens) DESC, e, m) AS nth,
    count(*) OVER () AS layouts
  FROM law JOIN chosen USING(parameters) GROUP BY e, m),
placed AS (SELECT *, row_number() OVER (ORDER BY most DESC, e, m) AS layout FROM layout WHERE nth <= 8)
SELECT 1 AS kind, 0 AS layout, 'e' || CAST(e AS INTEGER) || 'm' || CAST(m AS INTEGER) AS name,
  CAST(e AS INTEGER) AS exponent_bits, CAST(m AS INTEGER) AS mantissa_bits, bits, continuous AS continuous_mantissa,
  0 AS shared, NULL AS critical_tokens, coalesce((SELECT parameters FROM chosen), 0) AS parameters,
  (SELECT count(*) FROM layout) AS layouts
FROM split WHERE e IS NOT NULL AND m IS NOT NULL AND continuous IS NOT NULL
UNION ALL
SELECT 2, p.layout, 'e' || p.e || 'm' || p.m, p.e, p.m, 1 + p.e + p.m, NULL, l.shared, l.tokens, l.parameters,
  p.layouts
FROM placed p JOIN law l USING(e, m) JOIN chosen USING(parameters)
ORDER BY kind, layout, bits, shared

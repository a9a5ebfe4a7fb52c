-- Models of hardware cost against each other, of the dump with the most schemes that two models cover: against the
-- gates of the model yosys where it is there, else against those of the first model by name, a panel for each other
-- model and quantity, a product or a multiply-accumulate (up to six; of a model under several keys one), a mark for
-- each element format of 8 bits or fewer and cost. Columns: 1 panel, 2 model, 3 quantity, 4 reference, 5 format, 6
-- exponent bits (-1: none), 7 bits, 8 variant (1: not the plain eXmY or intN), 9 the reference's gates, 10 the
-- model's, 11 their ratio, 12 to 14 least, middle and largest ratio of the panel, 15 its formats, 16 dump, 17 panels
-- in the database, 18 and 19 units of the reference and of the model.
WITH pair AS MATERIALIZED (
  SELECT * FROM v_cost_models WHERE quantity IN ('product_gates', 'mac_gates') AND value > 0 AND other_value > 0
    AND bits <= 8 AND format IS NOT NULL AND dump IS NOT NULL AND label NOT LIKE '% @ %product=%'),
base AS (SELECT model, min(model) OVER (PARTITION BY substr(model, 1, instr(model || ',', ',') - 1)) AS first
  FROM (SELECT DISTINCT model FROM pair)),
chosen AS (SELECT dump FROM pair GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
reference AS (
  SELECT other_model AS reference FROM pair JOIN chosen USING(dump)
  WHERE other_model IN (SELECT first FROM base)
  ORDER BY other_model = 'yosys' DESC, other_model LIKE 'yosys,%' DESC, other_model LIMIT 1),
point AS (
  SELECT DISTINCT p.dump, p.model, p.quantity, r.reference, p.format, p.bits, p.other_value, p.value, p.ratio,
    p.other_unit, p.unit,
    coalesce(s.exponent_bits, -1) AS exponent_bits,
    p.format NOT IN ('int' || p.bits, coalesce('e' || s.exponent_bits || 'm' || s.mantissa_bits, '')) AS variant
  FROM pair p JOIN chosen USING(dump) JOIN reference r ON r.reference = p.other_model
    JOIN v_scheme s ON s.dump = p.dump AND s.op = p.op AND s.scheme = p.scheme
  WHERE p.model IN (SELECT first FROM base)),
ordered AS (
  SELECT *, row_number() OVER (PARTITION BY model, quantity ORDER BY ratio) AS nth,
    count(*) OVER (PARTITION BY model, quantity) AS points FROM point),
panel AS (
  SELECT model, quantity, min(ratio) AS least, max(ratio) AS most,
    max(CASE WHEN nth = (points + 1) / 2 THEN ratio END) AS middle, count(DISTINCT format) AS formats,
    row_number() OVER (ORDER BY quantity DESC, model) AS panel,
    count(*) OVER () AS panels FROM ordered GROUP BY model, quantity)
SELECT n.panel, x.model, x.quantity, x.reference, x.format, x.exponent_bits, x.bits, x.variant, x.other_value,
  x.value, x.ratio, n.least, n.middle, n.most, n.formats,
  replace(x.dump, rtrim(x.dump, replace(x.dump, '/', '')), '') AS dump, n.panels,
  x.other_unit, x.unit
FROM point x JOIN panel n USING(model, quantity)
WHERE n.panel <= 6
ORDER BY n.panel, x.exponent_bits, x.bits, x.format, x.other_value, x.value

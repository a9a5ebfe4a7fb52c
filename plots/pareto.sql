-- Mean SQNR against what a multiply-accumulate costs, of the dump and kind (op) with the most cells that have such a
-- cost: a panel for each cost of v_pareto but bits that tells schemes apart (up to three each of gates, area and
-- energy, those of more schemes first; of a model under several keys one), a mark for each scheme. Columns: 1 panel,
-- 2 model, 3 quantity, 4 unit, 5 technology in nm (0: none), 6 cost, 7 mean SQNR in dB, 8 format, 9 exponent bits
-- (-1: none), 10 bits, 11 variant (1: not the plain eXmY or intN), 12 place on the front (0: not on it), 13 label, 14
-- schemes of the panel, 15 dump, 16 its tensors, 17 costs in the database, 18 whether a mean holds exact tensors, 19
-- schemes left out for other tensors or lost elements, 20 op.
WITH priced AS MATERIALIZED (
  SELECT * FROM v_scheme_cost WHERE quantity IN ('mac_gates', 'mac_area', 'mac_energy')),
chosen AS (SELECT dump, op FROM priced GROUP BY dump, op ORDER BY count(*) DESC, dump, op DESC LIMIT 1),
scheme AS MATERIALIZED (
  SELECT s.*, coalesce(s.complete AND s.sqnr_db > -1e308, 0) AS whole FROM v_scheme s JOIN chosen USING(dump, op)
  WHERE s.format IS NOT NULL AND s.scheme IN (SELECT scheme FROM priced JOIN chosen USING(dump, op))),
point AS (
  SELECT p.model, p.quantity, p.unit, p.node_nm, p.value, s.* FROM priced p JOIN scheme s USING(dump, op, scheme)
  WHERE s.whole AND p.value > 0),
cost AS (
  SELECT model, quantity, count(*) AS schemes, CASE quantity WHEN 'mac_gates' THEN 1 WHEN 'mac_area' THEN 2 ELSE 3 END
    AS kind, count(*) OVER () AS costs, min(value) < max(value) AS varied,
    row_number() OVER (PARTITION BY quantity, substr(model, 1, instr(model || ',', ',') - 1) ORDER BY model)
      AS variant
  FROM point GROUP BY model, quantity),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY kind ORDER BY varied DESC, schemes DESC, model) AS nth
  FROM cost WHERE variant = 1),
panel AS (
  SELECT *, row_number() OVER (ORDER BY kind, nth) AS panel FROM ranked
  WHERE nth <= 3 AND (varied OR NOT (SELECT max(varied) FROM ranked))),
front AS (
  SELECT *, row_number() OVER (PARTITION BY dump, op, cost ORDER BY value) AS place
  FROM v_pareto)
SELECT n.panel, n.model, n.quantity, x.unit, x.node_nm, x.value, x.sqnr_db, x.format,
  coalesce(x.exponent_bits, -1) AS exponent_bits, x.bits,
  x.format NOT IN ('int' || x.bits, coalesce('e' || x.exponent_bits || 'm' || x.mantissa_bits, '')) AS variant,
  coalesce(f.place, 0) AS front, coalesce(x.brief, x.scheme) AS label, n.schemes,
  replace(x.dump, rtrim(x.dump, replace(x.dump, '/', '')), '') AS dump, x.tensors, n.costs,
  max(x.exact > 0) OVER () AS exact, (SELECT count(*) FROM scheme WHERE NOT whole) AS left_out,
  x.op
FROM point x JOIN panel n USING(model, quantity)
LEFT JOIN front f ON f.dump = x.dump AND f.op = x.op AND f.cost = x.model || '.' || x.quantity AND f.scheme = x.scheme
ORDER BY n.panel, x.family DESC, x.exponent_bits, x.bits, x.format, x.value, x.sqnr_db, x.scheme

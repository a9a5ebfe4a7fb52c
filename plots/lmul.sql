-- L-Mul against exact products, of the dump with the most outputs of linear layers that both have: a row for each way to
-- quantize, accumulator and product, a line for each site. Columns: 1 row, 2 way to quantize, 3 accumulator, 4 product, 5
-- site, 6 SQNR of its output by exact products in dB, 7 by L-Mul, 8 and 9 their means, 10 format, 11 exponent bits (-1:
-- none), 12 to 14 the first model with gates of both products ("-": none), those of an exact product, of L-Mul (-1: none),
-- 15 to 17 the second, 18 dump, 19 sites of the row, 20 whether outputs are exact, 21 outputs left out for lost elements.
WITH cell AS (
  SELECT dump, tensor, scheme, format, coalesce(exponent_bits, -1) AS exponent_bits, bits, sqnr_db,
    substr(label, 1, instr(label, ' * ') - 1) AS input, weight, coalesce(output, '') AS output,
    replace(replace(replace(mac, ',scales=dequantize', ''), ',scales=partials-fma', ''), ',scales=partials', '')
      AS mac
  FROM v_cell WHERE op = 'matmul' AND current AND transform IS NULL AND mac IS NOT NULL AND sqnr_db IS NOT NULL),
cut AS (SELECT *, instr(mac, ',product=') AS at, substr(mac, instr(mac, ',product=') + 9) || ',' AS rest FROM cell),
parted AS MATERIALIZED (
  SELECT dump, tensor, scheme, format, exponent_bits, bits, sqnr_db,
    input || CASE WHEN weight <> input THEN ' * ' || weight ELSE '' END
      || CASE WHEN output <> '' THEN ' -> ' || output ELSE '' END AS way,
    CASE WHEN at THEN substr(rest, 1, instr(rest, ',') - 1) ELSE '' END AS product,
    CASE WHEN at THEN substr(mac, 1, at - 1) || rtrim(substr(rest, instr(rest, ',')), ',') ELSE mac END AS mac
  FROM cut),
pair AS MATERIALIZED (
  SELECT e.dump, e.tensor, e.way, e.mac, l.product, e.format, e.exponent_bits, e.bits, e.scheme AS exact_scheme,
    l.scheme AS lmul_scheme, e.sqnr_db > -1e308 AND l.sqnr_db > -1e308 AS whole,
    max(e.sqnr_db, l.sqnr_db) > 1e308 AS exact, min(e.sqnr_db, 150) AS exact_db, min(l.sqnr_db, 150) AS lmul_db
  FROM parted e JOIN parted l USING(dump, tensor, way, mac) WHERE e.product = '' AND l.product LIKE 'lmul%'),
chosen AS (SELECT dump FROM pair WHERE whole GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
here AS (SELECT * FROM pair JOIN chosen USING(dump)),
mean AS (
  SELECT way, mac, product, avg(exact_db) AS exact_mean, avg(lmul_db) AS lmul_mean, count(*) AS sites,
    min(exact_scheme) AS exact_scheme, min(lmul_scheme) AS lmul_scheme,
    row_number() OVER (ORDER BY min(bits), way, mac <> 'exact', mac, product) AS nth
  FROM (SELECT * FROM here WHERE whole ORDER BY way, mac, product, tensor) GROUP BY way, mac, product),
gates AS MATERIALIZED (
  SELECT scheme, model, value FROM v_scheme_cost JOIN chosen USING(dump)
  WHERE op = 'matmul' AND quantity = 'product_gates'),
both AS (
  SELECT m.nth, e.model, e.value AS exact_gates, l.value AS lmul_gates
  FROM mean m JOIN gates e ON e.scheme = m.exact_scheme JOIN gates l ON l.scheme = m.lmul_scheme AND l.model = e.model),
model AS (
  SELECT model, row_number() OVER (ORDER BY model = 'yosys' DESC, count(*) DESC, model) AS place
  FROM both WHERE nth <= 24 GROUP BY model)
SELECT m.nth AS row, h.way, h.mac AS accumulator, h.product, h.tensor AS site, h.exact_db, h.lmul_db, m.exact_mean,
  m.lmul_mean, h.format, h.exponent_bits,
  coalesce((SELECT model FROM model WHERE place = 1), '-') AS model,
  coalesce((SELECT exact_gates FROM both b JOIN model USING(model) WHERE b.nth = m.nth AND place = 1), -1) AS exact_gates,
  coalesce((SELECT lmul_gates FROM both b JOIN model USING(model) WHERE b.nth = m.nth AND place = 1), -1) AS lmul_gates,
  coalesce((SELECT model FROM model WHERE place = 2), '-') AS other_model,
  coalesce((SELECT exact_gates FROM both b JOIN model USING(model) WHERE b.nth = m.nth AND place = 2), -1)
    AS other_exact_gates,
  coalesce((SELECT lmul_gates FROM both b JOIN model USING(model) WHERE b.nth = m.nth AND place = 2), -1)
    AS other_lmul_gates,
  replace(h.dump, rtrim(h.dump, replace(h.dump, '/', '')), '') AS dump, m.sites, max(h.exact) OVER () AS exact,
  (SELECT count(*) FROM here WHERE NOT whole) AS lost
FROM here h JOIN mean m USING(way, mac, product)
WHERE h.whole AND m.nth <= 24
ORDER BY m.nth, h.tensor, h.exact_scheme, h.lmul_scheme

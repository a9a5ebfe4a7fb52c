-- L-Mul against exact products, of the dump with the most outputs of linear layers that both have: a row for each
-- way to quantize, accumulator and form of L-Mul, a line for each site. Columns: 1 row, 2 way to quantize, 3
-- accumulator, 4 form of L-Mul, 5 site, 6 SQNR of its output by exact products in dB, 7 by L-Mul, 8 and 9 their
-- means, 10 format, 11 exponent bits (-1: none), 12 to 14 the first model with gates of both products ("-": none),
-- those of an exact product, of L-Mul (-1: none), 15 to 17 the second, 18 dump, 19 sites of the row, 20 whether
-- outputs are exact, 21 outputs left out for lost elements, 22 to 25 largest relative errors of 13, 14, 16, 17 (0:
-- not known).
WITH cell AS (
  SELECT dump, tensor, scheme, format, coalesce(exponent_bits, -1) AS exponent_bits, bits, sqnr_db,
    substr(label, 1, instr(label, ' * ') - 1) AS input, weight, coalesce(output, '') AS output,
    '["' || replace(mac, ',', '","') || '"]' AS words
  FROM v_cell WHERE op = 'matmul' AND current AND transform IS NULL AND mac IS NOT NULL),
-- Of a MAC: the product, what is said of it, and the rest, the accumulator.
parted AS MATERIALIZED (
  SELECT dump, tensor, scheme, format, exponent_bits, bits, sqnr_db,
    input || CASE WHEN weight <> input THEN ' * ' || weight ELSE '' END
      || CASE WHEN output <> '' THEN ' -> ' || output ELSE '' END AS way,
    coalesce((SELECT substr(value, 9) FROM json_each(words) WHERE value LIKE 'product=%'), '') AS product,
    coalesce((SELECT group_concat(value, ',') FROM json_each(words) WHERE value LIKE 'l=%' OR value LIKE 'into=%'
      OR value LIKE 'into_round=%' OR value LIKE 'normalise=%'), '') AS said,
    (SELECT group_concat(value, ',') FROM json_each(words) WHERE value NOT LIKE 'product=%' AND value NOT LIKE 'l=%'
      AND value NOT LIKE 'into=%' AND value NOT LIKE 'into_round=%' AND value NOT LIKE 'normalise=%'
      AND value NOT LIKE 'scales=%') AS mac
  FROM cell WHERE json_valid(words)),
-- However scales enter, and whatever the seed: one cell of each.
one AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY dump, tensor, way, mac, product, said ORDER BY scheme, sqnr_db) AS nth
  FROM parted),
pair AS MATERIALIZED (
  SELECT e.dump, e.tensor, e.way, e.mac, l.product, l.said, e.format, e.exponent_bits, e.bits,
    e.scheme AS exact_scheme, l.scheme AS lmul_scheme, coalesce(min(e.sqnr_db, l.sqnr_db) > -1e308, 0) AS whole,
    max(e.sqnr_db, l.sqnr_db) > 1e308 AS exact, min(e.sqnr_db, 150) AS exact_db, min(l.sqnr_db, 150) AS lmul_db
  FROM one e JOIN one l USING(dump, tensor, way, mac)
  WHERE e.nth = 1 AND l.nth = 1 AND e.product = '' AND e.said = '' AND l.product LIKE 'lmul%'),
chosen AS (SELECT dump FROM pair WHERE whole GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
here AS (SELECT * FROM pair JOIN chosen USING(dump)),
mean AS (
  SELECT way, mac, product, said, format, avg(exact_db) AS exact_mean, avg(lmul_db) AS lmul_mean, count(*) AS sites,
    min(exact_scheme) AS exact_scheme, min(lmul_scheme) AS lmul_scheme,
    row_number() OVER (ORDER BY min(bits), way, mac <> 'exact', mac, product, said) AS nth
  FROM (SELECT * FROM here WHERE whole ORDER BY way, mac, product, said, tensor) GROUP BY way, mac, product, said),
gates AS MATERIALIZED (
  SELECT scheme, model, value, accuracy FROM v_scheme_cost JOIN chosen USING(dump)
  WHERE op = 'matmul' AND quantity = 'product_gates'),
-- A model may have units of some forms of L-Mul alone: the gates of another form, where its own has none.
form AS (
  SELECT p.format, p.product, g.model, max(g.value) AS value, max(g.accuracy) AS accuracy
  FROM (SELECT DISTINCT format, product, lmul_scheme FROM here) p JOIN gates g ON g.scheme = p.lmul_scheme
  GROUP BY p.format, p.product, g.model),
both AS (
  SELECT m.nth, e.model, e.value AS exact_gates, coalesce(l.value, f.value) AS lmul_gates, e.accuracy AS exact_error,
    coalesce(l.accuracy, f.accuracy) AS lmul_error
  FROM mean m JOIN gates e ON e.scheme = m.exact_scheme
    LEFT JOIN gates l ON l.scheme = m.lmul_scheme AND l.model = e.model
    LEFT JOIN form f ON f.format = m.format AND f.product = m.product AND f.model = e.model
  WHERE coalesce(l.value, f.value) IS NOT NULL),
model AS (
  SELECT model, row_number() OVER (ORDER BY model = 'yosys' DESC, count(*) DESC, model) AS place
  FROM both WHERE nth <= 24 GROUP BY model),
placed AS (SELECT b.*, m.place FROM both b JOIN model m USING(model))
SELECT m.nth AS row, h.way, h.mac AS accumulator, h.product || rtrim(' ' || h.said) AS product, h.tensor AS site,
  h.exact_db, h.lmul_db, m.exact_mean, m.lmul_mean, h.format, h.exponent_bits,
  coalesce((SELECT model FROM model WHERE place = 1), '-') AS model,
  coalesce(a.exact_gates, -1) AS exact_gates, coalesce(a.lmul_gates, -1) AS lmul_gates,
  coalesce((SELECT model FROM model WHERE place = 2), '-') AS other_model,
  coalesce(b.exact_gates, -1) AS other_exact_gates, coalesce(b.lmul_gates, -1) AS other_lmul_gates,
  replace(h.dump, rtrim(h.dump, replace(h.dump, '/', '')), '') AS dump, m.sites, max(h.exact) OVER () AS exact,
  (SELECT count(*) FROM here WHERE NOT whole) AS lost,
  coalesce(a.exact_error, 0) AS exact_error, coalesce(a.lmul_error, 0) AS lmul_error,
  coalesce(b.exact_error, 0) AS other_exact_error, coalesce(b.lmul_error, 0) AS other_lmul_error
FROM here h JOIN mean m USING(way, mac, product, said)
LEFT JOIN placed a ON a.nth = m.nth AND a.place = 1
LEFT JOIN placed b ON b.nth = m.nth AND b.place = 2
WHERE h.whole AND m.nth <= 24
ORDER BY m.nth, h.tensor, h.exact_scheme, h.lmul_scheme

-- SQNR over the crest factor of blocks, of an integer and a float: a panel for each pair of a crossover (analysis
-- crossover; up to six, MX before NV, the widest first), under it the curves of theory (analysis qsnr, of the rho
-- with the most of them) and what tensors measured: cells with metrics sqnr_db and crest_block32 (NV: of its block)
-- of the pair's formats, MX under e8m0, NV under e4m3 and a second level; of MX the scale rule of most cells (rceil
-- first), one scheme a format. At most 256 tensors a panel, evenly by crest factor. Columns: 1 panel, 2 integer, 3
-- float, 4 block (0: MX), 5 rho, 6 kind (1 a curve, 2 a crossover, 3 a tensor), 7 1 of the integer, 2 of the float, 8
-- steps of the integer (1 as printed, 2 as a symmetric one has them), 9 crest factor, 10 SQNR in dB, 11 scheme, 12
-- tensor, 13 whether its values are drawn, 14 tensors of the panel, 15 scale rule (-: NV, or none measured), 16
-- dumps, 17 pairs in the database, 18 cells left out for exact or lost elements. Theory is that of
-- the whole database, whatever study is drawn: a curve is the same for each.
WITH said AS MATERIALIZED (
  SELECT a.analysis, a.quantity, a.value, c.params ->> '$.keys.scheme' AS element, c.params ->> '$.keys.int' AS int,
    c.params ->> '$.keys.float' AS float, CAST(c.params ->> '$.keys.rho' AS REAL) AS rho,
    CAST(c.params ->> '$.keys.block' AS INTEGER) AS block,
    CASE c.params ->> '$.keys.steps' WHEN 'printed' THEN 1 ELSE 2 END AS steps,
    CAST(c.params ->> '$.keys.crest' AS REAL) AS crest,
    row_number() OVER (PARTITION BY a.scheme, a.quantity ORDER BY CAST(c.params ->> 'semantics' AS INTEGER) DESC,
      CAST(c.params ->> 'version' AS INTEGER) DESC) AS nth
  FROM main.v_analysis a JOIN main.cell c USING(cell_sha256)
  WHERE EXISTS (SELECT 1 FROM v_value WHERE metric GLOB 'crest_block*'
      UNION ALL SELECT 1 FROM v_analysis WHERE analysis = 'crossover')
    AND a.analysis IN ('crossover', 'qsnr') AND a.quantity IN ('crest', 'db')
    AND c.params ->> '$.keys.steps' IN ('printed', 'largest')),
curve AS (SELECT * FROM said WHERE analysis = 'qsnr' AND nth = 1),
crossing AS (
  SELECT int, float, rho, block, steps, max(CASE quantity WHEN 'crest' THEN value END) AS crest,
    max(CASE quantity WHEN 'db' THEN value END) AS db
  FROM said WHERE analysis = 'crossover' AND nth = 1 GROUP BY int, float, rho, block, steps),
pair AS (
  SELECT int, float, block, rho, row_number() OVER (PARTITION BY int, float, block ORDER BY (
      SELECT count(*) FROM curve k WHERE k.element IN (x.int, x.float) AND k.rho = x.rho AND k.block = x.block) DESC,
    rho DESC) AS nth
  FROM (SELECT DISTINCT int, float, block, rho FROM crossing) x),
named AS (
  SELECT row_number() OVER (ORDER BY block, CAST(substr(int, 4) AS INTEGER) DESC, int, float) AS panel, int, float,
    block, rho, substr(int, 1, instr(int || ',', ',') - 1) AS integer,
    substr(float, 1, instr(float || ',', ',') - 1) AS floating, count(*) OVER () AS pairs
  FROM pair WHERE nth = 1),
panel AS (SELECT * FROM named WHERE panel <= 6),
measured AS MATERIALIZED (
  SELECT m.format, m.block, m.scale, CASE m.scale WHEN 'e8m0' THEN m.scale_rule ELSE '-' END AS scale_rule, m.scheme,
    m.label, m.dump, m.tensor, m.sqnr_db, x.v AS crest, m.cell_sha256
  FROM v_cell m JOIN cell c USING(cell_sha256) JOIN metric k JOIN value x ON x.cell_id = c.cell_id
    AND x.metric_id = k.metric_id
  WHERE m.op = 'quantize' AND m.current AND m.per = 'block' AND m.transform IS NULL AND m.round = 'rne'
    AND coalesce(m.clip, 1) = 1 AND k.name = 'crest_block' || m.block AND abs(x.v) < 1e308
    AND (m.scale = 'e8m0' AND m.block = 32 OR m.scale = 'e4m3' AND m.second <> 'none')),
candidate AS (
  SELECT p.panel, 1 + (m.format = p.floating) AS side, m.*
  FROM panel p JOIN measured m ON m.format IN (p.integer, p.floating)
    AND (m.scale = 'e8m0' AND p.block = 0 OR m.scale = 'e4m3' AND m.block = p.block)),
rule AS (
  SELECT panel, scale_rule, row_number() OVER (PARTITION BY panel ORDER BY count(*) DESC, scale_rule <> 'rceil',
    scale_rule) AS nth
  FROM candidate GROUP BY panel, scale_rule),
way AS (
  SELECT c.panel, c.side, c.scheme, row_number() OVER (PARTITION BY c.panel, c.side ORDER BY count(*) DESC,
    length(c.scheme), c.scheme) AS nth
  FROM candidate c JOIN rule r USING(panel, scale_rule) WHERE r.nth = 1 GROUP BY c.panel, c.side, c.scheme),
point AS (
  SELECT c.*, dense_rank() OVER (PARTITION BY panel ORDER BY crest, dump, tensor) AS place
  FROM candidate c JOIN way w USING(panel, side, scheme) WHERE w.nth = 1 AND abs(c.sqnr_db) < 1e308),
counted AS (SELECT *, max(place) OVER (PARTITION BY panel) AS tensors FROM point),
drawn AS (
  SELECT k.panel, 1 AS kind, 1 + (c.element = k.float) AS side, c.steps, c.crest, c.value AS db, NULL AS label,
    NULL AS dump, NULL AS tensor, 0 AS tensors
  FROM curve c JOIN panel k ON k.rho = c.rho AND k.block = c.block AND (c.element = k.int OR c.element = k.float
    AND c.steps = 1)
  UNION ALL
  SELECT k.panel, 2, 0, c.steps, c.crest, c.db, NULL, NULL, NULL, 0
  FROM crossing c JOIN panel k USING(int, float, rho, block)
  UNION ALL
  SELECT panel, 3, side, 0, crest, sqnr_db, label, dump, tensor, tensors
  FROM counted WHERE place % ((tensors + 255) / 256) = 0)
SELECT d.panel, p.integer, p.floating AS float, p.block, p.rho, d.kind, d.side, d.steps, d.crest, d.db AS sqnr_db,
  d.label AS scheme, d.tensor, coalesce(d.dump = 'synth', 0) AS synthetic,
  max(d.tensors) OVER (PARTITION BY d.panel) AS tensors,
  coalesce(r.scale_rule, '-') AS scale_rule, coalesce((SELECT group_concat(name, ', ') FROM (
    SELECT DISTINCT replace(dump, rtrim(dump, replace(dump, '/', '')), '') AS name FROM point ORDER BY name)), '-')
    AS dumps, p.pairs,
  (SELECT count(*) FROM candidate c JOIN way w USING(panel, side, scheme) WHERE w.nth = 1
    AND NOT abs(c.sqnr_db) < 1e308) AS left_out
FROM drawn d JOIN panel p USING(panel) LEFT JOIN rule r ON r.panel = d.panel AND r.nth = 1
ORDER BY d.panel, d.kind, d.side, d.steps, d.crest, d.dump, d.tensor

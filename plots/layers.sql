-- SQNR by layer and role, of the dump with the most cells whose layer is known: a panel for each scheme, up to four
-- of tensors and four of outputs of linear layers, of those that cover the most boxes, from the fewest bits to the
-- most. Of several tensors of one layer and role the mean. Columns: 1 panel, 2 op, 3 scheme, 4 row, 5 role, 6 column,
-- 7 layer, 8 SQNR in dB, 9 dump, 10 tensors of all panels, 11 schemes in the database, 12 whether a box holds exact
-- tensors, 13 boxes left out for lost elements, 14 rows of this op.
WITH placed AS MATERIALIZED (
  SELECT c.dump, c.op, c.scheme, coalesce(c.brief, c.scheme) AS label, c.bits_per_element, c.tensor,
    c.sqnr_db, l.layer,
    CASE c.op WHEN 'matmul' THEN CASE WHEN l.role LIKE '%.weight' THEN substr(l.role, 1, length(l.role) - 7)
      ELSE l.role END
      ELSE l.role END AS role
  FROM v_cell c JOIN v_layer l ON l.dump = c.dump
    AND (l.tensor = c.tensor OR (c.op = 'matmul' AND l.tensor = c.tensor || '.weight'))
  WHERE c.current AND c.op IN ('quantize', 'matmul') AND l.layer IS NOT NULL AND l.role IS NOT NULL
    AND c.sqnr_db IS NOT NULL),
chosen AS (SELECT dump FROM placed GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
box AS (
  SELECT op, scheme, min(label) AS label, min(bits_per_element) AS bits, role, layer, avg(min(sqnr_db,
    150)) AS sqnr_db,
    min(sqnr_db) AS least, max(sqnr_db) AS most
  FROM (SELECT p.* FROM placed p JOIN chosen USING(dump) ORDER BY op, scheme, role, layer, tensor)
  GROUP BY op, scheme, role, layer),
covered AS (
  SELECT op, scheme, min(label) AS label, min(bits) AS bits, count(*) AS boxes, count(*) OVER () AS schemes
  FROM box WHERE least > -1e308 GROUP BY op, scheme),
whole AS (
  SELECT *, row_number() OVER (PARTITION BY op ORDER BY bits, label, scheme) AS nth,
    count(*) OVER (PARTITION BY op) AS n
  FROM (SELECT *, max(boxes) OVER (PARTITION BY op) AS most FROM covered) WHERE boxes = most),
panel AS (
  SELECT *, row_number() OVER (ORDER BY op DESC, bits, label, scheme) AS panel FROM whole
  WHERE n <= 4 OR nth IN (1, 1 + (n - 1) / 3, 1 + 2 * (n - 1) / 3, n)),
shown AS (SELECT b.*, p.panel, p.schemes FROM box b JOIN panel p USING(op, scheme)),
row AS (
  SELECT op, role, row_number() OVER (PARTITION BY op ORDER BY role) AS row, count(*) OVER (PARTITION BY op) AS rows
  FROM (SELECT DISTINCT op, role FROM shown)),
col AS (SELECT layer, row_number() OVER (ORDER BY layer) AS col FROM (SELECT DISTINCT layer FROM shown))
SELECT s.panel, s.op, s.label, r.row, s.role, c.col, s.layer, s.sqnr_db,
  (SELECT replace(dump, rtrim(dump, replace(dump, '/', '')), '') FROM chosen) AS dump,
  (SELECT count(DISTINCT p.tensor) FROM placed p JOIN chosen USING(dump) JOIN panel n
    ON n.op = p.op AND n.scheme = p.scheme) AS tensors,
  s.schemes, max(s.most > 1e308) OVER () AS exact, (SELECT count(*) FROM shown WHERE least <= -1e308) AS lost, r.rows
FROM shown s JOIN row r USING(op, role) JOIN col c USING(layer)
WHERE s.least > -1e308
ORDER BY s.panel, r.row, c.col

-- Recall at 10 over the bits of what is stored, the second operand of products, of the dump with the most cells that
-- have both (metric recall10; cost: storage): a mark a scheme, up to 26 of them, those of fewest bits first. Means
-- are over the products that most schemes have. Columns: 1 place, 2 scheme, 3 element format that is stored, 4
-- variant (1: not the plain eXmY or intN), 5 bits per stored element, scales included, 6 recall, 7 whether it is on
-- the front of the two, 8 dump, 9 products, 10 schemes in the database, 11 schemes left out for other products or
-- recalls that are none.
WITH measured AS MATERIALIZED (
  SELECT m.dump, m.tensor, m.scheme, coalesce(m.brief, m.label) AS brief, m.weight, m.transform, x.v AS recall,
    o.value AS bits, m.cell_sha256, substr(m.scheme, instr(m.scheme, ' * ') + 3) || ',' AS stored
  FROM v_cell m JOIN cell c USING(cell_sha256)
    JOIN value x ON x.cell_id = c.cell_id
      AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'recall10')
    JOIN cost o ON o.cell_id = c.cell_id AND o.model = 'storage' AND o.quantity = 'weight_bits_per_element'
  WHERE m.op = 'matmul' AND m.current),
chosen AS (SELECT dump FROM measured GROUP BY dump ORDER BY count(*) DESC, dump LIMIT 1),
mean AS (
  SELECT dump, scheme, min(brief) AS brief, min(substr(stored, 1, instr(stored, ',') - 1)) AS format, avg(bits)
    AS bits, CASE WHEN count(*) = count(recall) THEN avg(recall) END AS recall, count(*) AS cells,
    count(DISTINCT tensor) AS products, group_concat(DISTINCT tensor) AS product_set
  FROM (SELECT * FROM measured JOIN chosen USING(dump) ORDER BY scheme, tensor, cell_sha256) GROUP BY dump, scheme),
common AS (
  SELECT product_set FROM mean WHERE recall IS NOT NULL
  GROUP BY product_set ORDER BY sum(cells) DESC, product_set LIMIT 1),
whole AS (
  SELECT m.*, row_number() OVER (ORDER BY bits, recall DESC, brief, scheme) AS place, count(*) OVER () AS schemes,
    recall > coalesce(max(recall) OVER (ORDER BY bits, recall DESC, brief, scheme
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), -1) AS front
  FROM mean m JOIN common USING(product_set) WHERE recall IS NOT NULL)
SELECT place, brief AS scheme, substr(format, 1, instr(format || ' ', ' ') - 1) AS format,
  NOT (format GLOB 'int[0-9]*' OR format GLOB 'e[0-9]m[0-9]*' OR format IN ('fp16', 'bf16', 'fp32')) AS variant, bits,
  recall AS recall10, front, replace(dump, rtrim(dump, replace(dump, '/', '')), '') AS dump, products, schemes,
  (SELECT count(*) FROM mean) - schemes AS left_out
FROM whole WHERE place <= 26
ORDER BY place

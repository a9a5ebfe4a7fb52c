-- After the cells, whose columns results/merge.c lists.
CREATE TEMP TABLE map_cell AS
SELECT s.cell_id AS old, c.cell_id AS new, s.status = 'done' AND c.status = 'done' AS done
FROM shard.cell s JOIN main.cell c USING(cell_sha256);
CREATE UNIQUE INDEX temp.map_cell_old ON map_cell(old);
INSERT INTO main.run_cell(run_id, cell_id, cached, changed)
SELECT r.new, c.new, x.cached, x.changed
FROM shard.run_cell x JOIN map_run r ON r.old = x.run_id JOIN map_cell c ON c.old = x.cell_id
WHERE true ON CONFLICT DO NOTHING;

INSERT INTO main.metric(name, unit, better, doc)
SELECT name, unit, better, doc FROM shard.metric ORDER BY metric_id ON CONFLICT DO NOTHING;
CREATE TEMP TABLE map_metric AS
SELECT s.metric_id AS old, m.metric_id AS new, m.name FROM shard.metric s JOIN main.metric m USING(name);
CREATE TEMP TABLE other_value AS
SELECT c.cell_sha256, m.name AS metric
FROM shard.value v JOIN map_cell k ON k.old = v.cell_id AND k.done JOIN map_metric m ON m.old = v.metric_id
JOIN main.value h ON h.cell_id = k.new AND h.metric_id = m.new JOIN main.cell c ON c.cell_id = k.new
WHERE h.bits <> v.bits ORDER BY c.cell_sha256, m.name;
INSERT INTO main.value(cell_id, metric_id, v, class, bits)
SELECT k.new, m.new, v.v, v.class, v.bits
FROM shard.value v JOIN map_cell k ON k.old = v.cell_id AND k.done JOIN map_metric m ON m.old = v.metric_id
WHERE true ON CONFLICT DO NOTHING;

-- What a model says of a cell here stays, whole.
INSERT INTO main.cost_kind(model, quantity, unit, node_nm, accuracy, source)
SELECT model, quantity, unit, node_nm, accuracy, source FROM shard.cost_kind ORDER BY kind_id ON CONFLICT DO NOTHING;
CREATE TEMP TABLE has_model AS
SELECT DISTINCT v.cell_id, k.model FROM main.cost_value v JOIN main.cost_kind k USING(kind_id)
WHERE v.cell_id IN (SELECT new FROM map_cell);
CREATE UNIQUE INDEX temp.has_model_cell ON has_model(cell_id, model);
INSERT INTO main.cost_value(cell_id, kind_id, value)
SELECT k.new, n.kind_id, v.value
FROM shard.cost_value v JOIN map_cell k ON k.old = v.cell_id AND k.done JOIN shard.cost_kind o USING(kind_id)
JOIN main.cost_kind n ON n.model = o.model AND n.quantity = o.quantity AND n.unit = o.unit AND n.node_nm = o.node_nm
  AND n.accuracy = o.accuracy AND n.source = o.source
WHERE NOT EXISTS (SELECT 1 FROM has_model h WHERE h.cell_id = k.new AND h.model = o.model);

-- Names that programs give to schemes stay those of the program that ran last here.
INSERT INTO main.profile SELECT * FROM shard.profile WHERE NOT EXISTS (SELECT 1 FROM main.profile);
INSERT INTO main.method SELECT * FROM shard.method WHERE NOT EXISTS (SELECT 1 FROM main.method);

-- Version 6: of costs, what many cells share (model, unit, technology, accuracy, source) is written once. `cost` is a
-- view. node_nm and accuracy (largest relative error, where measured) are 0 where there is none.
CREATE TABLE cost_kind(
  kind_id INTEGER PRIMARY KEY,
  model TEXT NOT NULL,
  quantity TEXT NOT NULL,
  unit TEXT NOT NULL,
  node_nm REAL NOT NULL,
  accuracy REAL NOT NULL,
  source TEXT NOT NULL,
  UNIQUE(model, quantity, unit, node_nm, accuracy, source)
) STRICT;
CREATE TABLE cost_value(
  cell_id INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
  kind_id INTEGER NOT NULL REFERENCES cost_kind,
  value REAL,
  PRIMARY KEY(cell_id, kind_id)
) STRICT, WITHOUT ROWID;
INSERT INTO cost_kind(model, quantity, unit, node_nm, accuracy, source)
SELECT DISTINCT model, quantity, unit, 0, 0, source FROM cost ORDER BY model, quantity, unit, source;
INSERT INTO cost_value(cell_id, kind_id, value)
SELECT c.cell_id, k.kind_id, c.value
FROM cost c JOIN cost_kind k USING(model, quantity, unit, source);
DROP TABLE cost;

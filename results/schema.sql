-- Tables of the result database, version 1. Applied once, by results/migrate.c; a later change is a later step.
-- Missing numbers are NULL. Times are ISO 8601, UTC. Documentation of each table is in the table `doc`.

CREATE TABLE doc(
  name TEXT PRIMARY KEY,
  doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE build(
  build_id INTEGER PRIMARY KEY,
  version TEXT NOT NULL,
  git_commit TEXT NOT NULL,
  dirty INTEGER NOT NULL CHECK(dirty IN (0, 1)),
  semantics INTEGER NOT NULL,
  compiler TEXT NOT NULL,
  libs TEXT NOT NULL CHECK(json_valid(libs)),
  UNIQUE(version, git_commit, dirty, semantics, compiler, libs)
) STRICT;

CREATE TABLE host(
  host_id INTEGER PRIMARY KEY,
  hostname TEXT NOT NULL,
  cpu TEXT NOT NULL,
  ncpu INTEGER NOT NULL,
  os TEXT NOT NULL,
  UNIQUE(hostname, cpu, ncpu, os)
) STRICT;

CREATE TABLE config(
  config_sha256 TEXT PRIMARY KEY CHECK(length(config_sha256) = 64),
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  resolved TEXT NOT NULL CHECK(json_valid(resolved))
) STRICT, WITHOUT ROWID;

CREATE TABLE tensor(
  tensor_sha256 TEXT PRIMARY KEY CHECK(length(tensor_sha256) = 64),
  dtype TEXT NOT NULL,
  shape TEXT NOT NULL CHECK(json_valid(shape)),
  n INTEGER NOT NULL CHECK(n >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE tensor_name(
  tensor_sha256 TEXT NOT NULL REFERENCES tensor ON DELETE CASCADE,
  path TEXT NOT NULL,
  member TEXT NOT NULL,
  seen INTEGER NOT NULL,
  PRIMARY KEY(tensor_sha256, path, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX tensor_name_path ON tensor_name(path, member, seen);

CREATE TABLE run(
  run_id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  config_sha256 TEXT NOT NULL REFERENCES config,
  build_id INTEGER NOT NULL REFERENCES build,
  host_id INTEGER NOT NULL REFERENCES host,
  isa TEXT NOT NULL,
  argv TEXT NOT NULL,
  started_at TEXT NOT NULL,
  heartbeat_at TEXT NOT NULL,
  finished_at TEXT,
  status TEXT NOT NULL CHECK(status IN ('running', 'done', 'failed', 'interrupted'))
) STRICT;

CREATE TABLE run_tag(
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(run_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE cell(
  cell_id INTEGER PRIMARY KEY,
  cell_sha256 TEXT NOT NULL UNIQUE CHECK(length(cell_sha256) = 64),
  tensor_sha256 TEXT REFERENCES tensor,
  run_id INTEGER NOT NULL REFERENCES run,
  params TEXT NOT NULL CHECK(json_valid(params)),
  op TEXT NOT NULL,
  scheme TEXT,
  label TEXT,
  format TEXT,
  family TEXT,
  bits INTEGER,
  exponent_bits INTEGER,
  mantissa_bits INTEGER,
  bias INTEGER,
  specials TEXT,
  per TEXT,
  block INTEGER,
  axis TEXT,
  scale TEXT,
  scale_rule TEXT,
  second TEXT,
  scale_order TEXT,
  round TEXT,
  overflow TEXT,
  clip REAL,
  seed INTEGER NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('done', 'failed', 'skipped')),
  error TEXT,
  wall_ns INTEGER,
  result_sha256 TEXT,
  CHECK((status = 'done') = (error IS NULL))
) STRICT;
CREATE INDEX cell_tensor ON cell(tensor_sha256, scheme);
CREATE INDEX cell_status ON cell(status);

CREATE TABLE run_cell(
  run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  cell_id INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
  cached INTEGER NOT NULL CHECK(cached IN (0, 1)),
  changed INTEGER NOT NULL CHECK(changed IN (0, 1)),
  PRIMARY KEY(run_id, cell_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_cell_cell ON run_cell(cell_id);

CREATE TABLE metric(
  metric_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  unit TEXT NOT NULL,
  better TEXT CHECK(better IN ('lower', 'higher')),
  doc TEXT NOT NULL
) STRICT;

CREATE TABLE value(
  cell_id INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
  metric_id INTEGER NOT NULL REFERENCES metric,
  v REAL,
  class TEXT NOT NULL CHECK(class IN ('finite', '-0', 'nan', '+inf', '-inf')),
  bits INTEGER NOT NULL,
  CHECK((class = 'nan') = (v IS NULL)),
  PRIMARY KEY(cell_id, metric_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost(
  cell_id INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,
  model TEXT NOT NULL,
  quantity TEXT NOT NULL,
  value REAL,
  unit TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY(cell_id, model, quantity)
) STRICT, WITHOUT ROWID;

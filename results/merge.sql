-- What results/merge.c runs with the other file attached as `shard`, in one transaction. Identities are the keys that
-- mean the same everywhere (hashes, uuids, names); row numbers are mapped. Rows that are here already stay.
INSERT INTO main.build(version, git_commit, dirty, semantics, compiler, libs)
SELECT version, git_commit, dirty, semantics, compiler, libs FROM shard.build ORDER BY build_id
ON CONFLICT DO NOTHING;
INSERT INTO main.host(hostname, cpu, ncpu, os)
SELECT hostname, cpu, ncpu, os FROM shard.host ORDER BY host_id ON CONFLICT DO NOTHING;
INSERT INTO main.config(config_sha256, name, source, resolved)
SELECT config_sha256, name, source, resolved FROM shard.config WHERE true ON CONFLICT DO NOTHING;
INSERT INTO main.tensor(tensor_sha256, dtype, shape, n)
SELECT tensor_sha256, dtype, shape, n FROM shard.tensor WHERE true ON CONFLICT DO NOTHING;
-- What a name means here stays, and what it meant in the other file alone goes below that, in its order; unless a run
-- that is new here used what the name means there later than any run here used what it means here: then above.
CREATE TEMP TABLE name_here AS
SELECT path, member, min(seen) AS first, max(seen) AS last FROM main.tensor_name GROUP BY path, member;
CREATE UNIQUE INDEX temp.name_here_key ON name_here(path, member);
CREATE TEMP TABLE name_there AS
SELECT path, member, min(seen) AS first, max(seen) AS last FROM shard.tensor_name GROUP BY path, member;
CREATE TEMP TABLE name_later AS
SELECT path, member FROM name_there t JOIN name_here h USING(path, member)
JOIN shard.tensor_name s USING(path, member) JOIN main.tensor_name m USING(path, member)
WHERE s.seen = t.last AND m.seen = h.last AND s.tensor_sha256 <> m.tensor_sha256
  AND (SELECT max(r.started_at) FROM shard.cell c JOIN shard.run_cell USING(cell_id) JOIN shard.run r
       ON r.run_id = run_cell.run_id WHERE c.tensor_sha256 = s.tensor_sha256
       AND r.uuid NOT IN (SELECT uuid FROM main.run))
    > coalesce((SELECT max(r.started_at) FROM main.cell c JOIN main.run_cell USING(cell_id) JOIN main.run r
       ON r.run_id = run_cell.run_id WHERE c.tensor_sha256 = m.tensor_sha256), '');
INSERT INTO main.tensor_name(tensor_sha256, path, member, seen)
SELECT tensor_sha256, path, member, CASE
  WHEN h.last IS NULL THEN seen
  WHEN (path, member) IN (SELECT path, member FROM name_later) THEN h.last + 1 + seen - t.first
  ELSE h.first - 1 + seen - t.last END
FROM shard.tensor_name JOIN name_there t USING(path, member) LEFT JOIN name_here h USING(path, member)
WHERE true ON CONFLICT DO UPDATE SET seen = excluded.seen WHERE excluded.seen > seen;

INSERT INTO main.run(uuid, config_sha256, build_id, host_id, isa, argv, started_at, heartbeat_at, finished_at, status)
SELECT r.uuid, r.config_sha256, b.build_id, h.host_id, r.isa, r.argv, r.started_at, r.heartbeat_at, r.finished_at,
  r.status
FROM shard.run r JOIN shard.build sb USING(build_id) JOIN shard.host sh USING(host_id)
JOIN main.build b ON b.version = sb.version AND b.git_commit = sb.git_commit AND b.dirty = sb.dirty
  AND b.semantics = sb.semantics AND b.compiler = sb.compiler AND b.libs = sb.libs
JOIN main.host h ON h.hostname = sh.hostname AND h.cpu = sh.cpu AND h.ncpu = sh.ncpu AND h.os = sh.os
WHERE true ORDER BY r.started_at, r.uuid
ON CONFLICT(uuid) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, finished_at = excluded.finished_at,
  status = excluded.status
WHERE excluded.heartbeat_at > heartbeat_at OR (status = 'running' AND excluded.status <> 'running');
CREATE TEMP TABLE map_run AS
SELECT s.run_id AS old, r.run_id AS new FROM shard.run s JOIN main.run r USING(uuid);
CREATE UNIQUE INDEX temp.map_run_old ON map_run(old);
INSERT INTO main.run_tag(run_id, key, value)
SELECT new, key, value FROM shard.run_tag JOIN map_run ON old = run_id WHERE true ON CONFLICT DO NOTHING;

-- Cells that did not end well here give way to those that did.
CREATE TEMP TABLE given_up AS
SELECT c.cell_id FROM main.cell c JOIN shard.cell s USING(cell_sha256) WHERE c.status <> 'done' AND s.status = 'done';
DELETE FROM main.value WHERE cell_id IN (SELECT cell_id FROM given_up);
DELETE FROM main.cost_value WHERE cell_id IN (SELECT cell_id FROM given_up);
UPDATE main.cell SET run_id = m.new, label = s.label, status = s.status, error = s.error, wall_ns = s.wall_ns,
  result_hash = s.result_hash
FROM shard.cell s JOIN map_run m ON m.old = s.run_id
WHERE s.cell_sha256 = main.cell.cell_sha256 AND main.cell.cell_id IN (SELECT cell_id FROM given_up);
UPDATE main.cell SET result_hash = s.result_hash FROM shard.cell s
WHERE s.cell_sha256 = main.cell.cell_sha256 AND main.cell.result_hash IS NULL AND main.cell.status = 'done'
  AND s.status = 'done';
CREATE TEMP TABLE known AS SELECT cell_sha256 FROM main.cell;
CREATE UNIQUE INDEX temp.known_key ON known(cell_sha256);

#!/bin/sh
# A query reads and does nothing else: it does not write, reach other files, run for ever or take all memory.
. tests/tap.sh

"$BITSWEEP" synth gaussian --rows 4 --columns 8 -o "$dir/x.npy" || exit 1
printf 'name: t\ninputs: [{dump: x.npy}]\nformat: int8\nmetrics: [mse]\ncost: none\n' >"$dir/s.yaml"
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/a.db" >"$dir/log" 2>&1 || exit 1
before=$(sha256sum "$dir/a.db")
query()
{
    "$BITSWEEP" query --db "$dir/a.db" "$@"
}
endless='WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)'

# writing, in every way that SQL has
refuse()
{
    expect 2 "$1" query "$2"
}
refuse 'only read: INSERT doc is refused' "INSERT INTO doc VALUES('a', 'b')"
refuse 'only read: INSERT doc is refused' "REPLACE INTO doc VALUES('a', 'b')"
refuse 'only read: UPDATE doc is refused' "UPDATE doc SET doc = 'a' RETURNING doc"
refuse 'only read: DELETE doc is refused' 'WITH x AS (SELECT 1) DELETE FROM doc'
refuse 'only read: PRAGMA query_only is refused' 'PRAGMA query_only = OFF'
refuse 'only read: PRAGMA user_version is refused' 'PRAGMA user_version = 3'
refuse 'only read: .* is refused' "SELECT * FROM pragma_journal_mode('wal')"
refuse "only read: ATTACH $dir/b.db is refused" "ATTACH '$dir/b.db' AS b"
refuse 'only read: DETACH main is refused' 'DETACH main'
refuse 'only read: the function load_extension is refused' "SELECT load_extension('x')"
refuse 'no such function: writefile' "SELECT writefile('$dir/b.db', 'x')"
refuse 'no such function: readfile' "SELECT readfile('/etc/passwd')"
refuse 'only read: a transaction BEGIN is refused' BEGIN\ IMMEDIATE
refuse 'only read: a transaction BEGIN is refused' SAVEPOINT\ a
for sql in 'DROP TABLE doc' 'CREATE TABLE t(a)' 'CREATE TEMP TABLE t(a)' 'CREATE VIEW t AS SELECT 1' \
    'CREATE TEMP TRIGGER t AFTER INSERT ON doc BEGIN SELECT 1; END' 'CREATE VIRTUAL TABLE t USING fts5(a)' \
    'VACUUM main' "VACUUM INTO '$dir/b.db'" 'REINDEX doc' 'ANALYZE doc' 'ALTER TABLE doc RENAME TO t'; do
    refuse 'a query may only read: .* is refused' "$sql"
done
for word in VACUUM REINDEX ANALYZE; do
    refuse "no view or table is named $word" $word
done
refuse 'more than one statement: after the first comes " DROP TABLE doc"' 'SELECT 1; DROP TABLE doc'

# time: of the processor, so that a reader of rows may take as long as it likes
expect 2 'stopped after its limit of 0.2 s \(bitsweep query --timeout sets it\)' query --timeout 0.2 --format csv \
    "$endless SELECT count(*) FROM c"
expect 2 'stopped after its limit, inside one function of SQL' query --timeout 0.1 \
    "SELECT instr(hex(zeroblob(30000000)), hex(zeroblob(15000000)) || '1')"
expect 0 'default 60; 0: no limit' "$BITSWEEP" query --help
expect 0 '' query --timeout 0 --memory 0 v_cell

# memory
for big in 'randomblob(1000000000)' 'zeroblob(1000000000)' \
    "replace(hex(zeroblob(10000000)), '0', '0123456789')"; do
    refuse 'a text, a blob or a row of more than 64 MiB' "SELECT length($big)"
done
refuse 'a text, a blob or a row of more than 64 MiB' \
    "$endless, r AS (SELECT hex(zeroblob(500000)) AS a FROM c LIMIT 80) SELECT group_concat(a) FROM r"
expect 2 'needs more memory than its limit of 16 MiB \(bitsweep query --memory sets it\)' query --memory 16 \
    "$endless SELECT x FROM c ORDER BY -x"
[ "$watched" -eq 1 ] || expect 2 'format table holds its rows .* more than 256 MiB .* csv, tsv, json and jsonl do not' query \
    "$endless SELECT hex(zeroblob(2000000)) AS a FROM c"

[ "$before" = "$(sha256sum "$dir/a.db")" ] && [ ! -e "$dir/b.db" ] && [ "$(ls "$dir" | wc -l)" -eq 6 ]
report $? 'the database is what it was, and no file is new'
finish

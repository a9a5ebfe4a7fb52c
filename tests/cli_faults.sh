#!/bin/sh
# What the machine does wrong: disks that are full or write-protected, limits on files, company on a database.
. tests/tap.sh

"$BITSWEEP" synth gaussian --rows 64 --columns 96 --seed 1 -o "$dir/x.npy" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: faults
inputs: [{dump: x.npy}]
metrics: [mse, sqnr_db]
cost: storage
sweep:
  grid:
    format: [e2m1, e4m3, int8, int4, e3m2, e2m3, e5m2, int6]
    block: [8, 16, 24, 32, 48, 96]
    scale: [e8m0, fp32, e4m3]
YAML
results="SELECT cell_sha256, scheme, status, result_hash, m.name, x.bits FROM cell c JOIN value x USING(cell_id)
 JOIN metric m USING(metric_id) ORDER BY 1, 5"
show()
{
    sqlite3 "$1" "$results"
}
sound()
{
    [ "$(sqlite3 "$1" 'PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT count(*) FROM cell c WHERE
        (SELECT count(*) FROM value v WHERE v.cell_id = c.cell_id) <> 2')" = "ok${newline}0" ]
}
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/whole.db" -q || exit 1
show "$dir/whole.db" >"$dir/whole.txt"
[ "$(wc -l <"$dir/whole.txt")" -eq 288 ]
report $? '144 cells of two metrics'

# --- a file that may not grow: as a full disk, and nobody needs to be root ---

limits='40 160 320 420' rounds='1 2 3'
[ $watched -eq 0 ] || limits=320 rounds=1
for kib in $limits; do
    (uncounted && ulimit -f $((kib * 2)) && exec "$BITSWEEP" run "$dir/s.yaml" --db "$dir/limit$kib.db" -q) >"$dir/out" 2>"$dir/err"
    rc=$?
    [ $rc -eq 74 ] && grep -qE "limit$kib.db: (reading or writing failed|no space)" "$dir/err"
    report $? "a limit of $kib KiB: exit status 74"
    [ $rc -eq 74 ] || { echo "# $rc"; sed 's/^/# /' "$dir/err"; }
    expect 0 'done: 144 cells' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/limit$kib.db"
    show "$dir/limit$kib.db" >"$dir/got.txt"
    same "$dir/whole.txt" "$dir/got.txt" 'without the limit: the same results'
done
limited() # COMMAND...
{
    (uncounted && ulimit -f 1 && exec "$@")
}
expect 74 'y.npy: cannot write: File too large' limited "$BITSWEEP" quantize int8 "$dir/x.npy" -o "$dir/y.npy"
expect 74 'y.npy: cannot write: File too large' limited "$BITSWEEP" quantize int8 "$dir/x.npy" --codes "$dir/y.npy"
expect 74 'z.safetensors: cannot write: File too large' limited "$BITSWEEP" synth gaussian --rows 64 --columns 64 -o "$dir/z.safetensors"
expect 74 'cells.csv: .*File too large' limited "$BITSWEEP" export --db "$dir/whole.db" -o "$dir/cells.csv"
expect 74 'File too large' limited "$BITSWEEP" rtl int4 --design product -o "$dir/rtl"
! ls -A "$dir" | grep -qE 'y\.npy|z\.safetensors|cells\.csv|part-'
report $? 'and nothing of them stays'

# --- standard output on a full disk ---

if [ -c /dev/full ]; then
    for c in "query v_cell --db $dir/whole.db" "query v_cell --db $dir/whole.db --format json" \
        "vectors mxfp4" "inspect $dir/x.npy" "quantize int8 $dir/x.npy" "formats" "explain e2m1 0.3" "plan $dir/s.yaml" \
        "validate --resolved $dir/s.yaml" "cost int8" "diff e2m1 e4m3 $dir/x.npy" "doctor --db $dir/whole.db" \
        "run $dir/s.yaml --db $dir/whole.db" "gc --db $dir/whole.db" units schemes; do
        # shellcheck disable=SC2086
        "$BITSWEEP" $c >/dev/full 2>"$dir/err"
        rc=$?
        [ $rc -eq 74 ] && grep -q 'No space left\|no space left\|standard output failed' "$dir/err"
        report $? "full: ${c%% *}"
        [ $rc -eq 74 ] || { echo "# $rc"; sed 's/^/# /' "$dir/err"; }
    done
else
    skip 16 'a full standard output' 'no /dev/full'
fi

# --- a small disk of our own, for root alone ---

disk=$dir/disk
mkdir "$disk"
if mount -t tmpfs -o size=1200k tmpfs "$disk" 2>/dev/null; then
    trap 'umount "$disk" 2>/dev/null; rm -rf "$dir"' EXIT
    expect 74 'k.db: (no space left on the disk|reading or writing failed)' "$BITSWEEP" run "$dir/s.yaml" --db "$disk/k.db" -q
    cp "$disk"/k.db* "$dir" # what is read here has room
    cells=$(sqlite3 "$dir/k.db" 'SELECT count(*) FROM cell' 2>/dev/null)
    echo "# covered cells on the full disk: ${cells:-0}"
    mount -o remount,size=20m "$disk"
    expect 0 'done: 144 cells: [0-9]* computed, [1-9][0-9]* cached' "$BITSWEEP" run "$dir/s.yaml" --db "$disk/k.db"
    sound "$disk/k.db"
    report $? 'with room again: sound'
    show "$disk/k.db" >"$dir/got.txt"
    same "$dir/whole.txt" "$dir/got.txt" 'with room again: the same results'
    expect 0 '' "$BITSWEEP" run "$dir/s.yaml" --db "$disk/p.db" -q
    mount -o remount,size="$(($(du -sk "$disk" | cut -f 1) + 4))k" "$disk"
    expect 74 'no space left|No space left' "$BITSWEEP" merge "$disk/k.db" "$dir/whole.db"
    sound "$disk/k.db"
    report $? 'a merge without room leaves the database as it was'
    ! ls "$disk" | grep -q merge-
    report $? 'and no copy'
    expect 74 'No space left' "$BITSWEEP" quantize int8 "$dir/x.npy" -o "$disk/y.npy"
    expect 74 'o space left' "$BITSWEEP" export --db "$dir/whole.db" -o "$disk/cells.csv"
    expect 74 'o space left' "$BITSWEEP" plot sqnr_bits --db "$dir/whole.db" -o "$disk/figures"
    expect 74 'o space left' "$BITSWEEP" cost int8 fp16 --model horowitz45 --accelergy "$disk/accelergy"
    ! ls -AR "$disk" | grep -E 'y\.npy|cells\.csv|\.svg|part-' | sed 's/^/# /' | grep .
    report $? 'nothing of what had no room stays'

    # write-protected: permissions do not stop root, a mount does
    mount -o remount,size=20m "$disk" && mount -o remount,ro "$disk"
    expect 0 '^144$' "$BITSWEEP" query 'SELECT count(*) FROM v_cell' --db "$disk/k.db" --format csv
    expect 0 '144 in .*k.db already' "$BITSWEEP" plan "$dir/s.yaml" --db "$disk/k.db"
    expect 74 'k.db: .*write-protected' "$BITSWEEP" run "$dir/s.yaml" --db "$disk/k.db"
    expect 74 'new.db: .*write-protected' "$BITSWEEP" run "$dir/s.yaml" --db "$disk/new.db"
    expect 74 'k.db: .*write-protected' "$BITSWEEP" merge "$disk/k.db" "$dir/whole.db"
    expect 74 'k.db: .*write-protected' "$BITSWEEP" gc --db "$disk/k.db"
    expect 74 'Read-only file system' "$BITSWEEP" quantize int8 "$dir/x.npy" -o "$disk/y.npy"
    expect 74 'Read-only file system|write-protected' "$BITSWEEP" export --db "$disk/k.db" -o "$disk/cells.csv"
    expect 74 'Read-only file system|write-protected' "$BITSWEEP" plot sqnr_bits --db "$disk/k.db" -o "$disk/figures"
    expect 0 '' "$BITSWEEP" merge "$dir/from.db" "$disk/k.db"
    umount "$disk"
else
    skip 23 'a small disk' 'no file system can be mounted'
fi

# --- two runs on one database ---

for round in $rounds; do
    rm -f "$dir/two.db"
    "$BITSWEEP" run "$dir/s.yaml" --db "$dir/two.db" --jobs 1 >/dev/null 2>"$dir/err1" &
    first=$!
    "$BITSWEEP" run "$dir/s.yaml" --db "$dir/two.db" --jobs 1 >/dev/null 2>"$dir/err2" &
    second=$!
    wait $first
    rc=$?
    wait $second && [ $rc -eq 0 ] && ! grep -q locked "$dir/err1" "$dir/err2"
    report $? "two runs at a time, round $round: both end well"
done
cat "$dir/err1" "$dir/err2" | sed 's/^/# /'
sound "$dir/two.db"
report $? 'the database is sound'
show "$dir/two.db" >"$dir/two.txt"
same "$dir/whole.txt" "$dir/two.txt" 'and has each cell once'
[ "$(sqlite3 "$dir/two.db" 'SELECT count(*), total(changed) FROM run_cell')" = '288|0.0' ]
report $? 'both runs have all cells, none changed'
expect 0 '^done$' "$BITSWEEP" query 'SELECT DISTINCT status FROM run' --db "$dir/two.db" --format csv
[ ! -e "$dir/two.db-wal" ]
report $? 'one file in the end'

# --- a dump that is cut under a run (test_changing has the rest) ---

if [ $watched -eq 0 ]; then
    truncate -s 20M "$dir/large.bin" # zeros, which take no room
    cat >"$dir/l.yaml" <<'YAML'
name: large
inputs: [{dump: large.bin, dtype: u8, shape: [20, 1048576]}]
metrics: mse
cost: none
sweep: {grid: {format: [mxfp4, int8, e4m3]}}
YAML
    "$BITSWEEP" run "$dir/l.yaml" --db "$dir/l.db" --jobs 2 >"$dir/out" 2>"$dir/err" &
    pid=$!
    i=0
    while [ $i -lt 400 ] && [ "$(sqlite3 "$dir/l.db" 'SELECT status FROM run' 2>/dev/null)" != running ]; do
        sleep 0.01
        i=$((i + 1))
    done
    truncate -s 1000 "$dir/large.bin"
    wait $pid
    rc=$?
    [ $rc -eq 74 ] && grep -q 'large.bin: changed while it was read: it had 20971520 bytes and has 1000' "$dir/err"
    report $? 'a dump is cut under a run: exit status 74, and its name'
    [ $rc -eq 74 ] || { echo "# $rc"; sed 's/^/# /' "$dir/err"; }
    expect 0 '^failed$' "$BITSWEEP" query 'SELECT status FROM run' --db "$dir/l.db" --format csv
    expect 0 '^0$' "$BITSWEEP" query "SELECT count(*) FROM cell WHERE status <> 'done'" --db "$dir/l.db" --format csv
    truncate -s 20M "$dir/large.bin"
    expect 0 'done: 3 cells' "$BITSWEEP" run "$dir/l.yaml" --db "$dir/l.db"
fi

finish

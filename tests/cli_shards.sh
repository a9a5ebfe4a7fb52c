#!/bin/sh
# A study in shards, merged, against the same study in one run; what launchers say; limits, labels, failures.
. tests/tap.sh

"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 1 -o "$dir/x.npy" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: parts
inputs: [{dump: x.npy}]
metrics: [mse, sqnr_db]
sweep: {grid: {format: [e2m1, e4m3, int8, int4], block: [8, 16], scale: [e8m0, fp32]}}
YAML
results="SELECT cell_sha256, c.params, c.scheme, c.label, c.status, result_hash, m.name, x.bits FROM cell c
 LEFT JOIN value x USING(cell_id) LEFT JOIN metric m USING(metric_id) ORDER BY 1, 7"
costs='SELECT cell_sha256, model, quantity, value, unit, source FROM v_cost'
show()
{
    "$BITSWEEP" query "$results" --db "$1" --format csv
    "$BITSWEEP" query "$costs" --db "$1" --format csv
}

expect 0 '16 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/one.db"
for i in 0 1 2; do
    expect 0 "shard $i of 3" "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard $i/3
    expect 0 'done: [0-9]+ cells' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/all.db" --shard $i/3
done
expect 0 '' "$BITSWEEP" merge "$dir/all.db" "$dir/all.0-of-3.db" "$dir/all.1-of-3.db" "$dir/all.2-of-3.db"
show "$dir/one.db" >"$dir/one.csv"
show "$dir/all.db" >"$dir/all.csv"
same "$dir/one.csv" "$dir/all.csv" 'three shards merged are the one run'
expect 0 'all.0-of-3.db,0,0,' "$BITSWEEP" merge "$dir/all.db" "$dir/all.0-of-3.db" --format csv
show "$dir/all.db" >"$dir/again.csv"
same "$dir/all.csv" "$dir/again.csv" 'merging again changes nothing'
expect 0 '^3$' "$BITSWEEP" query "SELECT count(*) FROM run_tag WHERE key = 'shard' AND value LIKE '_/3'" --db "$dir/all.db" --format csv

# what launchers say
export SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=3
expect 0 'shard 2 of 3' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db"
export SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2
expect 0 'shard 5 of 6' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db"
unset SLURM_PROCID SLURM_STEP_NUM_TASKS
# a batch script of several tasks is one process
SLURM_PROCID=0 SLURM_NTASKS=4 expect 0 'shard 2 of 3' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db"
expect 0 'shard 1 of 2' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard 1/2
SLURM_ARRAY_TASK_ID=4 expect 64 'is no task of SLURM_ARRAY_TASK_COUNT=3 from 1 in steps of 2' "$BITSWEEP" plan "$dir/s.yaml"
SLURM_ARRAY_TASK_ID=x expect 64 "SLURM_ARRAY_TASK_ID='x' is no whole number" "$BITSWEEP" plan "$dir/s.yaml"
unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_STEP SLURM_ARRAY_TASK_COUNT
OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4 expect 0 'shard 3 of 4' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db"
PMI_RANK=0 PMI_SIZE=4 expect 0 'shard 0 of 4' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db"
PARALLEL_SEQ=4 expect 0 'shard 3 of 4' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard /4
PARALLEL_SEQ=5 expect 64 'PARALLEL_SEQ=5 is none of 4 from 1 on' "$BITSWEEP" plan "$dir/s.yaml" --shard /4
# launchers in each other: one must say which; one process is no launcher
export SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=3
PARALLEL_SEQ=2 expect 64 'SLURM_ARRAY_TASK_ID and PARALLEL_SEQ each say a part.*; write I/4' "$BITSWEEP" plan "$dir/s.yaml" --shard /4
SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 expect 64 'SLURM_ARRAY_TASK_ID and SLURM_PROCID each' "$BITSWEEP" plan "$dir/s.yaml" --shard /4
SLURM_PROCID=0 expect 0 'shard 2 of 4' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard /4
OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1 expect 0 'shard 2 of 4' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard /4
PARALLEL_SEQ=2 expect 0 'shard 1 of 4' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard 1/4
unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT
SLURM_PROCID=0 PARALLEL_SEQ=2 expect 0 'shard 1 of 4' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard /4
SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 PARALLEL_SEQ=2 expect 64 'write I/4' "$BITSWEEP" plan "$dir/s.yaml" --shard /4
SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 PMI_RANK=1 PMI_SIZE=2 expect 0 'shard 1 of 2' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard /2
SLURM_PROCID=3 expect 0 'shard 3 of 4' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/all.db" --shard /4
for tag in tensors=x shard partial '='; do
    expect 64 'is no name for a label' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/tag.db" --tag "$tag"
done
expect 64 'is not UTF-8' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/tag.db" --tag "$(printf 'who=\377')"
expect 64 'is not UTF-8' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/tag.db" --tag "$(printf 'who\377')"
expect 64 'no launcher says which' "$BITSWEEP" plan "$dir/s.yaml" --shard /4
for wrong in 4/4 1/0 1 x/3 -1/3 1/9999999; do
    expect 64 'is not I/N with 0 <= I < N' "$BITSWEEP" plan "$dir/s.yaml" --shard $wrong
done
for wrong in '' :memory: file:x.db "$dir/d.d/"; do
    expect 64 '^bitsweep[^ ]* (run: )?--db: ' "$BITSWEEP" run "$dir/s.yaml" --shard 0/2 --db "$wrong"
done

# a shard without cells is done at once
for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
    "$BITSWEEP" run "$dir/s.yaml" --db "$dir/many.db" --shard $i/30 -q >/dev/null 2>>"$dir/many" || echo "shard $i" >>"$dir/many"
done
[ ! -s "$dir/many" ]
report $? '30 shards of 16 cells'
expect 0 '' "$BITSWEEP" merge "$dir/many.db" "$dir"/many.*-of-30.db
show "$dir/many.db" >"$dir/many.csv"
same "$dir/one.csv" "$dir/many.csv" '30 shards merged are the one run'

# a limit
expect 0 'partial: 16 cells: 5 computed, 0 cached, 0 failed, 0 skipped, 11 not reached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/part.db" --limit 5 --tag who=me --tag draft
expect 0 'partial,limit 5' "$BITSWEEP" query run_tag --db "$dir/part.db" --format csv
expect 0 '1,draft,""' "$BITSWEEP" query run_tag --db "$dir/part.db" --format csv
expect 0 'who,me' "$BITSWEEP" query run_tag --db "$dir/part.db" --format csv
expect 0 'done: 16 cells: 11 computed, 5 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/part.db" --limit 11
show "$dir/part.db" >"$dir/part.csv"
same "$dir/one.csv" "$dir/part.csv" 'limits add up to the one run'
expect 64 'no name for a label' "$BITSWEEP" run "$dir/s.yaml" --tag shard=1
expect 64 '0 cells' "$BITSWEEP" run "$dir/s.yaml" --limit 0

# failures are left alone unless asked for
cat >"$dir/f.yaml" <<'YAML'
name: failing
inputs: [{dump: x.npy}]
metrics: [mse]
sweep: {include: [{format: 'int8,per=channel,axis=head'}, {format: int8}]}
YAML
expect 1 '1 computed, 0 cached, 1 failed, 0 skipped' "$BITSWEEP" run "$dir/f.yaml" --db "$dir/f.db"
expect 1 '0 computed, 1 cached, 1 failed, 0 skipped \(1 failed before: --retry-failed' "$BITSWEEP" run "$dir/f.yaml" --db "$dir/f.db"
expect 0 '^1$' "$BITSWEEP" query 'SELECT run_id FROM cell WHERE error IS NOT NULL' --db "$dir/f.db" --format csv
expect 1 '0 computed, 1 cached, 1 failed, 0 skipped;' "$BITSWEEP" run "$dir/f.yaml" --db "$dir/f.db" --retry-failed
expect 0 '^3$' "$BITSWEEP" query 'SELECT run_id FROM cell WHERE error IS NOT NULL' --db "$dir/f.db" --format csv

# what is refused
expect 64 'at least one to read' "$BITSWEEP" merge "$dir/all.db"
expect 69 'no database here' "$BITSWEEP" merge "$dir/all.db" "$dir/none.db"
expect 74 'not a SQLite database' "$BITSWEEP" merge "$dir/all.db" "$dir/s.yaml"

finish

#!/bin/sh
# Expected errors against measured ones at 2^24 values: every difference below .05 dB (make check-theory; minutes).
# Prints the largest difference of each distribution, and the schemes that have no model.
set -u
BITSWEEP=${BITSWEEP:-build/release/bitsweep}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
# Two tensors of 2^24 values at a time and their copies are some 300 MB.
"$BITSWEEP" run -q --jobs "${BITSWEEP_JOBS:-1}" tests/check_theory.yaml --db "$dir/t.db" "$@" || exit 1
cat >"$dir/differences.sql" <<'SQL'
SELECT n.member AS tensor, c.label, m.v AS measured, x.v AS expected, abs(m.v - x.v) AS difference
FROM cell c JOIN (SELECT DISTINCT tensor_sha256, member FROM tensor_name) n USING(tensor_sha256)
  JOIN value m ON m.cell_id = c.cell_id AND m.metric_id = (SELECT metric_id FROM metric WHERE name = 'sqnr_db')
  JOIN value x ON x.cell_id = c.cell_id AND x.metric_id = (SELECT metric_id FROM metric WHERE name = 'expected_sqnr_db')
SQL
"$BITSWEEP" query "SELECT substr(tensor, 1, instr(tensor, ',') - 1) AS distribution, count(difference) AS compared,
    count(*) - count(difference) AS without_model, max(difference) AS largest_db, label, measured, expected
  FROM ($(cat "$dir/differences.sql")) GROUP BY tensor ORDER BY tensor" --db "$dir/t.db"
"$BITSWEEP" query "SELECT tensor, label, measured, expected, difference FROM ($(cat "$dir/differences.sql"))
  WHERE difference >= 0.05 ORDER BY difference DESC" --db "$dir/t.db" --format csv >"$dir/wrong"
compared=$("$BITSWEEP" query "SELECT count(difference) FROM ($(cat "$dir/differences.sql"))" --db "$dir/t.db" --format csv | tail -n 1)
[ "$(wc -l <"$dir/wrong")" -le 1 ] && [ "$compared" -gt 0 ] && echo "check-theory: $compared differences below .05 dB" && exit 0
cat "$dir/wrong"
exit 1

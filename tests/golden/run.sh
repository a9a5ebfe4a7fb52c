#!/bin/sh
# Prints the golden mini-sweep as CSV: every metric and cost with its bits, and the hash of every result.
# Usage: run.sh BITSWEEP
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$1" run tests/golden/mini.yaml --db "$dir/mini.db" --quiet >/dev/null
"$1" query --db "$dir/mini.db" --format csv "
  SELECT tensor, label, metric AS quantity, value, bits FROM v_value
  UNION ALL SELECT tensor, label, model || '.' || quantity, value, NULL FROM v_cost
    WHERE quantity IN ('bits_per_element', 'mac_gates')
  UNION ALL SELECT tensor, label, 'result_hash', result_hash, NULL FROM v_cell JOIN cell USING(cell_sha256, label)
  ORDER BY tensor, label, quantity"

#!/bin/sh
# Synthesis of one unit with yosys and ABC into the cells of cells.lib: a few times, in orders that nothing but a seed
# decides; the smallest netlist counts.
# Usage: synth.sh FILE.v TOP DIR [keep]
#   keep: modules stay as they are, each mapped by itself; else all is one
# Prints "CELLS GE_MIN GE_MEDIAN GE_MAX SEEDS DELAY"; cells and delay are those of the smallest netlist, which is left
# as DIR/TOP.net.v. Every module comes out the same in every run of the same versions.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
file=$1 top=$2 dir=$3 keep=${4:-}
seeds="1 2 3 4 5"
flat=-flatten
[ -z "$keep" ] || flat=
mkdir -p "$dir"
{
    echo "read_verilog $file"
    echo "synth -top $top $flat"
    echo "design -save generic"
    for seed in $seeds; do
        sed "s/SEED/$seed/" "$here/synth.abc" >"$dir/$seed.abc"
        echo "design -load generic"
        echo "abc -liberty $here/cells.lib -script $dir/$seed.abc"
        echo "opt_clean -purge"
        echo "write_verilog -noattr $dir/$seed.v"
        echo "flatten"
        echo "opt_clean -purge"
        echo "write_blif -gates $dir/$seed.blif"
    done
} >"$dir/synth.ys"
yosys -q -l "$dir/synth.log" -s "$dir/synth.ys" >"$dir/synth.out" 2>&1 || {
    tail -n 5 "$dir/synth.log" >&2
    exit 1
}
for seed in $seeds; do
    numbers=$(awk -f "$here/netlist.awk" "$here/cells.lib" "$dir/$seed.blif")
    echo "$numbers $seed"
done >"$dir/measured"
LC_ALL=C sort -k2,2n -k3,3n -k4,4n "$dir/measured" >"$dir/netlists"
best=$(awk 'NR == 1 { print $4 }' "$dir/netlists")
mv "$dir/$best.v" "$dir/$top.net.v"
awk '{ n++; ge[n] = $2 } NR == 1 { cells = $1; delay = $3 }
    END { printf "%d %.2f %.2f %.2f %d %.2f\n", cells, ge[1], ge[(n + 1) / 2], ge[n], n, delay }' "$dir/netlists"

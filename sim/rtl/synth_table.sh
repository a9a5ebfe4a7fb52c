#!/bin/sh
# results/synth.csv: what units cost in gates. Every unit is written by the program, synthesised by synth.sh and, as a
# netlist of cells.v, simulated on its vectors against its own test bench.
# Usage: synth_table.sh BITSWEEP TABLE DIR JOBS [PATTERN]
#   A row stays where Verilog, flow and versions of the tools are those it was made with. The table is written anew
#   when all is done; what was interrupted goes on from DIR. PATTERN, a grep -E expression, narrows to some of the
#   lines "DESIGN FORMAT OTHER MAC LANES" and leaves the other rows as they are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
LC_ALL=C
export LC_ALL

# Rows are of one line each: a text has ; where its own commas are.
header=design,format,other,mac,lanes,register_bits,cells,ge_min,ge_median,ge_max,seeds,delay,vectors,verilog_sha256,flow_sha256,yosys,abc

# What is synthesised, a line each: DESIGN FORMAT OTHER MAC LANES, "-" for none.
units() {
    formats=$({
        # Registered floats and integers of at most 8 bits, then all of the rule's names but one that has two meanings,
        # both registered.
        "$bitsweep" formats --format tsv | awk -F'\t' '($9 == "float" || $9 == "int") && $2 <= 8 { print $1 }'
        for bits in 3 4 5 6 7 8; do
            echo int$bits
            for e in 0 1 2 3 4 5 6 7; do
                [ $e -ge $bits ] || echo e${e}m$((bits - 1 - e))
            done
        done
    } | awk '!seen[$0]++ && $0 != "e1m2"')
    for format in $formats; do
        for design in product rounded lmul quantizer dequantizer; do
            echo "$design $format - - 1"
        done
        echo "dot $format - exact 1"
    done
    for format in bf16 fp16; do
        for design in product rounded lmul; do
            echo "$design $format - - 1"
        done
    done
    # Blocks that share scales, and a binary32 accumulator: integers and the products of 4-bit floats are added
    # exactly, those of 8-bit floats aligned to the largest.
    echo 'dot mxint8 - fused;group=32;presum=32;fraction=24;scales=unit 32
dot mxfp8_e4m3 - fused;group=32;fraction=24;scales=unit 32
dot nvfp4 - fused;group=16;presum=16;fraction=24;scales=unit 16
dot nvint4 - fused;group=16;presum=16;fraction=24;scales=unit 16'
    # Operands of two formats.
    for pair in 'e4m3 e2m1' 'e4m3 e5m2' 'e3m2 e2m1' 'e2m3 e3m2' 'int8 int4' 'int6 int4'; do
        echo "product $pair - 1"
        echo "dot $pair exact 1"
    done
    for n in 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do
        echo "adder $n - - 1"
        echo "multiplier $n - - 1"
        echo "shifter $n - - 1"
    done
}

# Plain parts of N bits, from which formulas take their terms.
part() { # DESIGN N
    top=$(($2 - 1))
    case $1 in
    adder) printf 'module unit(input [%d:0] a, input [%d:0] b, output [%d:0] y);\n    assign y = a + b;\nendmodule\n' $top $top "$2" ;;
    multiplier) printf 'module unit(input [%d:0] a, input [%d:0] b, output [%d:0] y);\n    assign y = a * b;\nendmodule\n' $top $top $((2 * $2 - 1)) ;;
    shifter)
        n=1
        while [ $((1 << n)) -lt "$2" ]; do n=$((n + 1)); done
        printf 'module unit(input [%d:0] a, input [%d:0] n, output [%d:0] y);\n    assign y = a >> n;\nendmodule\n' $top $((n - 1)) $top
        ;;
    esac
}

# Writes unit.v, and where the program wrote it unit_tb.v and its vectors; says which module it is and its bits of
# registers. Exit status 2: there is no such unit.
emit() { # DESIGN FORMAT OTHER MAC DIR
    case $1 in
    adder | multiplier | shifter)
        part "$1" "$2" >"$5/unit.v"
        echo "unit 0"
        return
        ;;
    esac
    design=$1 dir_=$5
    format=$(echo "$2" | tr ';' ',') other=$(echo "$3" | tr ';' ',') mac=$(echo "$4" | tr ';' ',')
    if [ "$mac" = - ]; then set -- "$format"; else set -- "$mac" --a "$format"; fi
    [ "$other" = - ] || set -- "$@" --b "$other"
    "$bitsweep" rtl "$@" --design "$design" --name unit --format tsv -o "$dir_" >"$dir_/rtl.tsv" || return
    mv "$dir_/unit_$design.v" "$dir_/unit.v" || return 1
    awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 2 { print $at["unit"], $at["register_bits"] + 0 }' \
        "$dir_/rtl.tsv" || return 1
}

# The netlist is the unit: simulated on its vectors; dot units of one lane that ABC proves equal to their Verilog on all
# inputs in seconds, on some of them, and so those of many lanes. Prints the number of vectors.
prove() { # TOP DIR DESIGN LANES
    [ -e "$2/$1_tb.v" ] || { echo 0; return; }
    if [ "$4" -gt 1 ]; then
        few "$1" "$2" 256 || return
    elif [ "$3" = dot ]; then
        proven=0
        equal "$1" "$2" || proven=$?
        case $proven in
        0) few "$1" "$2" 4096 || return ;;
        1) ;;
        *) echo "$1: not proven: $(tail -n 1 "$2/equal.log")" >&2; return 1 ;;
        esac
    fi
    iverilog -g2001 -o "$2/net.vvp" "$2/net/$1.net.v" "$here/cells.v" "$2/$1_tb.v" || return
    said=$(cd "$2" && vvp net.vvp | tail -n 1)
    n=$(echo "$said" | sed -n 's/.*: \([0-9]*\) vectors, 0 mismatches$/\1/p')
    [ -n "$n" ] || { echo "$1: the netlist is another unit: $said" >&2; return 1; }
    echo "$n"
}

# At most N of the vectors, evenly. Their kinds come round every 16 lines: an odd step meets them all.
few() { # TOP DIR N
    lines=$(wc -l <"$2/$1.hex") || return
    step=$(((lines + $3 - 1) / $3))
    step=$((step + 1 - step % 2))
    awk -v step=$step 'NR % step == 0' "$2/$1.hex" >"$2/few.hex" || return
    mv "$2/few.hex" "$2/$1.hex" || return
    sed "s/LINES = [0-9]*/LINES = $(wc -l <"$2/$1.hex")/" "$2/$1_tb.v" >"$2/few.v" || return
    mv "$2/few.v" "$2/$1_tb.v"
}

# By ABC: the unit as it is read against its netlist. Exit status 1: ABC cannot say in time; 2: they differ, or nothing
# was said.
equal() { # TOP DIR
    for it in unit net; do
        files=$2/unit.v
        [ $it = unit ] || files="$2/net/$1.net.v $here/cells.v"
        yosys -q -p "read_verilog $files; hierarchy -top $1; proc; flatten; opt; techmap; opt; write_blif $2/$it.blif" \
            >"$2/equal.log" 2>&1 || return 2
    done
    berkeley-abc -q "cec -T 5 $2/unit.blif $2/net.blif" >"$2/equal.log" 2>&1 || return 2
    if grep -q 'Networks are equivalent' "$2/equal.log"; then return 0; fi
    if grep -qi 'Networks are undecided' "$2/equal.log"; then return 1; fi
    return 2
}

one() { # DESIGN FORMAT OTHER MAC LANES
    row=$dir/rows/$(printf '%s_%s_%s_%s' "$1" "$2" "$3" "$4" | tr -c 'A-Za-z0-9_-' '.')
    work=$row.work
    rm -rf "$work"
    mkdir -p "$work"
    status=0
    made=$(emit "$1" "$2" "$3" "$4" "$work" 2>"$work/refused") || status=$?
    if [ $status -eq 2 ]; then
        echo "no unit $1 $2: $(tail -n 1 "$work/refused")" >&2
        rm -rf "$work" "$row"
        return 0
    fi
    [ $status -eq 0 ] && [ -n "$made" ] || { cat "$work/refused" >&2; return 1; }
    read -r top registers <<END
$made
END
    hash=$(sha256sum "$work/unit.v" | cut -c1-64)
    key=$(echo "$1,$2,$3,$4" | sed 's/,-/,/g')
    for old in "$row" "$table"; do
        found=$(awk -v key="$key," -v tail=",$hash,$stamp" '
            index($0, key) == 1 && substr($0, length($0) - length(tail) + 1) == tail' "$old" 2>/dev/null || :)
        [ -z "$found" ] || break
    done
    if [ -z "$found" ]; then
        keep=
        [ "$5" -eq 1 ] || keep=keep
        numbers=$(sh "$here/synth.sh" "$work/unit.v" "$top" "$work/net" $keep) || return
        vectors=$(prove "$top" "$work" "$1" "$5") || return
        found="$key,$5,$registers,$(echo "$numbers" | tr ' ' ','),$vectors,$hash,$stamp"
        echo "$1 $2 $3 $4: $numbers"
    fi
    echo "$found" >"$row"
    rm -rf "$work"
}

if [ "$1" = --one ]; then
    shift
    one "$@" || { echo "failed: $*" >&2; exit 255; }
    exit 0
fi

bitsweep=$1 table=$2 dir=$3 jobs=$4 pattern=${5:-.}
for tool in yosys berkeley-abc iverilog; do
    command -v $tool >/dev/null || { echo "make synth needs $tool (packages yosys, berkeley-abc, iverilog)" >&2; exit 69; }
done
case $here$dir in *[[:space:]]*) echo "make synth: yosys takes no paths with spaces: $here, $dir" >&2; exit 64 ;; esac
case $bitsweep in /*) ;; *) bitsweep=$PWD/$bitsweep ;; esac
flow=$(cat "$here/cells.lib" "$here/synth.abc" "$here/synth.sh" "$here/netlist.awk" | sha256sum | cut -c1-64)
yosys_version=$(yosys -V | sed 's/^Yosys \([^ ]*\).*/\1/')
abc_version=$(dpkg-query -W -f '${Version}' berkeley-abc) || {
    echo "make synth takes the version of ABC from the package berkeley-abc, which is not installed" >&2
    exit 69
}
stamp=$flow,$yosys_version,$abc_version
export bitsweep table dir stamp
mkdir -p "$dir/rows"
units | grep -E "$pattern" >"$dir/units" || { echo "no unit matches $pattern" >&2; exit 64; }
xargs -L 1 -P "$jobs" sh "$0" --one <"$dir/units"
{
    echo $header
    {
        [ ! -e "$table" ] || [ "$pattern" = . ] || tail -n +2 "$table"
        while read -r design format other mac lanes; do
            cat "$dir/rows/$(printf '%s_%s_%s_%s' "$design" "$format" "$other" "$mac" | tr -c 'A-Za-z0-9_-' '.')" 2>/dev/null || :
        done <"$dir/units"
    } | awk -F, '{ row[$1 "," $2 "," $3 "," $4] = $0 } END { for (k in row) print row[k] }' | sort
} >"$table.new"
mv "$table.new" "$table"
echo "$table: $(($(wc -l <"$table") - 1)) units"

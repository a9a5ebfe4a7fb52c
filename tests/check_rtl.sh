#!/bin/sh
# Units of hardware against the emulator: each is written, compiled and run by iverilog, on every pair of codes, or, of
# units with more inputs, on those that matter.
# Usage: check_rtl.sh [SET]...      sets: registered exmy p3109 mixed wide rounding forms dots values gates (default: these), small
# Prints a line a set, and at the end "check-rtl: C cases, U units, R refusals, N vectors, M mismatches"; fails if a unit
# differs, does not compile or does not say what it found, and if a case dies or has neither a unit nor a refusal. The
# set gates simulates netlists in place of Verilog, where yosys and ABC are. JOBS units at a time (default 2). The program
# is $BITSWEEP.
set -u
cd "$(dirname "$0")/.." || exit 1
case ${BITSWEEP:=build/release/bitsweep} in /*) ;; *) BITSWEEP=$PWD/$BITSWEEP ;; esac
export BITSWEEP

# The bench of unit $1 with the module that source $2 defines (and what it is made of, $3...).
simulate()
{
    unit=$1
    shift
    iverilog -g2001 -Wall -o "$unit.vvp" "$@" "${unit}_tb.v" && vvp -n "$unit.vvp"
}

# One unit, in the folder of its files, or, with a flow, its netlist. Prints what its bench says of it.
check_unit()
{
    if [ -z "${FLOW:-}" ]; then
        simulate "$1" "$1.v"
    else
        sh "$FLOW/synth.sh" "$1.v" "$1" net >cost && simulate "$1" "net/$1.net.v" "$FLOW/cells.v"
    fi
}

# One case: a folder for its units, the folder's name as their prefix, the arguments of `bitsweep rtl`. Its last line is
# "case NAME: R refusals".
if [ "${1:-}" = --case ]; then
    into=$2/$3
    name=$3
    shift 3
    fail()
    {
        echo "FAILED: bitsweep rtl $*"
        echo "case $name: 0 refusals"
        exit 0
    }
    mkdir "$into" || fail "$*: no folder $into"
    "$BITSWEEP" rtl "$@" --name "$name" -o "$into" --format tsv >"$into/units" 2>"$into/errors"
    status=$?
    designs=${FLOW:+product|rounded|lmul}
    refused=$(grep -cE "no unit '(${designs:-[a-z_]*})': " "$into/errors")
    # All designs are refused where none is named; a named one that is refused is a mistake in the list of cases.
    if [ $status -eq 2 ] && grep -q 'no unit of ' "$into/errors"; then
        [ "$refused" -gt 0 ] || refused=1
    elif [ $status -ne 0 ]; then
        fail "$*: exit status $status: $(cat "$into/errors")"
    fi
    cd "$into" || fail "$*: no folder $into"
    awk -F'\t' -v designs="^(${designs:-.*})\$" 'NR > 1 && $2 ~ designs { print $1 }' units >names ||
        fail "$*: no table of units"
    [ -s names ] || [ "$refused" -gt 0 ] || fail "$*: no unit, and none is refused"
    while read -r unit; do
        check_unit "$unit" >"$unit.log" 2>&1 </dev/null
        # Anything but the one line is a failure: warnings, mismatches, silence.
        if grep -qxE "$unit: [1-9][0-9]* vectors, 0 mismatches" "$unit.log" && [ "$(wc -l <"$unit.log")" -eq 1 ]; then
            cat "$unit.log"
        else
            echo "FAILED: bitsweep rtl $*: unit $unit"
            head -n 10 "$unit.log"
        fi
    done <names
    rm -rf "$into"
    echo "case $name: $refused refusals"
    exit 0
fi

# --- the sets: arguments of `bitsweep rtl`, one case a line ---

formats() # of floats and integers of at most 8 bits: their names
{
    awk -F'\t' 'NR > 1 && $2 <= 8 && ($9 == "float" || $9 == "int") {print $1}' "$dir/formats"
}

# The case "TEXT ARGUMENTS", where there is such a format or scheme; that there is none is exit status 2, and only that.
where_known() # formats|schemes TEXT ARGUMENTS...
{
    "$BITSWEEP" "$1" "$2" >/dev/null 2>&1
    known=$?
    if [ $known -ne 0 ] && [ $known -ne 2 ]; then
        echo "FAILED: bitsweep $1 $2: exit status $known" >>"$dir/$set.log"
    fi
    shift
    [ $known -ne 0 ] || echo "$*"
}

registered()
{
    formats
    tables
}

# Other families, whose codes go through a table; those that it holds.
tables()
{
    for f in $(awk -F'\t' 'NR > 1 && $2 <= 8 && $9 != "float" && $9 != "int" && $9 != "codec" {print $1}' "$dir/formats"); do
        case $f in
        takum_log8 | lns4f3) echo "$f --design quantizer,dequantizer" ;;
        *) echo "$f --design product,quantizer,dequantizer" ;;
        esac
    done
    echo 'posit8 --b e4m3 --into bf16 --design rounded
nf4 --b e4m3 --into e4m3 --design rounded
hif8 --into e5m2 --design rounded
flint4 --b int8 --into int8 --design rounded'
}

# Every eXmY of 3 to 8 bits that is not registered, by the rule of its name; and integers.
exmy()
{
    for bits in 3 4 5 6 7 8; do
        e=0
        while [ $e -lt $bits ]; do
            echo "e${e}m$((bits - 1 - e))"
            e=$((e + 1))
        done
        echo "int$bits"
    done | grep -vxF "$(formats; echo e1m2)" # which has two biases, both of them registered
    for keys in specials=ieee specials=nan specials=fnuz subnormals=off subnormals=none; do
        for f in e4m3 e5m2 e3m2 e2m3 e2m1 e2m2; do
            where_known formats $f,$keys
        done
    done
    for f in ue2m2 ue4m4 ue3m3,specials=ieee ue2m3,specials=nan ue1m0 ue3m0 ue0m4 e0m4,specials=nan e0m4,specials=fnuz \
        e4m0,specials=ieee e4m3,bias=11 e2m3,bias=-3 int8,codes=twos int5,codes=twos int8,codes=signmag int4,codes=signmag \
        cfloat8_1_4_3b5; do
        echo $f
    done
}

p3109()
{
    for k in 3 4 5 6; do
        p=1
        while [ $p -le $k ]; do
            for kind in sf se uf ue; do
                where_known formats p3109_k${k}p$p$kind
            done
            p=$((p + 1))
        done
    done
    for f in p3109_k8p3se p3109_k8p3sf p3109_k8p4se p3109_k8p4ue p3109_k8p5uf p3109_k8p1se p3109_k8p1uf p3109_k8p8se; do
        echo $f
    done
}

mixed()
{
    echo 'e4m3 --b e5m2
e5m2 --b e4m3
e2m1 --b e4m3
e2m1 --b e8m0
e8m0 --b e5m2 --into e4m3
ue4m3 --b e4m3
ue4m3 --b e2m1
int8 --b int4
int4 --b int8
int8 --b int4 --into e4m3
int4 --b e4m3
e4m3 --b int8
int8,codes=signmag --b int4
e3m2 --b e2m3
p3109_k8p4se --b e5m2fnuz
e4m3fnuz --b e4m3
e4m3 --into fp16
e5m2 --into bf16
e2m1 --into fp32
e4m3 --into int8
e5m2 --into e2m1
e3m2,specials=ieee --b e2m1 --into ue3m2,specials=nan'
}

# Every rounding and every overflow policy, of small formats; the policies of zeros and NaN.
rounding()
{
    for f in e3m2,specials=ieee e2m2,specials=nan e3m1,specials=fnuz p3109_k5p3se p3109_k5p3uf p3109_k5p2ue \
        ue2m2,specials=nan e3m1,subnormals=none,specials=nan e4m0,specials=ieee; do
        for mode in rne rna rnz rno rup rdn rtz raz odd; do
            for overflow in saturate saturate-keep-inf saturate-onnx saturate-mldtypes infinity nan; do
                echo $f,round=$mode,overflow=$overflow --design rounded
            done
        done
    done
    for f in e2m1 e3m0 ue2m2 e0m4 e3m2,subnormals=off int5 int5,codes=twos int5,codes=signmag; do
        for mode in rne rna rnz rno rup rdn rtz raz odd; do
            echo $f,round=$mode --design rounded
            echo e2m2,specials=ieee --b e3m1 --into $f,round=$mode --design rounded,lmul,lmul_real
        done
    done
    for f in e4m3 e5m2 e4m3ieee e5m2fnuz; do
        for keys in round=rtz round=rup round=odd overflow=nan overflow=infinity,round=rdn ftz=yes neg_zero=drop; do
            where_known schemes $f,$keys --design rounded,lmul
        done
    done
    for keys in ftz=yes ftz=yes,neg_zero=drop neg_zero=made neg_zero=rounded neg_zero=rounded,ftz=yes; do
        echo e3m2,$keys --design rounded,lmul,lmul_real,mitchell
    done
    echo 'e3m2,specials=ieee --into e2m1,nan=max
e3m2,specials=ieee --into int6,nan=max'
}

# What a MAC text says of products: with and without `into`, offsets, subnormal operands normalised or not.
forms()
{
    for product in lmul_bits lmul_real mitchell; do
        for f in e4m3 e5m2 e3m2 e2m3 e2m2,specials=ieee e3m2,subnormals=none e2m3,subnormals=off p3109_k6p3se p3109_k6p2ue \
            e3m2,specials=fnuz; do
            for normalise in no yes; do
                for into in none e5m2 e3m1,into_round=rup; do
                    echo exact,product=$product,normalise=$normalise,into=$into --a $f
                done
            done
        done
    done
    echo 'exact,product=lmul_bits,l=0 --a e2m3
exact,product=lmul_bits,l=1,into=e2m1 --a e2m3 --b e3m1
exact,product=lmul_bits --a e2m3 --b e3m1
exact,product=lmul_real,l=9 --a e2m3 --b e3m1
exact,product=lmul_real,l=24 --a e2m3
exact,product=lmul_real,l=0,into=bf16 --a e2m3
exact,product=lmul_fpga --a e4m3
exact,product=lmul_fpga,l=0 --a e3m3
exact,product=lmul_fpga,l=1 --a e2m4
exact,product=lmul_fpga --a e1m6
exact,product=mitchell --a int8
exact,product=mitchell,into=bf16 --a int8 --b int4
exact,product=mitchell,normalise=yes --a int4 --b e4m3
exact,product=mitchell --a e4m3 --b int4
exact,product=rounded,into=e4m3,into_round=rtz --a e5m2
exact,product=rounded,into=fp16 --a e4m3 --b e2m1'
}

# Steps of MAC texts: published units, every rounding of terms and accumulators, integers, registers.
dots()
{
    for f in e4m3 e5m2; do
        for mac in h100_wgmma_fp8 h100_mma_fp8 ada_fp8 ada_fp8_f16 tcgen05; do
            echo $mac --a $f --design dot
        done
        echo sequential,acc=fp16 --a $f --design dot
        echo fused,group=4,fraction=exact,acc=fp32,round=rne --a $f --design dot
    done
    for f in e3m2 e2m3 e2m1; do
        echo tcgen05 --a $f --b e4m3 --design dot
    done
    for f in mxfp8_e4m3 mxfp8_e5m2 mxfp6_e3m2 mxfp4; do
        echo tcgen05_mxf8 --a $f --design dot
        echo fused,group=32,fraction=25,scales=unit,round=rne --a $f --design dot
    done
    echo 'tcgen05_mxf8 --a mxfp8_e4m3 --b mxfp4 --design dot
tcgen05_mxf4 --a mxfp4 --design dot
tcgen05_mxf4 --a nvfp4 --design dot
tcgen05_mxf4 --a mxfp4 --b nvfp4 --design dot
fused,group=32,presum=32,fraction=25,scales=unit --a mxint8 --design dot
fused,group=32,presum=32,fraction=25,scales=unit,round=rne --a mxint8 --b mxint4 --design dot
fused,group=16,presum=16,fraction=25,scales=unit --a nvfp4 --design dot
fused,group=16,presum=16,fraction=25,scales=unit --a nvint4 --design dot
fused,group=32,presum=32,fraction=24,scales=unit --a mxint8 --design dot
fused,group=32,fraction=24,scales=unit --a mxfp8_e4m3 --design dot
fused,group=16,presum=16,fraction=24,scales=unit --a nvfp4 --design dot
fused,group=16,presum=16,fraction=24,scales=unit --a nvint4 --design dot
fused,group=12,fraction=11,presum=4,acc=fp16,align=rne,round=rne,scales=unit --a e2m1,block=4,scale=e4m3 --b e2m1,block=12,scale=e8m0 --design dot
fused,group=8,fraction=20,scales=unit --a e4m3,block=4,scale=ue4m3 --b e5m2,block=2,scale=e8m0 --design dot
fused,group=4,fraction=13,acc=fp22,overflow=infinity,nan=ones,scales=unit --a e5m2,block=4,scale=e8m0 --design dot
fused,group=3,fraction=3,align=raz,acc=fp16,overflow=infinity --a e4m3 --b e5m2 --design dot
fused,group=16,fraction=20,presum=8,acc=fp16 --a e5m2 --design dot
fused,group=16,fraction=20,presum=8 --a int8 --design dot
fused,group=2,fraction=24 --a e8m0 --b e4m3 --design dot
fused,group=4,fraction=24 --a ue4m3 --design dot
fused,group=4,fraction=24,acc=e5m2,round=raz --a e2m1 --b e3m0 --design dot
fused,group=4,fraction=24,acc=fp16,round=rne --a p3109_k8p4se --b p3109_k8p3sf --design dot
fused,group=4,fraction=24 --a posit8 --b nf4 --design dot
fused,group=4,fraction=13,acc=p3109_k8p4se,round=rne --a e2m1 --design dot
fused,group=4,fraction=exact,acc=fp16,round=rne --a int8 --design dot
fused,group=4,fraction=exact,acc=bf16,round=rup --a e4m3 --b int4 --design dot
fused,group=2,fraction=exact,acc=fp16 --a hif8 --design dot
sequential,acc=bf16,round=rdn --a e2m1 --design dot
sequential,acc=e4m3fnuz --a e2m1 --design dot
sequential,acc=int32 --a int8 --design dot
sequential,acc=int32 --a int8,block=32 --design dot
pairwise,acc=int32,overflow=saturate --a int8,block=32 --design dot
pairwise,acc=int20,overflow=saturate --a int8,block=8 --design dot
sequential,acc=int9,overflow=saturate --a int4 --b int4,codes=signmag --design dot
pairwise,acc=int9,overflow=saturate --a int4 --b int4,codes=twos --design dot
exact --a int8,block=32 --design dot
exact --a e2m1,block=16 --b int8 --design dot
exact --a e4m3,block=3 --b e5m2 --design dot'
    for mode in rne rna rnz rno rup rdn rtz raz odd; do
        echo fused,group=5,fraction=9,align=$mode,acc=fp16,round=$mode --a e4m3fnuz --b e3m4 --design dot
        echo fused,group=3,fraction=12,align=rtz,acc=e4m3,round=$mode,overflow=saturate,ftz=yes --a e3m2 --design dot
        echo fused,group=3,fraction=exact,acc=bf16,round=$mode --a e5m2 --design dot
        echo sequential,acc=fp16,round=$mode,overflow=infinity --a e4m3 --b e2m1 --design dot
    done
}

# One value and the scale of its block: every format of at most 8 bits, under no scale (as in registered), powers of two
# and floats; every rounding and policy.
values()
{
    formats | while read -r f; do
        case $f in
        if4_int | if6_int_*) echo "$f,block=32,scale=e8m0 --design quantizer" ;;
        e8m0*) echo "$f,block=32,scale=e8m0 --design quantizer,dequantizer
$f,block=16,scale=ue4m3 --design dequantizer" ;;
        *) echo "$f,block=32,scale=e8m0 --design quantizer,dequantizer
$f,block=16,scale=ue4m3 --design quantizer,dequantizer" ;;
        esac
    done
    tables | awk '/quantizer/ {
        designs = $1 ~ /^(takum_log8|lns4f3)$/ ? "quantizer" : "quantizer,dequantizer"
        print $1 ",block=32,scale=e8m0 --design", designs
    }'
    for scale in e4m3 ue5m3 hif4_e6m2 e8m0_finite e3m2; do
        echo e2m1,block=16,scale=$scale --design quantizer,dequantizer
        echo int4,block=16,scale=$scale --design quantizer,dequantizer
    done
    echo nf4,block=64,scale=ue4m3 --design dequantizer
    for f in e4m3 e5m2 e2m1 e4m3fnuz int4 p3109_k8p4ue; do
        for mode in rne rna rnz rno rup rdn rtz raz odd; do
            echo $f,block=16,scale=ue4m3,round=$mode --design quantizer
        done
    done
    for f in e4m3 e5m2 e4m3fnuz e8m0 p3109_k8p4ue; do
        for overflow in saturate saturate-keep-inf saturate-onnx saturate-mldtypes infinity nan; do
            echo $f,overflow=$overflow --design quantizer
            echo $f,block=32,scale=e8m0,overflow=$overflow,round=rup --design quantizer
        done
    done
    for keys in daz=yes ftz=yes neg_zero=drop neg_zero=made neg_zero=rounded; do
        echo e5m2,block=32,scale=e8m0,$keys --design quantizer
        echo e4m3,$keys --design quantizer
    done
    echo 'posit8,daz=yes,block=32,scale=e8m0 --design quantizer
nf4,round=rup --design quantizer
flint4,block=32,scale=e8m0,round=rdn --design quantizer
e2m1,nan=max --design quantizer'
}

# Products of wider formats, on corners and drawn pairs.
wide()
{
    echo 'bf16
fp16
int16
e5m10,specials=nan
bf16 --b e4m3 --into e5m2
e7m0 --b bf16 --into bf16 --design product,rounded,lmul
int12 --b int8 --design product
fp16,overflow=infinity,round=rtz --design rounded,lmul'
}

# Netlists of products, rounded products and L-Mul, on all pairs.
gates()
{
    formats
}

# Seconds: for every run of the tests.
small()
{
    echo 'e2m1,block=16,scale=ue4m3 --design quantizer
nf4 --design quantizer,dequantizer
fused,group=2,presum=2,fraction=9,acc=fp16,round=rne,scales=unit --a e2m1,block=2,scale=e4m3 --design dot
fused,group=3,fraction=8,acc=e5m2,align=rne,round=rne --a e3m2 --design dot
sequential,acc=int9,overflow=saturate --a int4 --design dot
e4m3 --design product,rounded,lmul
e5m2 --design rounded
int8 --design product
e2m1
int4
e3m2,specials=ieee
p3109_k6p3se
e3m2,specials=fnuz
int4 --b e2m3,round=rup
exact,product=lmul_bits,normalise=yes --a e3m2'
}

command -v iverilog >/dev/null || { echo "check-rtl: iverilog is missing"; exit 69; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$BITSWEEP" formats --format tsv >"$dir/formats" || exit 1
[ $# -gt 0 ] || set -- registered exmy p3109 mixed wide rounding forms dots values gates
sum() # NAME LOG CASES: what the log says of so many cases
{
    awk -v what="$1" -v cases="$3" '/: [0-9]+ vectors, [0-9]+ mismatches$/ {units++; n += $(NF - 3); bad += $(NF - 1); next}
        /^case .*: [0-9]+ refusals$/ {results++; refusals += $(NF - 1); next}
        {print}
        /^FAILED/ {failed++}
        END {
            printf "%s: %d cases, %d units, %d refusals, %d vectors, %d mismatches\n", what, cases, units, refusals, n, bad
            if (failed) printf "%s: %d failed\n", what, failed
            if (results != cases) printf "%s: %d of %d cases ended\n", what, results, cases
            exit failed > 0 || bad > 0 || units == 0 || results != cases
        }' "$2"
}

# The flow of synth.sh with the first of its seeds alone.
one_seed()
{
    mkdir "$dir/flow" && cp sim/rtl/cells.lib sim/rtl/cells.v sim/rtl/synth.abc sim/rtl/netlist.awk "$dir/flow" &&
        sed 's/^seeds=.*/seeds=1/' sim/rtl/synth.sh >"$dir/flow/synth.sh" && grep -qx 'seeds=1' "$dir/flow/synth.sh"
}

total=0
for set in "$@"; do
    case $set in registered | exmy | p3109 | mixed | wide | rounding | forms | dots | values | gates | small) ;; *)
        echo "check-rtl: unknown set '$set'"
        exit 64
        ;;
    esac
    FLOW=
    if [ "$set" = gates ]; then
        if ! command -v yosys >/dev/null || ! command -v berkeley-abc >/dev/null; then
            echo "gates: skipped: yosys or berkeley-abc is missing"
            [ "$set" != "$*" ] || exit 69
            continue
        fi
        one_seed || exit 1
        FLOW=$dir/flow
    fi
    export FLOW
    : >"$dir/$set.log"
    "$set" >"$dir/$set.cases"
    awk -v set="$set" -v dir="$dir" '{print "--case", dir, set NR, $0}' "$dir/$set.cases" |
        xargs -P "${JOBS:-2}" -L 1 sh tests/check_rtl.sh >>"$dir/$set.log" ||
        echo "FAILED: a case of $set died" >>"$dir/$set.log"
    cases=$(wc -l <"$dir/$set.cases")
    total=$((total + cases))
    [ "$set" = "$*" ] || sum "$set" "$dir/$set.log" "$cases"
    cat "$dir/$set.log" >>"$dir/all"
done
sum check-rtl "$dir/all" "$total"

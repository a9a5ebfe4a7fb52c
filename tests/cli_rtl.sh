#!/bin/sh
# Units of hardware as somebody asks for them: the lists, the files, what is refused; and a simulator's opinion.
. tests/tap.sh

expect 0 '^product +exact product of two codes' "$BITSWEEP" rtl --list
expect 0 '^name,doc,citation$' "$BITSWEEP" rtl --list --format csv
expect 0 '^e2m1_product +product +0$' "$BITSWEEP" rtl e2m1 -o "$dir/u"
for f in e2m1_product.v e2m1_product.hex e2m1_product_tb.v e2m1_rounded.v e2m1_lmul.hex e2m1_lmul_real_tb.v; do
    [ -s "$dir/u/$f" ]
    report $? "$f is there"
done
[ "$(wc -l <"$dir/u/e2m1_product.hex")" -eq 256 ]
report $? 'a line a pair'
grep -q '^// value = (-1)^sign \* sig \* 2^(exp - 4)\.$' "$dir/u/e2m1_product.v"
report $? 'the module says what its outputs mean'
"$BITSWEEP" rtl e2m1 -o "$dir/again" >"$dir/out"
diff -r "$dir/u" "$dir/again" >/dev/null
report $? 'the same request gives the same bytes'

# names
expect 0 '^e4m3_overflow_nan_x_e5m2_product ' "$BITSWEEP" rtl e4m3,overflow=nan --b e5m2 --design product -o "$dir/u"
expect 0 '^e2m1_into_e3m2_round_rtz_rounded ' "$BITSWEEP" rtl e2m1 --into e3m2,round=rtz -d rounded -o "$dir/u"
expect 0 '^exact_product_lmul_bits_e2m1_lmul ' "$BITSWEEP" rtl exact,product=lmul_bits --a e2m1 -o "$dir/u"
expect 0 '^mine_product ' "$BITSWEEP" rtl e2m1 --name mine -d product -o "$dir/u"
expect 0 '^e4m3_bias_3_product ' "$BITSWEEP" rtl e4m3,bias=3 -d product -o "$dir/u"
expect 0 '^e4m3_bias_m3_product ' "$BITSWEEP" rtl e4m3,bias=-3 -d product -o "$dir/u"
! cmp -s "$dir/u/e4m3_bias_3_product.v" "$dir/u/e4m3_bias_m3_product.v"
report $? 'a minus is no other unit of the same name'
expect 2 "'a-b_product' is no name of a module" "$BITSWEEP" rtl e2m1 --name a-b -d product -o "$dir/u"

# what is refused: a message beside others, an error where it is asked for
expect 0 "no unit 'lmul': operands must be floats" "$BITSWEEP" rtl int4 -o "$dir/u"
expect 2 "no unit 'lmul' of int4 and int4: operands must be floats" "$BITSWEEP" rtl int4 --design lmul -o "$dir/u"
expect 2 "no unit of 'fp32'" "$BITSWEEP" rtl fp32 -o "$dir/u"
expect 64 "unknown design 'prodct'; did you mean 'product'\?" "$BITSWEEP" rtl e2m1 --design prodct -o "$dir/u"
expect 64 "unknown design ''" "$BITSWEEP" rtl e2m1 --design product, -o "$dir/u"
expect 2 "'sequential' is a MAC text: --a SCHEME says what it multiplies" "$BITSWEEP" rtl sequential -o "$dir/u"
expect 2 "e2m9" "$BITSWEEP" rtl e2m1 --b e2m9x -o "$dir/u"
expect 2 "unknown key 'prodct'" "$BITSWEEP" rtl exact,prodct=lmul_bits --a e2m1 -o "$dir/u"
expect 2 "'e2m1' is no operand of h100_wgmma_fp8" "$BITSWEEP" rtl h100_wgmma_fp8 --a e2m1 -o "$dir/u"
expect 2 "no unit 'product' of int4 and int4: the product of the MAC is another one" "$BITSWEEP" rtl exact,product=truncated --a int4 -d product,rounded -o "$dir/u"
expect 64 '-o DIR is missing' "$BITSWEEP" rtl e2m1
expect 64 'a scheme or a MAC text is missing' "$BITSWEEP" rtl -o "$dir/u"
expect 64 '--list stands alone' "$BITSWEEP" rtl e2m1 --list
expect 64 '--into is of schemes' "$BITSWEEP" rtl exact --a e2m1 --into e3m2 -o "$dir/u"
expect 74 'No such file' "$BITSWEEP" rtl e2m1 -o "$dir/no/where"
expect 74 'writing failed: No space left' sh -c '"$1" rtl e2m1 -o "$2/u" >/dev/full' sh "$BITSWEEP" "$dir"

# netlists that synthesis reads back: what was not mapped would cost nothing, so it is an error
netlist() # TEXT
{
    printf '.model m\n.inputs a\n.outputs c\n%b\n.end\n' "$1" >"$dir/n.blif"
    awk -f sim/rtl/netlist.awk sim/rtl/cells.lib "$dir/n.blif"
}
expect 0 '^1 0.666667 ' netlist '.names $true\n1\n.names a b\n1 1\n.gate INV A=b Y=c'
expect 1 'not mapped: .names a b c' netlist '.names a b c\n11 1'
expect 1 'not mapped: .names with 0 1' netlist '.names a c\n0 1'
expect 1 'not mapped: .subckt INV A=a' netlist '.subckt INV A=a'
expect 1 'not mapped: .latch a c' netlist '.latch a c'
expect 1 'no cell FOO' netlist '.gate FOO A=a Y=c'
expect 1 'a loop' netlist '.gate INV A=b Y=c\n.gate INV A=c Y=b'

if command -v iverilog >/dev/null; then
    bench() # NAME: what the bench of a unit in $dir/u says
    {
        (cd "$dir/u" && iverilog -g2001 -Wall -o "$1.vvp" "$1.v" "$1_tb.v" && vvp -n "$1.vvp")
    }
    expect 0 '^e2m1_product: 256 vectors, 0 mismatches$' bench e2m1_product
    expect 0 '^e2m1_rounded: 256 vectors, 0 mismatches$' bench e2m1_rounded
    # The bench sees a wrong unit, vectors that end early, and vectors that are not there.
    sed -i 's/a_sig \* b_sig/a_sig * b_sig + 1/' "$dir/u/e2m1_product.v"
    expect 0 '^e2m1_product: 256 vectors, 256 mismatches$' bench e2m1_product
    expect 0 '^line 1: \{a, b\} = 00: ' bench e2m1_product
    [ "$(grep -c '^line' "$dir/out")" -eq 5 ]
    report $? 'and shows the first five'
    sed -i '$d' "$dir/u/e2m1_rounded.hex"
    expect 0 '^e2m1_rounded: 256 vectors, 1 mismatches$' bench e2m1_rounded
    rm "$dir/u/e2m1_rounded.hex"
    expect 0 '^e2m1_rounded: 256 vectors, 256 mismatches$' bench e2m1_rounded
    case $BITSWEEP in
    */san/*) ;; # writes the same Verilog, slowly
    *)
        expect 0 '^check-rtl: 15 cases, [0-9]+ units, [0-9]+ refusals, [0-9]+ vectors, 0 mismatches$' sh tests/check_rtl.sh small
        echo "# covered by iverilog: $(sed -n 's/^check-rtl: //p' "$dir/out")"
        ;;
    esac
    expect 64 "unknown set 'nonsense'" sh tests/check_rtl.sh nonsense
else
    skip 1 'units in a simulator' 'no iverilog'
fi
finish

#!/bin/sh
# bitsweep selftest: a short one passes, says what it covered, and repeats; arguments; Ctrl-C.
. tests/tap.sh

expect 0 '^definition +against MPFR +[1-9][0-9]+ +0$' "$BITSWEEP" selftest --seconds 1
cp "$dir/out" "$dir/table"
awk 'NR > 2 && $1 == "covered" && $(NF - 1) == 0 {bad = 1} END {exit bad}' "$dir/table"
report $? 'no row of coverage is 0'
for what in 'no contraction' 'rounding to nearest' 'no flush to zero' 'of every registered format' Philox4x32-10 SHA-256; do
    grep -qE "$what +[1-9][0-9]* +0$" "$dir/table"
    report $? "$what was checked"
done
if [ $watched -eq 0 ]; then # a round takes a minute there
    expect 0 '^covered,round sr,[1-9][0-9]*,$' "$BITSWEEP" selftest --seconds 0 --seed 2 --format csv
    cp "$dir/out" "$dir/a"
    expect 0 '' "$BITSWEEP" selftest --seconds 0 --seed 2 --format csv
    same "$dir/a" "$dir/out" 'one round is the same each time'
fi
expect 64 "--seconds" "$BITSWEEP" selftest --seconds soon
expect 64 '' "$BITSWEEP" selftest e4m3
"$BITSWEEP" selftest --seconds 1000 >"$dir/out" 2>"$dir/err" &
pid=$!
catches_int $pid
sleep 0.3
kill -INT $pid
wait $pid
[ $? -eq 130 ]
report $? 'SIGINT: exit status 130'
grep -q 'no failures so far' "$dir/err"
report $? 'SIGINT: says what is known'
finish

#!/bin/sh
# Runs the tests of build variants: programs build/VARIANT/tests/test_* (cmocka, TAP output) and tests/cli_*.sh (TAP too,
# with $BITSWEEP naming the program), as many at a time as there are processors. Shows what fails and ends with
# "N passed, N failed, N skipped".
# Usage: run.sh VARIANT...      TESTS=glob narrows by name.
set -u

# One test; its counts go to NAME.counts.
run_one() { # VARIANT SOURCE
    variant=$1
    name=$(basename "$2" | sed 's/\.[a-z]*$//')
    out=build/$variant/tests/$name
    log=$out.log
    case $2 in
    *.sh) set -- sh "$2" ;;
    *) set -- "$out" ;;
    esac
    start=$(date +%s)
    CMOCKA_MESSAGE_OUTPUT=TAP BITSWEEP=$PWD/build/$variant/bitsweep "$@" >"$log" 2>&1
    rc=$?
    # cmocka writes a skipped test as "not ok N # SKIP".
    s=$(grep -cE '^(not )?ok .*# SKIP' "$log")
    p=$(grep -E '^ok ' "$log" | grep -vc '# SKIP')
    f=$(grep -E '^not ok ' "$log" | grep -vc '# SKIP')
    plan=$(sed -n 's/^1\.\.\([0-9][0-9]*\).*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
    {
        # A program that dies, or runs fewer tests than it planned, has failed.
        if [ "$f" -eq 0 ] && { [ $rc -ne 0 ] || [ "$plan" -eq 0 ] || [ "$plan" -ne $((p + s)) ]; }; then
            f=1
            echo "$variant/$name: exit status $rc after $p passed and $s skipped of $plan tests"
        fi
        printf '%-8s %-22s %4d passed %3d failed %3d skipped %4d s\n' "$variant" "$name" "$p" "$f" "$s" \
            $(($(date +%s) - start))
        [ "$f" -eq 0 ] || tail -n 60 "$log"
        grep -hE '^# covered' "$log"
    } >"$out.report"
    cat "$out.report"
    echo "$p $f $s" >"$out.counts"
}

if [ "$1" = --one ]; then
    run_one "$2" "$3"
    exit 0
fi

list=$(mktemp)
trap 'rm -f "$list"' EXIT
for variant in "$@"; do
    for source in tests/test_*.c tests/cli_*.sh; do
        [ -e "$source" ] || continue
        name=$(basename "$source" | sed 's/\.[a-z]*$//')
        # shellcheck disable=SC2254
        case $name in ${TESTS:-*}) ;; *) continue ;; esac
        rm -f "build/$variant/tests/$name.counts"
        echo "$variant $source"
    done
done >"$list"
xargs -r -n 2 -P "$(nproc)" sh "$0" --one <"$list"
# A test without counts was killed.
while read -r variant source; do
    name=$(basename "$source" | sed 's/\.[a-z]*$//')
    cat "build/$variant/tests/$name.counts" 2>/dev/null || echo 0 1 0
done <"$list" | awk '{p += $1; f += $2; s += $3}
    END {printf "%d passed, %d failed, %d skipped\n", p, f, s; exit !(f == 0 && p > 0)}'

#!/bin/sh
# Runs the tests of build variants: programs build/VARIANT/tests/test_* (cmocka, TAP output) and tests/cli_*.sh (TAP too,
# with $BITSWEEP naming the program). Shows what fails and ends with "N passed, N failed, N skipped".
# Usage: run.sh VARIANT...      TESTS=glob narrows by name.
set -u
passed=0 failed=0 skipped=0

run_one() { # VARIANT NAME COMMAND...
    variant=$1 name=$2
    shift 2
    log=build/$variant/tests/$name.log
    start=$(date +%s)
    CMOCKA_MESSAGE_OUTPUT=TAP BITSWEEP=$PWD/build/$variant/bitsweep "$@" >"$log" 2>&1
    rc=$?
    # cmocka writes a skipped test as "not ok N # SKIP".
    s=$(grep -cE '^(not )?ok .*# SKIP' "$log")
    p=$(grep -E '^ok ' "$log" | grep -vc '# SKIP')
    f=$(grep -E '^not ok ' "$log" | grep -vc '# SKIP')
    plan=$(sed -n 's/^1\.\.\([0-9][0-9]*\).*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
    # A program that dies, or runs fewer tests than it planned, has failed.
    if [ "$f" -eq 0 ] && { [ $rc -ne 0 ] || [ "$plan" -eq 0 ] || [ "$plan" -ne $((p + s)) ]; }; then
        f=1
        echo "$variant/$name: exit status $rc after $p passed and $s skipped of $plan tests"
    fi
    printf '%-8s %-22s %4d passed %3d failed %3d skipped %4d s\n' "$variant" "$name" "$p" "$f" "$s" \
        $(($(date +%s) - start))
    [ "$f" -eq 0 ] || tail -n 60 "$log"
    grep -hE '^# covered' "$log"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

for variant in "$@"; do
    for source in tests/test_*.c tests/cli_*.sh; do
        [ -e "$source" ] || continue
        name=$(basename "$source" | sed 's/\.[a-z]*$//')
        # shellcheck disable=SC2254
        case $name in ${TESTS:-*}) ;; *) continue ;; esac
        case $source in
        *.sh) run_one "$variant" "$name" sh "$source" ;;
        *) run_one "$variant" "$name" "build/$variant/tests/$name" ;;
        esac
    done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

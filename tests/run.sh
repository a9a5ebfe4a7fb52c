#!/bin/sh
# Runs the tests of build variants: programs build/VARIANT/tests/test_* (cmocka, TAP output) and tests/cli_*.sh (TAP too,
# with $BITSWEEP naming the program), several at a time. Shows what fails and ends with
# "N passed, N failed, N skipped".
# Usage: run.sh VARIANT...      TESTS='glob ...' narrows by name; UNDER=command runs the programs under it.
set -uf # names of tests are matched, not those of files
# What was freed is watched for 8 MiB more instead of 256, whose fresh pages take most of the time of small programs.
export ASAN_OPTIONS="quarantine_size_mb=8:${ASAN_OPTIONS:-}"

# One test; its counts go to NAME.counts.
run_one() { # VARIANT SOURCE
    variant=$1
    name=${2##*/} name=${name%.*}
    out=build/$variant/tests/$name
    log=$out.log
    case $2 in
    *.sh) set -- sh "$2" ;;
    *) set -- ${UNDER:-} "$out" ;; # a command and its options
    esac
    start=$(date +%s)
    CMOCKA_MESSAGE_OUTPUT=TAP BITSWEEP=$PWD/build/$variant/bitsweep "$@" >"$log" 2>&1
    rc=$?
    s=$(($(date +%s) - start))
    times >"$out.times" # its second line is of the processes that have ended
    # cmocka writes a skipped test as "not ok N # SKIP". A program that dies, or runs fewer tests than it planned, has
    # failed.
    awk -v test="$variant/$name" -v variant="$variant" -v name="$name" -v rc=$rc -v s=$s -v counts="$out.counts" '
        function seconds(time, part) { split(time, part, /[ms]/); return part[1] * 60 + part[2] }
        NR == FNR { if (FNR == 2) cpu = seconds($1) + seconds($2); next }
        /^(not )?ok .*# SKIP/ { skipped++; next }
        /^ok / { passed++ }
        /^not ok / { failed++ }
        /^1\.\.[0-9]/ { plan += substr($1, 4) }
        /^# covered/ { covered = covered $0 "\n" }
        END {
            if (!failed && (rc || !plan || plan != passed + skipped)) {
                failed = 1
                printf "%s: exit status %d after %d passed and %d skipped of %d tests\n", test, rc, passed, skipped, plan
            }
            printf "%-8s %-22s %4d passed %3d failed %3d skipped %4d s, of a processor %6.1f s\n%s", variant, name, passed,
                failed, skipped, s, cpu, covered
            print passed + 0, failed + 0, skipped + 0 >counts
            exit failed > 0
        }' "$out.times" "$log" >"$out.report" || tail -n 60 "$log" >>"$out.report"
    cat "$out.report"
}

if [ "$1" = --one ]; then
    run_one "$2" "$3"
    exit 0
fi

# The longest first, so that no processor waits for one at the end.
slow="cli_faults cli_kill cli_interrupt test_quant_marks test_formats test_algebra test_plots test_kernel_marks test_kernel_table
    test_theory test_theory_schemes test_model_record test_group cli_attention cli_formats test_store_file"
# Whether a name is asked for.
asked() # NAME
{
    for glob in ${TESTS:-*}; do
        # shellcheck disable=SC2254
        case $1 in $glob) return 0 ;; esac
    done
    return 1
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
for variant in "$@"; do
    for source in $(find tests -maxdepth 1 '(' -name 'test_*.c' -o -name 'cli_*.sh' ')' | sort); do
        name=${source##*/} name=${name%.*}
        asked "$name" || continue
        case $name:$variant in
        cli_lint:"$1" | cli_install:release) ;;
        cli_lint:* | cli_install:*) continue ;; # of sources alone; of the release
        esac
        rm -f "build/$variant/tests/$name.counts"
        rank=0
        for first in $slow -; do
            rank=$((rank + 1))
            [ "$first" != "$name" ] || break
        done
        echo "$rank $variant $source"
    done
done | sort -s -n -k 1,1 | cut -d ' ' -f 2- >"$list"
# One more than there are processors, as some tests wait: for a signal, a commit, gnuplot.
xargs -r -n 2 -P $(($(nproc) + 1)) sh "$0" --one <"$list"
# A test without counts was killed.
while read -r variant source; do
    name=${source##*/} name=${name%.*}
    cat "build/$variant/tests/$name.counts" 2>/dev/null || echo 0 1 0
done <"$list" | awk '{p += $1; f += $2; s += $3}
    END {printf "%d passed, %d failed, %d skipped\n", p, f, s; exit !(f == 0 && p > 0)}'

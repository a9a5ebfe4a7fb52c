#!/bin/sh
# Lines and branches that the tests ran, by folder, and the files with the most lines never run.
# Usage: coverage.sh BUILD_FOLDER
set -eu
command -v gcovr >/dev/null || { echo "gcovr is not installed (apt-get install gcovr)" >&2; exit 69; }
gcovr --root . --object-directory "$1" --exclude-unreachable-branches --exclude-throw-branches \
    --filter 'formats/' --filter 'sim/' --filter 'results/' --filter 'experiments/' --filter 'plots/' \
    --gcov-ignore-parse-errors --csv "$1/coverage.csv" >/dev/null
# CSV of gcovr: filename, line_total, line_covered, line_percent, branch_total, branch_covered, ...
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    {
        folder = $1; sub(/\/.*/, "", folder)
        n[folder] += $at["line_total"]; c[folder] += $at["line_covered"]
        bn[folder] += $at["branch_total"]; bc[folder] += $at["branch_covered"]
    }
    END {
        printf "%-12s %8s %8s %6s %9s %8s %6s\n", "folder", "lines", "run", "%", "branches", "taken", "%"
        for (f in n) {
            printf "%-12s %8d %8d %6.1f %9d %8d %6.1f\n", f, n[f], c[f], 100 * c[f] / n[f], bn[f], bc[f], 100 * bc[f] / bn[f]
            N += n[f]; C += c[f]; BN += bn[f]; BC += bc[f]
        }
        printf "%-12s %8d %8d %6.1f %9d %8d %6.1f\n", "all", N, C, 100 * C / N, BN, BC, 100 * BC / BN
    }' "$1/coverage.csv"
echo "lines never run, most first:"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { print $at["line_total"] - $at["line_covered"], $at["line_total"], $1 }' "$1/coverage.csv" | sort -rn | head -n 15 |
    awk '{printf "  %5d of %5d  %s\n", $1, $2, $3}'

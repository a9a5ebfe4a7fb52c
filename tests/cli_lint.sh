#!/bin/sh
# The include law and the style, as tests.
set -u
echo "1..2"
n=0
for lint in lint_includes lint_style; do
    n=$((n + 1))
    if out=$(sh tests/$lint.sh 2>&1); then
        echo "ok $n - $lint"
    else
        echo "not ok $n - $lint"
        echo "$out" | sed 's/^/# /'
    fi
done

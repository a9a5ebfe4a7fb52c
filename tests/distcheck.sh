#!/bin/sh
# A release as its reader meets it: the tarball unpacked in an empty folder, built, installed, used from elsewhere.
# Usage: distcheck.sh TARBALL NAME
set -eu
tarball=$(realpath "$1") name=$2 commit=$(git rev-parse --short=12 HEAD)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sum=$(sha256sum <"$tarball")
make -s dist >/dev/null
[ "$(sha256sum <"$tarball")" = "$sum" ] || { echo "distcheck: the same commit made another tarball" >&2; exit 1; }
tar -xzf "$tarball" -C "$dir"
cd "$dir/$name"
make -j"$(nproc)" all
make -s install DESTDIR="$dir/root" PREFIX=/usr
cd "$dir"
root/usr/bin/bitsweep --version | head -n 1
root/usr/bin/bitsweep --version | grep -q "(commit $commit)" || { echo "distcheck: the commit is not told" >&2; exit 1; }
root/usr/bin/bitsweep run root/usr/share/bitsweep/experiments/quickstart.yaml --db q.db | tail -n 5
root/usr/bin/bitsweep plot sqnr_bits --db q.db -o figures
[ -s figures/sqnr_bits.svg ]
echo "distcheck: $name is whole"

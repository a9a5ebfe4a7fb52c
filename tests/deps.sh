#!/bin/sh
# Installs the Debian packages that building and testing need and that are missing. Says what it installs.
set -eu
packages="build-essential clang clang-format pkg-config libmpfr-dev libgsl-dev libsqlite3-dev sqlite3 libyaml-dev
 libglpk-dev libjansson-dev libzip-dev librandom123-dev libssl-dev libxxhash-dev libcmocka-dev gnuplot-nox fonts-dejavu-core
 librsvg2-bin zip iverilog"
missing=
for p in $packages; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q >/dev/null
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null

#!/bin/sh
# Installs the Debian packages that building and testing need and that are missing. Says what it installs. What is only
# used where it is there (HDF5 files) is tried where nobody must be asked for a password, and may fail.
set -eu
packages="build-essential clang clang-format pkg-config libmpfr-dev libgsl-dev libsqlite3-dev sqlite3 libyaml-dev
 libglpk-dev libjansson-dev libzip-dev librandom123-dev libssl-dev libxxhash-dev libcmocka-dev gnuplot-nox fonts-dejavu-core
 librsvg2-bin zip iverilog ${PACKAGES:-}"
optional=libhdf5-dev

# absent PACKAGE...: those that are not installed.
absent()
{
    for p in "$@"; do
        dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || printf ' %s' "$p"
    done
}

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
# shellcheck disable=SC2086
install()
{
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $1 >/dev/null
}

missing=$(absent $packages) wanted=$(absent $optional)
[ -z "$wanted" ] || [ -z "$sudo" ] || sudo -n true 2>/dev/null || [ -n "$missing" ] || wanted=
[ -n "$missing$wanted" ] || exit 0
echo "installing:$missing$wanted"
if ! $sudo apt-get update -q >/dev/null && [ -n "$missing" ]; then
    exit 1
fi
[ -z "$missing" ] || install "$missing"
[ -z "$wanted" ] || install "$wanted" 2>/dev/null || echo "going on without:$wanted"

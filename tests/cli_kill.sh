#!/bin/sh
# A few of the kills of `make check-kill`.
case ${BITSWEEP:-} in */san/*) set -- 3 1 ;; *) set -- 10 1 ;; esac
. tests/kill.sh

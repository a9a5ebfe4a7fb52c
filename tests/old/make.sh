#!/bin/sh
# Fills a database with the program of an earlier version and prints it as SQL.
# Usage: make.sh BITSWEEP >N.dump, where BITSWEEP is the last program whose schema is version N (README.md).
# Three things are done by hand: the name of the host is left out; of the profiles and methods, which are the
# program's and many, three are kept; and a metric is added that is -0, which no other gives.
set -eu
dir=/tmp/bitsweep-old
here=$(cd "$(dirname "$0")" && pwd)
rm -rf $dir && mkdir $dir
cp "$here"/*.yaml "$here"/*.npy "$here"/*.bin "$here"/*.safetensors $dir
cd $dir
export BITSWEEP_ISA=scalar BITSWEEP_JOBS=1
"$1" run old.yaml --db old.db --quiet >&2 || [ $? -eq 1 ] # three cells fail
version=$(sqlite3 old.db 'PRAGMA user_version')
[ "$version" -lt 4 ] || "$1" run layers.yaml --db old.db --quiet >&2
[ "$version" -lt 5 ] || "$1" run transforms.yaml --db old.db --quiet >&2
"$1" run old.yaml --db old.db --quiet >&2 || [ $? -eq 1 ]
sqlite3 old.db "UPDATE host SET hostname = 'host';
  INSERT INTO metric(name, unit, doc) VALUES('minus_zero', '', 'by hand');
  INSERT INTO value(cell_id, metric_id, v, class, bits) SELECT 1, metric_id, 0.0, '-0', -9223372036854775808
    FROM metric WHERE name = 'minus_zero'"
[ "$version" -lt 3 ] || sqlite3 old.db 'DELETE FROM profile WHERE profile NOT IN (SELECT profile FROM profile LIMIT 3)'
[ "$version" -lt 5 ] || sqlite3 old.db 'DELETE FROM method WHERE method NOT IN (SELECT method FROM method LIMIT 3)'
echo "PRAGMA application_id = $(sqlite3 old.db 'PRAGMA application_id');"
echo "PRAGMA user_version = $version;"
sqlite3 old.db .dump

#!/bin/sh
# psql, a task each.
set -e
ask() { psql -X -v ON_ERROR_STOP=1 -o /dev/null "$@"; }
case "$1" in
    version) psql --version ;;
    connect) ask -c '\q' -c '' ;;
    scram) ask -c 'SELECT 1' ;;
    simple) ask -c 'SELECT id, name FROM items WHERE id <= 2' -c 'SELECT 1 AS one; SELECT 2 AS two' ;;
    reuse) printf 'PREPARE item AS SELECT id, name, price FROM items WHERE id = $1;\nEXECUTE item(1);\nEXECUTE item(2);\nSELECT id, name FROM items \\gdesc\n' | ask ;;
    error) printf 'BEGIN;\nSELECT 1 / 0;\nSELECT 1;\nROLLBACK;\nSELECT 1;\n' | ask -v ON_ERROR_STOP=0 2> /dev/null ;;
    copy) printf '\\copy notes from stdin\n1\tone\n2\ttwo\n\\.\n\\copy notes to stdout\nCOPY notes TO STDOUT (FORMAT csv);\n' | ask ;;
    notify) printf "LISTEN news;\nNOTIFY news, 'hello';\n" | ask ;;
    cancel) timeout --signal INT 0.5 psql -X -c 'SELECT pg_sleep(10)' 2> /dev/null || true ;;
    cursor) ask -v FETCH_COUNT=6 -c 'SELECT id, name, price FROM items ORDER BY id' ;;
    types) ask -c 'SELECT * FROM kinds' -c '\d kinds' ;;
    large) ask -c "SELECT i, md5(i::text) FROM generate_series(1, $ROWS) AS i" ;;
    *) exit 77 ;;
esac

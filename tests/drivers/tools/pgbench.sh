#!/bin/sh
# pgbench in its three modes.
set -e
bench() { pgbench -n -t 5 -f tools/pgbench.sql "$@" > /dev/null; }
case "$1" in
    version) pgbench --version ;;
    simple) bench -M simple ;;
    parameters) bench -M extended ;;
    reuse) bench -M prepared ;;
    pipeline) pgbench -n -t 3 -M extended -f tools/pipeline.sql > /dev/null ;;
    *) exit 77 ;;
esac

#!/bin/sh
# pg_recvlogical, pg_receivewal and pg_basebackup.
set -e
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
slot() { pg_recvlogical --dbname "$PGDATABASE" --slot pgscope "$@"; }
case "$1" in
    version) pg_recvlogical --version ;;
    logical)
        PGPORT=$DIRECT slot --drop-slot 2> /dev/null || true
        slot --create-slot --plugin test_decoding
        PGPORT=$DIRECT psql -X -q -c "INSERT INTO notes VALUES (1, 'one'); UPDATE notes SET note = 'two'"
        end=$(PGPORT=$DIRECT psql -X -A -t -c 'SELECT pg_current_wal_lsn()')
        slot --start --endpos "$end" --no-loop --file - > /dev/null
        slot --drop-slot
        ;;
    pgoutput)
        PGPORT=$DIRECT slot --drop-slot 2> /dev/null || true
        PGPORT=$DIRECT psql -X -q -c 'DROP PUBLICATION IF EXISTS pgscope' -c 'CREATE PUBLICATION pgscope FOR TABLE notes' 2> /dev/null
        slot --create-slot --plugin pgoutput
        PGPORT=$DIRECT psql -X -q -c "INSERT INTO notes VALUES (1, 'one'), (2, NULL); TRUNCATE notes"
        end=$(PGPORT=$DIRECT psql -X -A -t -c 'SELECT pg_current_wal_lsn()')
        slot --start --endpos "$end" --no-loop -o proto_version=1 -o publication_names=pgscope --file - > /dev/null
        slot --drop-slot
        ;;
    wal)
        end=$(PGPORT=$DIRECT psql -X -A -t -c 'SELECT pg_current_wal_flush_lsn()')
        pg_receivewal --directory "$folder" --endpos "$end" --no-loop
        ;;
    basebackup) pg_basebackup --pgdata "$folder/base" --format tar --wal-method none --checkpoint fast 2> /dev/null ;;
    *) exit 77 ;;
esac

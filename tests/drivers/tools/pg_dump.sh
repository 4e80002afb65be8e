#!/bin/sh
# pg_dump and pg_restore.
set -e
case "$1" in
    version) pg_dump --version ;;
    schema) pg_dump --schema-only --table notes > /dev/null ;;
    data) pg_dump --data-only --table items > /dev/null ;;
    inserts) pg_dump --data-only --inserts --table items > /dev/null ;;
    restore)
        # What pg_dump asks is in the other tasks: only what pg_restore says is kept small.
        folder=$(mktemp -d)
        trap 'rm -r "$folder"' EXIT
        PGPORT=$DIRECT psql -X -q -c "INSERT INTO notes VALUES (1, 'one'), (2, NULL)"
        PGPORT=$DIRECT pg_dump --format custom --table notes > "$folder/dump"
        pg_restore --clean --dbname "$PGDATABASE" "$folder/dump"
        ;;
    *) exit 77 ;;
esac

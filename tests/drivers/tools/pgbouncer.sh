#!/bin/sh
# pgbouncer before the server at $PGPORT, listening at $LISTEN: its first argument is the way in which it pools.
if [ "$2" = version ]; then
    pgbouncer --version | head -n 1
    exit
fi
set -e
folder=$(mktemp -d)
chmod a+rx "$folder"
cat > "$folder/pgbouncer.ini" <<END
[databases]
shop = host=127.0.0.1 port=$PGPORT user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $LISTEN
unix_socket_dir =
auth_type = any
pool_mode = $1
ignore_startup_parameters = extra_float_digits
server_reset_query = DISCARD ALL
END
if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid=65534 --regid=65534 --clear-groups -- pgbouncer -q "$folder/pgbouncer.ini" 2> /dev/null
fi
exec pgbouncer -q "$folder/pgbouncer.ini" 2> /dev/null

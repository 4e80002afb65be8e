import io
import select
import threading
import time

import psycopg2
from psycopg2 import errors, extensions, extras

from tasks import ROWS, expect, main


def connected(autocommit=False):
    conn = psycopg2.connect("")
    conn.autocommit = autocommit
    return conn


def connect():
    connected().close()


def asked(conn, sql, values=None):
    with conn.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def scram():
    conn = connected()
    asked(conn, "SELECT 1")
    conn.close()


def simple():
    conn = connected(autocommit=True)
    expect(asked(conn, "SELECT id, name FROM items WHERE id <= 2 ORDER BY id"), [(1, "item 1"), (2, "item 2")])
    asked(conn, "SELECT 1 AS one; SELECT 2 AS two")
    conn.close()


def parameters():
    conn = connected()
    expect(len(asked(conn, "SELECT id, name, price FROM items WHERE id = %s OR name = %s", [2, "item 5"])), 2)
    conn.commit()
    conn.close()


def reuse():
    conn = connected()
    with conn.cursor() as cursor:
        cursor.execute("PREPARE item AS SELECT id, name, price, added FROM items WHERE id = $1")
        for number in range(1, 5):
            cursor.execute("EXECUTE item (%s)", [number])
            expect(cursor.fetchone()[0], number)
    conn.close()


def batch():
    conn = connected()
    with conn.cursor() as cursor:
        rows = [(1, "a"), (2, "b"), (3, "c")]
        extras.execute_batch(cursor, "INSERT INTO notes VALUES (%s, %s)", rows)
        expect(len(extras.execute_values(cursor, "INSERT INTO notes VALUES %s RETURNING id", rows, fetch=True)), 3)
    conn.commit()
    conn.close()


def error():
    conn = connected()
    for sql, wanted in (("SELECT 1 / 0", errors.DivisionByZero), ("SELECT 1", errors.InFailedSqlTransaction)):
        try:
            asked(conn, sql)
        except wanted:
            continue
        raise AssertionError(sql)
    conn.rollback()
    expect(asked(conn, "SELECT count(*) FROM notes"), [(0,)])
    conn.close()


def copy():
    conn = connected()
    with conn.cursor() as cursor:
        cursor.copy_expert("COPY notes FROM STDIN", io.StringIO("1\tone\n2\ttwo\n3\t\\N\n"))
        out = io.StringIO()
        cursor.copy_expert("COPY notes TO STDOUT", out)
        expect(out.getvalue(), "1\tone\n2\ttwo\n3\t\\N\n")
    conn.close()


def notify():
    conn = connected(autocommit=True)
    with conn.cursor() as cursor:
        cursor.execute("LISTEN news")
        cursor.execute("NOTIFY news, 'hello'")
    while not conn.notifies:
        select.select([conn], [], [], 5)
        conn.poll()
    expect(conn.notifies[0].payload, "hello")
    conn.close()


def cancel():
    conn = connected(autocommit=True)

    def later():
        time.sleep(0.3)
        conn.cancel()

    threading.Thread(target=later).start()
    try:
        asked(conn, "SELECT pg_sleep(10)")
    except errors.QueryCanceled:
        expect(asked(conn, "SELECT 1"), [(1,)])
    conn.close()


def cursor():
    conn = connected()
    with conn.cursor("portions") as cursor:
        cursor.itersize = 6
        cursor.execute("SELECT id, name, price FROM items ORDER BY id")
        expect(sum(1 for _ in cursor), 20)
    conn.close()


def types():
    conn = connected()
    expect(len(asked(conn, "SELECT * FROM kinds")), 2)
    conn.close()


def large():
    conn = connected()
    expect(len(asked(conn, "SELECT i, md5(i::text) FROM generate_series(1, %s) AS i", [ROWS])), ROWS)
    conn.close()


main(f"psycopg2 {psycopg2.__version__.split()[0]}, libpq {extensions.libpq_version()}", globals())

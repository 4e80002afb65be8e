import threading
import time

import psycopg
from psycopg import ClientCursor, errors

from tasks import ROWS, expect, main


def connected(**options):
    return psycopg.connect("", **options)


def connect():
    connected().close()


def scram():
    with connected() as conn:
        conn.execute("SELECT 1")


def simple():
    with connected(autocommit=True, cursor_factory=ClientCursor) as conn:
        rows = conn.execute("SELECT id, name FROM items WHERE id <= %s ORDER BY id", [2]).fetchall()
        expect(rows, [(1, "item 1"), (2, "item 2")])
        conn.execute("SELECT 1 AS one; SELECT 2 AS two")


def parameters():
    with connected() as conn:
        sql = "SELECT id, name, price FROM items WHERE id = %s OR name = %s ORDER BY id"
        expect([row[0] for row in conn.execute(sql, [2, "item 5"])], [2, 5])
        expect([row[0] for row in conn.execute(sql, [2, "item 5"], binary=True)], [2, 5])


def reuse():
    with connected() as conn:
        for binary in (False, True):
            for number in range(1, 5):
                sql = "SELECT id, name, price, added FROM items WHERE id = %s"
                row = conn.execute(sql, [number], prepare=True, binary=binary).fetchone()
                expect(row[0], number)


def batch():
    with connected() as conn:
        with conn.cursor() as cursor:
            cursor.executemany("INSERT INTO notes VALUES (%s, %s) RETURNING id", [(1, "a"), (2, "b"), (3, "c")], returning=True)
        with conn.pipeline():
            first = conn.execute("SELECT id, name FROM items WHERE id = %s", [1])
            second = conn.execute("SELECT name, price FROM items WHERE id = %s", [2], binary=True)
            expect(first.fetchone(), (1, "item 1"))
            expect(second.fetchone()[0], "item 2")
        try:
            with conn.pipeline() as pipeline:
                conn.execute("SELECT 1")
                conn.execute("SELECT 1 / %s::int", [0])
                conn.execute("SELECT 3")
                pipeline.sync()
        except errors.DivisionByZero:
            conn.rollback()


def error():
    with connected() as conn:
        conn.execute("INSERT INTO notes VALUES (%s, %s)", [1, "lost"])
        for sql, wanted in (("SELECT 1 / 0", errors.DivisionByZero), ("SELECT 1", errors.InFailedSqlTransaction)):
            try:
                conn.execute(sql)
            except wanted:
                continue
            raise AssertionError(sql)
        conn.rollback()
        expect(conn.execute("SELECT count(*) FROM notes").fetchone(), (0,))


def copy():
    with connected() as conn, conn.cursor() as cursor:
        with cursor.copy("COPY notes FROM STDIN") as writing:
            for row in [(1, "one"), (2, "two"), (3, None)]:
                writing.write_row(row)
        with cursor.copy("COPY notes FROM STDIN (FORMAT binary)") as writing:
            writing.set_types(["int4", "text"])
            writing.write_row((4, "four"))
        with cursor.copy("COPY notes TO STDOUT") as reading:
            expect(len(list(reading.rows())), 4)
        with cursor.copy("COPY notes TO STDOUT (FORMAT binary)") as reading:
            reading.set_types(["int4", "text"])
            expect(list(reading.rows())[2], (3, None))


def notify():
    with connected(autocommit=True) as conn:
        conn.execute("LISTEN news")
        conn.execute("NOTIFY news, 'hello'")
        expect([heard.payload for heard in conn.notifies(stop_after=1)], ["hello"])


def cancel():
    with connected(autocommit=True) as conn:
        def later():
            time.sleep(0.3)
            conn.cancel_safe()
        threading.Thread(target=later).start()
        try:
            conn.execute("SELECT pg_sleep(10)")
        except errors.QueryCanceled:
            expect(conn.execute("SELECT 1").fetchone(), (1,))
        else:
            raise AssertionError("it was not cancelled")


def cursor():
    with connected() as conn:
        with conn.cursor("portions") as cursor:
            cursor.execute("SELECT id, name, price FROM items WHERE id > %s ORDER BY id", [0])
            expect([len(cursor.fetchmany(6)) for _ in range(4)], [6, 6, 6, 2])
        with conn.cursor("binary_portions", binary=True) as cursor:
            cursor.execute("SELECT id, name, price FROM items ORDER BY id")
            expect(len(cursor.fetchmany(6)), 6)


def types():
    with connected() as conn:
        for binary in (False, True):
            for row in conn.execute("SELECT * FROM kinds WHERE %s", [True], binary=binary):
                expect(len(row), 41)


def large():
    with connected() as conn:
        sql = "SELECT i, md5(i::text) FROM generate_series(1, %s) AS i"
        expect(len(conn.execute(sql, [ROWS]).fetchall()), ROWS)
        with conn.cursor() as cursor:
            expect(sum(1 for _ in cursor.stream(sql, [min(ROWS, 20)])), min(ROWS, 20))


main(f"psycopg {psycopg.__version__}, libpq {psycopg.pq.version_pretty(psycopg.pq.version())}", globals())

import io

import importlib.metadata

import pg8000.dbapi
import pg8000.native

from tasks import DATABASE, HOST, PASSWORD, PORT, ROWS, USER, expect, main


def connected():
    return pg8000.native.Connection(USER, host=HOST, port=PORT, database=DATABASE, password=PASSWORD)


def connect():
    connected().close()


def scram():
    with connected() as conn:
        conn.run("SELECT 1")


def simple():
    with connected() as conn:
        expect(conn.run("SELECT id, name FROM items WHERE id <= 2 ORDER BY id"), [[1, "item 1"], [2, "item 2"]])
        conn.run("SELECT 1 AS one; SELECT 2 AS two")


def parameters():
    with connected() as conn:
        sql = "SELECT id, name, price FROM items WHERE id = :id OR name = :name"
        expect(len(conn.run(sql, id=2, name="item 5")), 2)


def reuse():
    with connected() as conn:
        statement = conn.prepare("SELECT id, name, price, added FROM items WHERE id = :id")
        for number in range(1, 5):
            expect(statement.run(id=number)[0][0], number)
        statement.close()


def batch():
    conn = pg8000.dbapi.connect(USER, host=HOST, port=PORT, database=DATABASE, password=PASSWORD)
    cursor = conn.cursor()
    cursor.executemany("INSERT INTO notes VALUES (%s, %s)", [(1, "a"), (2, "b"), (3, "c")])
    conn.commit()
    conn.close()


def error():
    with connected() as conn:
        conn.run("START TRANSACTION")
        conn.run("INSERT INTO notes VALUES (:id, :note)", id=1, note="lost")
        try:
            conn.run("SELECT 1 / :zero::int", zero=0)
        except pg8000.native.DatabaseError as failed:
            expect(failed.args[0]["C"], "22012")
        conn.run("ROLLBACK")
        expect(conn.run("SELECT count(*) FROM notes"), [[0]])


def copy():
    with connected() as conn:
        conn.run("COPY notes FROM STDIN", stream=io.BytesIO(b"1\tone\n2\ttwo\n3\t\\N\n"))
        out = io.BytesIO()
        conn.run("COPY notes TO STDOUT", stream=out)
        expect(out.getvalue(), b"1\tone\n2\ttwo\n3\t\\N\n")


def notify():
    with connected() as conn:
        conn.run("LISTEN news")
        conn.run("NOTIFY news, 'hello'")
        conn.run("SELECT 1")
        expect([heard[2] for heard in conn.notifications], ["hello"])


def types():
    with connected() as conn:
        expect(len(conn.run("SELECT * FROM kinds WHERE :all", all=True)), 2)


def large():
    with connected() as conn:
        sql = "SELECT i, md5(i::text) FROM generate_series(1, :rows::int) AS i"
        expect(len(conn.run(sql, rows=ROWS)), ROWS)


main(f"pg8000 {importlib.metadata.version('pg8000')}", globals())

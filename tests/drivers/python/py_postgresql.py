import postgresql
import postgresql.exceptions

from tasks import DATABASE, HOST, PASSWORD, PORT, ROWS, USER, expect, main


def connected():
    return postgresql.open(user=USER, password=PASSWORD, host=HOST, port=PORT, database=DATABASE)


def connect():
    connected().close()


def simple():
    with connected() as db:
        db.execute("SELECT id, name FROM items WHERE id <= 2")
        db.execute("SELECT 1 AS one; SELECT 2 AS two")


def parameters():
    with connected() as db:
        rows = db.query("SELECT id, name, price FROM items WHERE id = $1 OR name = $2 ORDER BY id", 2, "item 5")
        expect([row["id"] for row in rows], [2, 5])


def reuse():
    with connected() as db:
        statement = db.prepare("SELECT id, name, price, added FROM items WHERE id = $1")
        for number in range(1, 5):
            expect(statement.first(number)["id"], number)


def batch():
    with connected() as db:
        insert = db.prepare("INSERT INTO notes VALUES ($1, $2)")
        insert.load_rows([(1, "a"), (2, "b"), (3, "c")])


def error():
    with connected() as db:
        try:
            with db.xact():
                db.query("INSERT INTO notes VALUES ($1, $2)", 1, "lost")
                db.query("SELECT 1 / $1::int", 0)
        except postgresql.exceptions.ZeroDivisionError:
            expect(db.query.first("SELECT count(*) FROM notes"), 0)


def copy():
    with connected() as db:
        db.prepare("COPY notes FROM STDIN").load_rows([b"1\tone\n", b"2\ttwo\n"])
        expect(list(db.prepare("COPY notes TO STDOUT")), [b"1\tone\n", b"2\ttwo\n"])


def notify():
    with connected() as db:
        db.listen("news")
        db.notify(news="hello")
        for heard in db.iternotifies(timeout=5):
            expect(heard[1], "hello")
            break


def cursor():
    with connected() as db, db.xact():
        portal = db.prepare("SELECT id, name, price FROM items WHERE id > $1 ORDER BY id").declare(0)
        expect([len(portal.read(6)) for _ in range(4)], [6, 6, 6, 2])
        portal.close()
        rows = db.prepare("SELECT id, name FROM items").rows()
        expect(len(list(rows)), 20)


def types():
    with connected() as db:
        expect(len(db.query("SELECT * FROM kinds WHERE $1", True)), 2)


def large():
    with connected() as db:
        expect(len(db.query("SELECT i, md5(i::text) FROM generate_series(1, $1) AS i", ROWS)), ROWS)


main(f"py-postgresql {postgresql.project.version}", globals())

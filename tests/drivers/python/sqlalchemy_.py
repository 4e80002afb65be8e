"""SQLAlchemy on a driver: the first argument is the dialect."""

import asyncio
import sys

import sqlalchemy
from sqlalchemy import Column, Integer, MetaData, Table, Text, exc, insert, select, text

from tasks import DATABASE, HOST, PASSWORD, PORT, ROWS, USER, expect, main

DIALECT = sys.argv.pop(1)
NOTES = Table("notes", MetaData(), Column("id", Integer), Column("note", Text))


def url():
    return sqlalchemy.URL.create(f"postgresql+{DIALECT}", USER, PASSWORD, HOST, PORT, DATABASE)


def connected(work):
    if DIALECT != "asyncpg":
        engine = sqlalchemy.create_engine(url())
        with engine.connect() as conn:
            work(conn)
        engine.dispose()
        return

    async def run():
        from sqlalchemy.ext.asyncio import create_async_engine
        engine = create_async_engine(url())
        async with engine.connect() as conn:
            await conn.run_sync(work)
        await engine.dispose()

    asyncio.run(run())


def connect():
    connected(lambda conn: None)


def scram():
    connected(lambda conn: conn.execute(text("SELECT 1")))


def parameters():
    def work(conn):
        sql = text("SELECT id, name, price FROM items WHERE id = :id OR name = :name")
        expect(len(conn.execute(sql, {"id": 2, "name": "item 5"}).all()), 2)
    connected(work)


def reuse():
    def work(conn):
        for number in range(1, 7):
            sql = text("SELECT id, name, price, added FROM items WHERE id = :id")
            expect(conn.execute(sql, {"id": number}).one().id, number)
    connected(work)


def batch():
    def work(conn):
        rows = [{"id": number, "note": f"note {number}"} for number in range(1, 6)]
        conn.execute(insert(NOTES), rows)
        returned = conn.execute(insert(NOTES).returning(NOTES.c.id, NOTES.c.note), rows)
        expect(len(returned.all()), 5)
        expect(len(conn.execute(select(NOTES).where(NOTES.c.id > 2)).all()), 6)
        conn.commit()
    connected(work)


def error():
    def work(conn):
        conn.execute(insert(NOTES), {"id": 1, "note": "lost"})
        try:
            with conn.begin_nested():
                conn.execute(text("SELECT 1 / 0"))
        except exc.DBAPIError:
            conn.rollback()
        expect(conn.execute(text("SELECT count(*) FROM notes")).scalar(), 0)
    connected(work)


def cursor():
    def work(conn):
        sql = text("SELECT id, name, price FROM items ORDER BY id")
        found = conn.execution_options(stream_results=True, max_row_buffer=6).execute(sql)
        expect(len(found.all()), 20)
    if DIALECT == "asyncpg":
        sys.exit(77)
    connected(work)


def types():
    connected(lambda conn: expect(len(conn.execute(text("SELECT * FROM kinds")).all()), 2))


def large():
    def work(conn):
        sql = text("SELECT i, md5(CAST(i AS text)) FROM generate_series(1, CAST(:rows AS int)) AS i")
        expect(len(conn.execute(sql, {"rows": ROWS}).all()), ROWS)
    connected(work)


main(f"SQLAlchemy {sqlalchemy.__version__} on {DIALECT}", globals())

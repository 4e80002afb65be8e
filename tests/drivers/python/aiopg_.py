import aiopg
import psycopg2

from tasks import ROWS, expect, main


def connected():
    return aiopg.connect("")


async def asked(conn, sql, values=None):
    async with conn.cursor() as cursor:
        await cursor.execute(sql, values)
        return await cursor.fetchall()


async def connect():
    async with connected():
        pass


async def scram():
    async with connected() as conn:
        await asked(conn, "SELECT 1")


async def simple():
    async with connected() as conn:
        expect(len(await asked(conn, "SELECT id, name FROM items WHERE id <= 2")), 2)


async def parameters():
    async with connected() as conn:
        sql = "SELECT id, name, price FROM items WHERE id = %s OR name = %s"
        expect(len(await asked(conn, sql, [2, "item 5"])), 2)


async def error():
    async with connected() as conn:
        await (await conn.cursor()).execute("BEGIN")
        try:
            await asked(conn, "SELECT 1 / 0")
        except psycopg2.errors.DivisionByZero:
            await (await conn.cursor()).execute("ROLLBACK")
        expect(await asked(conn, "SELECT 1"), [(1,)])


async def notify():
    async with connected() as conn:
        async with conn.cursor() as cursor:
            await cursor.execute("LISTEN news")
            await cursor.execute("NOTIFY news, 'hello'")
        expect((await conn.notifies.get()).payload, "hello")


async def types():
    async with connected() as conn:
        expect(len(await asked(conn, "SELECT * FROM kinds")), 2)


async def large():
    async with connected() as conn:
        expect(len(await asked(conn, "SELECT i, md5(i::text) FROM generate_series(1, %s) AS i", [ROWS])), ROWS)


main(f"aiopg {aiopg.__version__}", globals())

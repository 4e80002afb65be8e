import asyncio
import io

import asyncpg

from tasks import ROWS, expect, main


def connected():
    return asyncpg.connect()


async def connect():
    await (await connected()).close()


async def scram():
    conn = await connected()
    await conn.fetchval("SELECT 1")
    await conn.close()


async def simple():
    conn = await connected()
    await conn.execute("SELECT id, name FROM items WHERE id <= 2 ORDER BY id")
    await conn.execute("SELECT 1 AS one; SELECT 2 AS two")
    await conn.close()


async def parameters():
    conn = await connected()
    rows = await conn.fetch("SELECT id, name, price FROM items WHERE id = $1 OR name = $2 ORDER BY id", 2, "item 5")
    expect([row["id"] for row in rows], [2, 5])
    await conn.close()


async def reuse():
    conn = await connected()
    sql = "SELECT id, name, price, added FROM items WHERE id = $1"
    statement = await conn.prepare(sql)
    for number in range(1, 4):
        expect((await statement.fetchrow(number))["id"], number)
    for number in range(1, 4):
        expect((await conn.fetchrow(sql, number))["id"], number)
    await conn.close()


async def batch():
    conn = await connected()
    await conn.executemany("INSERT INTO notes VALUES ($1, $2)", [(1, "a"), (2, "b"), (3, "c")])
    rows = await conn.fetchmany("INSERT INTO notes VALUES ($1, $2) RETURNING id, note", [(4, "d"), (5, None)])
    expect(len(rows), 2)
    await conn.close()


async def error():
    conn = await connected()
    try:
        async with conn.transaction():
            await conn.execute("INSERT INTO notes VALUES ($1, $2)", 1, "lost")
            await conn.fetchval("SELECT 1 / $1::int", 0)
    except asyncpg.DivisionByZeroError:
        expect(await conn.fetchval("SELECT count(*) FROM notes"), 0)
    await conn.close()


async def copy():
    conn = await connected()
    await conn.copy_to_table("notes", source=io.BytesIO(b"1\tone\n2\ttwo\n3\t\\N\n"))
    await conn.copy_records_to_table("notes", records=[(4, "four"), (5, None)])
    out = io.BytesIO()
    await conn.copy_from_table("notes", output=out)
    expect(out.getvalue().count(b"\n"), 5)
    await conn.copy_from_query("SELECT id, name FROM items WHERE id < $1", 4, output=io.BytesIO(), format="binary")
    await conn.close()


async def notify():
    conn = await connected()
    heard = asyncio.get_running_loop().create_future()
    await conn.add_listener("news", lambda *what: heard.set_result(what[3]))
    await conn.execute("NOTIFY news, 'hello'")
    expect(await heard, "hello")
    await conn.close()


async def cancel():
    conn = await connected()
    try:
        await conn.execute("SELECT pg_sleep(10)", timeout=0.3)
    except asyncio.TimeoutError:
        expect(await conn.fetchval("SELECT 1"), 1)
    await conn.close()


async def cursor():
    conn = await connected()
    async with conn.transaction():
        cursor = await conn.cursor("SELECT id, name, price FROM items WHERE id > $1 ORDER BY id", 0)
        expect([len(await cursor.fetch(6)) for _ in range(4)], [6, 6, 6, 2])
        count = 0
        async for _ in conn.cursor("SELECT id, name FROM items", prefetch=7):
            count += 1
        expect(count, 20)
    await conn.close()


async def types():
    conn = await connected()
    expect(len(await conn.fetch("SELECT * FROM kinds WHERE $1", True)), 2)
    await conn.close()


async def large():
    conn = await connected()
    expect(len(await conn.fetch("SELECT i, md5(i::text) FROM generate_series(1, $1) AS i", ROWS)), ROWS)
    await conn.close()


main(f"asyncpg {asyncpg.__version__}", globals())

const postgres = require("postgres");
const tasks = require("./tasks.js");
const { expect, fails, ROWS } = tasks;
const { Readable } = require("node:stream");
const { pipeline } = require("node:stream/promises");

const connected = async (work, options = {}) => {
    // Types are some hundred rows, which it asks for on connecting unless told not to.
    const sql = postgres({ max: 1, onnotice: () => {}, fetch_types: false, ...options });
    await work(sql);
    await sql.end();
};

tasks(tasks.versionOf("postgres"), {
    // It connects when it is first asked something.
    connect: () => connected((sql) => sql`SELECT 1`.simple(), { fetch_types: true }),
    scram: () => connected((sql) => sql`SELECT 1`),
    simple: () =>
        connected(async (sql) => {
            expect((await sql`SELECT id, name FROM items WHERE id <= 2`.simple()).length, 2);
            expect((await sql`SELECT 1 AS one; SELECT 2 AS two`.simple()).length, 2);
        }),
    parameters: () =>
        connected(async (sql) => {
            const rows = await sql`SELECT id, name, price FROM items WHERE id = ${2} OR name = ${"item 5"} ORDER BY id`;
            expect(rows.map((row) => row.id), [2, 5]);
        }),
    reuse: () =>
        connected(async (sql) => {
            for (let id = 1; id <= 6; id += 1) {
                expect((await sql`SELECT id, name, price, added FROM items WHERE id = ${id}`)[0].id, id);
            }
            expect((await sql.unsafe("SELECT id FROM items WHERE id = $1", [3])).length, 1);
            await sql`SELECT id, name FROM items WHERE id = ${1}`.describe();
        }),
    batch: () =>
        connected(async (sql) => {
            await Promise.all([1, 2, 3, 4].map((id) => sql`SELECT id, name FROM items WHERE id = ${id}`));
            await Promise.all([1, 2, 3].map((id) => sql`SELECT name FROM items WHERE id < ${id + 1} ORDER BY id DESC`));
            await sql`INSERT INTO notes ${sql([{ id: 1, note: "a" }, { id: 2, note: "b" }])} RETURNING id, note`;
            await sql.begin((sql) => [sql`SELECT 1 AS one`, sql`SELECT ${2}::int AS two`]);
        }),
    error: () =>
        connected(async (sql) => {
            await fails("22012", sql.begin(async (sql) => {
                await sql`INSERT INTO notes VALUES (${1}, ${"lost"})`;
                await sql`SELECT 1 / ${0}::int`;
            }));
            await fails("42601", sql`SELECT FROM WHERE`);
            expect((await sql`SELECT count(*)::int FROM notes`)[0].count, 0);
        }),
    copy: () =>
        connected(async (sql) => {
            await pipeline(Readable.from(["1\tone\n", "2\ttwo\n", "3\t\\N\n"]), await sql`COPY notes FROM STDIN`.writable());
            let text = "";
            for await (const part of await sql`COPY notes TO STDOUT`.readable()) text += part;
            expect(text, "1\tone\n2\ttwo\n3\t\\N\n");
        }),
    notify: () =>
        connected(async (sql) => {
            let hear;
            const heard = new Promise((resolve) => (hear = resolve));
            await sql.listen("news", hear);
            await sql.notify("news", "hello");
            expect(await heard, "hello");
        }),
    cancel: () =>
        connected(async (sql) => {
            const query = sql`SELECT pg_sleep(10)`;
            const failed = fails("57014", query);
            setTimeout(() => query.cancel(), 300);
            await failed;
            expect((await sql`SELECT 1 AS one`)[0].one, 1);
        }),
    cursor: () =>
        connected(async (sql) => {
            const counts = [];
            await sql`SELECT id, name, price FROM items WHERE id > ${0} ORDER BY id`.cursor(6, (rows) => {
                counts.push(rows.length);
            });
            expect(counts.filter((count) => count > 0), [6, 6, 6, 2]);
            await sql`SELECT id, name FROM items`.cursor(3, () => sql.CLOSE);
        }),
    types: () =>
        connected(async (sql) => {
            expect((await sql`SELECT * FROM kinds WHERE ${true}`).length, 2);
            expect((await sql`SELECT ${sql.array([1, 2])}::int[] AS list, ${sql.json({ a: 1 })}::jsonb AS json`).length, 1);
        }, { fetch_types: true }),
    large: () =>
        connected(async (sql) => {
            expect((await sql`SELECT i, md5(i::text) FROM generate_series(1, ${ROWS}::int) AS i`).length, ROWS);
        }),
});

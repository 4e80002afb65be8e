const tasks = require("./tasks.js");
const { createPool, sql } = require("slonik");
const { expect, ROWS } = tasks;

const connected = async (work) => {
    const { PGUSER, PGPASSWORD, PGHOST, PGPORT, PGDATABASE } = process.env;
    const pool = await createPool(`postgresql://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${PGDATABASE}`, { maximumPoolSize: 1 });
    await work(pool);
    await pool.end();
};

tasks(tasks.versionOf("slonik"), {
    connect: () => connected((pool) => pool.connect(async () => {})),
    scram: () => connected((pool) => pool.one(sql.unsafe`SELECT 1 AS one`)),
    parameters: () =>
        connected(async (pool) => {
            const rows = await pool.many(sql.unsafe`SELECT id, name, price FROM items WHERE id = ${2} OR name = ${"item 5"}`);
            expect(rows.length, 2);
        }),
    reuse: () =>
        connected(async (pool) => {
            for (let id = 1; id <= 4; id += 1) {
                const row = await pool.one(sql.unsafe`SELECT id, name, price, added FROM items WHERE id = ${id}`);
                expect(row.id, id);
            }
        }),
    batch: () =>
        connected(async (pool) => {
            const rows = [[1, "a"], [2, "b"]];
            await pool.query(sql.unsafe`INSERT INTO notes SELECT * FROM ${sql.unnest(rows, ["int4", "text"])}`);
        }),
    error: () =>
        connected(async (pool) => {
            const failed = pool.transaction((connection) => connection.query(sql.unsafe`SELECT 1 / ${0}::int`));
            expect(await failed.then(() => "went well", () => "failed"), "failed");
        }),
    types: () => connected(async (pool) => expect((await pool.many(sql.unsafe`SELECT * FROM kinds`)).length, 2)),
    large: () =>
        connected(async (pool) => {
            const rows = await pool.many(sql.unsafe`SELECT i, md5(i::text) FROM generate_series(1, ${ROWS}) AS i`);
            expect(rows.length, ROWS);
        }),
});

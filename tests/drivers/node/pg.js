const { Client } = require("pg");
const tasks = require("./tasks.js");
const { expect, fails, ROWS } = tasks;

const connected = async (work) => {
    const client = new Client();
    await client.connect();
    await work(client);
    await client.end();
};

tasks(tasks.versionOf("pg"), {
    connect: () => connected(async () => {}),
    scram: () => connected((client) => client.query("SELECT 1")),
    simple: () =>
        connected(async (client) => {
            const { rows } = await client.query("SELECT id, name FROM items WHERE id <= 2 ORDER BY id");
            expect(rows, [{ id: 1, name: "item 1" }, { id: 2, name: "item 2" }]);
            await client.query("SELECT 1 AS one; SELECT 2 AS two");
        }),
    parameters: () =>
        connected(async (client) => {
            const sql = "SELECT id, name, price FROM items WHERE id = $1 OR name = $2 ORDER BY id";
            const { rows } = await client.query(sql, [2, "item 5"]);
            expect(rows.map((row) => row.id), [2, 5]);
        }),
    reuse: () =>
        connected(async (client) => {
            for (const binary of [false, true]) {
                const name = binary ? "binary" : "text";
                const text = "SELECT id, name, price, added FROM items WHERE id = $1";
                for (let id = 1; id <= 4; id += 1) {
                    const { rows } = await client.query({ name, text, values: [id], binary });
                    expect(rows[0].id, id);
                }
            }
        }),
    batch: () =>
        connected(async (client) => {
            const ask = (id) => client.query("INSERT INTO notes VALUES ($1, $2) RETURNING id", [id, `note ${id}`]);
            await Promise.all([1, 2, 3, 4, 5].map(ask));
        }),
    error: () =>
        connected(async (client) => {
            await client.query("BEGIN");
            await client.query("INSERT INTO notes VALUES ($1, $2)", [1, "lost"]);
            await fails("22012", client.query("SELECT 1 / $1::int", [0]));
            await fails("25P02", client.query("SELECT 1"));
            await client.query("ROLLBACK");
            expect((await client.query("SELECT count(*)::int FROM notes")).rows, [{ count: 0 }]);
        }),
    notify: () =>
        connected(async (client) => {
            const heard = new Promise((resolve) => client.on("notification", resolve));
            await client.query("LISTEN news");
            await client.query("NOTIFY news, 'hello'");
            expect((await heard).payload, "hello");
        }),
    cursor: () =>
        connected(async (client) => {
            await client.query("BEGIN");
            await client.query("DECLARE portions CURSOR FOR SELECT id, name FROM items ORDER BY id");
            for (const count of [6, 6, 6, 2]) {
                expect((await client.query("FETCH 6 FROM portions")).rows.length, count);
            }
            await client.query("COMMIT");
        }),
    types: () =>
        connected(async (client) => {
            expect((await client.query("SELECT * FROM kinds WHERE $1", [true])).rows.length, 2);
            // Of other types its reader of the binary format does not come back.
            const text = "SELECT a_bool, an_int2, an_int4, a_float8, a_text, a_timestamptz FROM kinds WHERE $1";
            expect((await client.query({ text, values: [true], binary: true })).rows.length, 2);
        }),
    large: () =>
        connected(async (client) => {
            const { rows } = await client.query("SELECT i, md5(i::text) FROM generate_series(1, $1::int) AS i", [ROWS]);
            expect(rows.length, ROWS);
        }),
});

const { Client } = require("pg");
const Cursor = require("pg-cursor");
const QueryStream = require("pg-query-stream");
const tasks = require("./tasks.js");
const { expect, ROWS } = tasks;

const connected = async (work) => {
    const client = new Client();
    await client.connect();
    await work(client);
    await client.end();
};

const collected = async (stream) => {
    let count = 0;
    for await (const _ of stream) count += 1;
    return count;
};

tasks(`${tasks.versionOf("pg-cursor")}, ${tasks.versionOf("pg-query-stream")}`, {
    cursor: () =>
        connected(async (client) => {
            const cursor = client.query(new Cursor("SELECT id, name, price FROM items WHERE id > $1 ORDER BY id", [0]));
            for (const count of [6, 6, 6, 2]) {
                expect((await cursor.read(6)).length, count);
            }
            await cursor.close();
            const left = client.query(new Cursor("SELECT id FROM items"));
            expect((await left.read(3)).length, 3);
            await left.close();
        }),
    types: () =>
        connected(async (client) => {
            expect(await collected(client.query(new QueryStream("SELECT * FROM kinds", [], { batchSize: 1 }))), 2);
        }),
    large: () =>
        connected(async (client) => {
            const sql = "SELECT i, md5(i::text) FROM generate_series(1, $1::int) AS i";
            expect(await collected(client.query(new QueryStream(sql, [ROWS], { batchSize: 50 }))), ROWS);
        }),
});

const pgp = require("pg-promise")({ noWarnings: true });
const tasks = require("./tasks.js");
const { expect, fails, ROWS } = tasks;

const connected = async (work) => {
    const database = pgp({
        host: process.env.PGHOST,
        port: Number(process.env.PGPORT),
        user: process.env.PGUSER,
        password: process.env.PGPASSWORD,
        database: process.env.PGDATABASE,
        max: 1,
    });
    await work(database);
    await database.$pool.end();
};

tasks(tasks.versionOf("pg-promise"), {
    connect: () => connected(async (db) => (await db.connect()).done()),
    scram: () => connected((db) => db.one("SELECT 1 AS one")),
    simple: () =>
        connected(async (db) => {
            expect((await db.many("SELECT id, name FROM items WHERE id <= 2")).length, 2);
            expect((await db.multi("SELECT 1 AS one; SELECT 2 AS two")).length, 2);
        }),
    parameters: () =>
        connected(async (db) => {
            const query = new pgp.ParameterizedQuery({
                text: "SELECT id, name, price FROM items WHERE id = $1 OR name = $2",
                values: [2, "item 5"],
            });
            expect((await db.many(query)).length, 2);
        }),
    reuse: () =>
        connected(async (db) => {
            const text = "SELECT id, name, price, added FROM items WHERE id = $1";
            for (let id = 1; id <= 6; id += 1) {
                expect((await db.one(new pgp.PreparedStatement({ name: "item", text, values: [id] }))).id, id);
            }
        }),
    batch: () =>
        connected((db) =>
            db.tx((t) => t.batch([1, 2, 3].map((id) => t.none("INSERT INTO notes VALUES ($1, $2)", [id, `note ${id}`])))),
        ),
    error: () => connected((db) => fails("22012", db.tx((t) => t.one("SELECT 1 / 0 AS never")))),
    types: () => connected(async (db) => expect((await db.many("SELECT * FROM kinds")).length, 2)),
    large: () =>
        connected(async (db) => {
            const sql = "SELECT i, md5(i::text) FROM generate_series(1, $1) AS i";
            expect((await db.many(sql, [ROWS])).length, ROWS);
        }),
});

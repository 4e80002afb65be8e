// Drizzle on a driver: the first argument is its name.
const [driver] = process.argv.splice(2, 1);
const tasks = require("./tasks.js");
const { expect, ROWS } = tasks;
const { and, eq, gt, or, sql } = require("drizzle-orm");
const { integer, numeric, pgTable, text, timestamp } = require("drizzle-orm/pg-core");

const items = pgTable("items", {
    id: integer().primaryKey(),
    name: text().notNull(),
    price: numeric(),
    added: timestamp({ withTimezone: true }),
});
const notes = pgTable("notes", { id: integer(), note: text() });

const connected = async (work) => {
    if (driver === "postgres") {
        const client = require("postgres")({ max: 1, fetch_types: false });
        await work(require("drizzle-orm/postgres-js").drizzle({ client }));
        await client.end();
    } else {
        const client = new (require("pg").Client)();
        await client.connect();
        await work(require("drizzle-orm/node-postgres").drizzle({ client }));
        await client.end();
    }
};

tasks(`${tasks.versionOf("drizzle-orm")} on ${driver}`, {
    connect: () => connected((db) => db.execute(sql`SELECT 1`)),
    parameters: () =>
        connected(async (db) => {
            const found = await db.select().from(items).where(or(eq(items.id, 2), eq(items.name, "item 5")));
            expect(found.length, 2);
        }),
    reuse: () =>
        connected(async (db) => {
            const item = db.select().from(items).where(eq(items.id, sql.placeholder("id"))).prepare("item");
            for (let id = 1; id <= 4; id += 1) {
                expect((await item.execute({ id }))[0].id, id);
            }
        }),
    batch: () =>
        connected(async (db) => {
            const made = await db.insert(notes).values([{ id: 1, note: "a" }, { id: 2 }]).returning();
            expect(made.length, 2);
            await db.update(notes).set({ note: "b" }).where(and(gt(notes.id, 1), eq(notes.id, 2)));
        }),
    error: () =>
        connected(async (db) => {
            const failed = db.transaction(async (tx) => {
                await tx.insert(notes).values({ id: 1, note: "lost" });
                await tx.execute(sql`SELECT 1 / 0`);
            });
            expect(await failed.then(() => "went well", () => "failed"), "failed");
            expect((await db.select().from(notes)).length, 0);
        }),
    large: () =>
        connected(async (db) => {
            await db.execute(sql`SELECT i, md5(i::text) FROM generate_series(1, ${ROWS}::int) AS i`);
        }),
});

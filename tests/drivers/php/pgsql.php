<?php
// The extension pgsql.
$rows = (int) (getenv("ROWS") ?: 100);

function expect($found, $wanted) {
    if ($found !== $wanted) {
        throw new Exception(json_encode($found) . " instead of " . json_encode($wanted));
    }
}

$tasks = [
    "connect" => function ($db) {},
    "scram" => fn ($db) => pg_query($db, "SELECT 1"),
    "simple" => function ($db) {
        expect(pg_num_rows(pg_query($db, "SELECT id, name FROM items WHERE id <= 2")), 2);
        pg_query($db, "SELECT 1 AS one; SELECT 2 AS two");
    },
    "parameters" => function ($db) {
        $sql = 'SELECT id, name, price FROM items WHERE id = $1 OR name = $2';
        expect(pg_num_rows(pg_query_params($db, $sql, [2, "item 5"])), 2);
    },
    "reuse" => function ($db) {
        pg_prepare($db, "item", 'SELECT id, name, price, added FROM items WHERE id = $1');
        foreach ([1, 2, 3, 4] as $id) {
            expect(pg_num_rows(pg_execute($db, "item", [$id])), 1);
        }
    },
    "error" => function ($db) {
        pg_query($db, "BEGIN");
        pg_query_params($db, 'INSERT INTO notes VALUES ($1, $2)', [1, "lost"]);
        expect(@pg_query_params($db, 'SELECT 1 / $1::int', [0]), false);
        expect(@pg_query($db, "SELECT 1"), false);
        pg_query($db, "ROLLBACK");
        expect(pg_fetch_result(pg_query($db, "SELECT count(*) FROM notes"), 0, 0), "0");
    },
    "copy" => function ($db) {
        expect(pg_copy_from($db, "notes", ["1\tone\n", "2\ttwo\n", "3\t\\N\n"]), true);
        expect(count(pg_copy_to($db, "notes")), 3);
    },
    "notify" => function ($db) {
        pg_query($db, "LISTEN news");
        pg_query($db, "NOTIFY news, 'hello'");
        expect(pg_get_notify($db)["payload"], "hello");
    },
    "cancel" => function ($db) {
        pg_send_query($db, "SELECT pg_sleep(10)");
        usleep(300000);
        expect(pg_cancel_query($db), true);
        expect(pg_num_rows(pg_query($db, "SELECT 1")), 1);
    },
    "cursor" => function ($db) {
        pg_query($db, "BEGIN");
        pg_query($db, "DECLARE portions CURSOR FOR SELECT id, name, price FROM items ORDER BY id");
        foreach ([6, 6, 6, 2] as $count) {
            expect(pg_num_rows(pg_query($db, "FETCH 6 FROM portions")), $count);
        }
        pg_query($db, "COMMIT");
    },
    "types" => fn ($db) => expect(pg_num_rows(pg_query_params($db, 'SELECT * FROM kinds WHERE $1', ["t"])), 2),
    "large" => function ($db) use ($rows) {
        $sql = 'SELECT i, md5(i::text) FROM generate_series(1, $1) AS i';
        expect(pg_num_rows(pg_query_params($db, $sql, [$rows])), $rows);
    },
];

$task = $argv[1];
if ($task === "version") {
    echo "pgsql of PHP ", PHP_VERSION, ", libpq ", PGSQL_LIBPQ_VERSION, "\n";
} elseif (!isset($tasks[$task])) {
    exit(77);
} else {
    $db = pg_connect("");
    $tasks[$task]($db);
    pg_close($db);
}

<?php
// PDO with its driver pdo_pgsql.
$rows = (int) (getenv("ROWS") ?: 100);

function expect($found, $wanted) {
    if ($found !== $wanted) {
        throw new Exception(json_encode($found) . " instead of " . json_encode($wanted));
    }
}

function asked($db, $sql, $values = []) {
    $statement = $db->prepare($sql);
    $statement->execute($values);
    return count($statement->fetchAll());
}

function fails($state, $work) {
    try {
        $work();
    } catch (PDOException $error) {
        return expect($error->getCode(), $state);
    }
    throw new Exception("$state was expected");
}

$tasks = [
    "connect" => function ($db) {},
    "scram" => fn ($db) => $db->query("SELECT 1"),
    "simple" => fn ($db) => expect(count($db->query("SELECT id, name FROM items WHERE id <= 2")->fetchAll()), 2),
    "parameters" => fn ($db) => expect(asked($db, "SELECT id, name, price FROM items WHERE id = ? OR name = ?", [2, "item 5"]), 2),
    "reuse" => function ($db) {
        $statement = $db->prepare("SELECT id, name, price, added FROM items WHERE id = :id");
        foreach ([1, 2, 3, 4] as $id) {
            $statement->execute(["id" => $id]);
            expect(count($statement->fetchAll()), 1);
        }
    },
    "error" => function ($db) {
        $db->beginTransaction();
        fails("22012", fn () => asked($db, "SELECT 1 / ?::int", [0]));
        fails("25P02", fn () => asked($db, "SELECT 1"));
        $db->rollBack();
        expect(asked($db, "SELECT * FROM notes"), 0);
    },
    "copy" => function ($db) {
        expect($db->pgsqlCopyFromArray("notes", ["1\tone\n", "2\ttwo\n"]), true);
        expect(count($db->pgsqlCopyToArray("notes")), 2);
    },
    "notify" => function ($db) {
        $db->query("LISTEN news");
        $db->query("NOTIFY news, 'hello'");
        expect($db->pgsqlGetNotify(PDO::FETCH_ASSOC, 2000)["payload"], "hello");
    },
    "cursor" => function ($db) {
        $db->beginTransaction();
        $statement = $db->prepare("SELECT id, name, price FROM items WHERE id > ?", [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
        $statement->execute([0]);
        expect(count($statement->fetchAll()), 20);
        $db->commit();
    },
    "types" => fn ($db) => expect(asked($db, "SELECT * FROM kinds WHERE ?", ["t"]), 2),
    "large" => fn ($db) => expect(asked($db, "SELECT i, md5(i::text) FROM generate_series(1, ?) AS i", [$rows]), $rows),
];

$task = $argv[1];
if ($task === "version") {
    echo "pdo_pgsql of PHP ", phpversion("pdo_pgsql"), "\n";
} elseif (!isset($tasks[$task])) {
    exit(77);
} else {
    $place = "pgsql:host=" . getenv("PGHOST") . ";port=" . getenv("PGPORT") . ";dbname=" . getenv("PGDATABASE");
    $db = new PDO($place, getenv("PGUSER"), getenv("PGPASSWORD"));
    $tasks[$task]($db);
}

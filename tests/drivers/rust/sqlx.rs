//! The driver sqlx.

mod tasks;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolCopyExt, PgPoolOptions};
use sqlx::{Connection, Error, Executor, Row};

const ITEM: &str = "SELECT id, name, price, added FROM items WHERE id = $1";

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (task, rows) = tasks::asked("sqlx 0.8");
    let options = PgConnectOptions::new();
    match task.as_str() {
        "notify" => return notify(options).await,
        "copy" => return copy(options).await,
        _ => {}
    }
    let mut connection = PgConnection::connect_with(&options).await?;
    run(&task, rows, &mut connection).await?;
    connection.close().await
}

async fn run(task: &str, rows: i32, connection: &mut PgConnection) -> Result<(), Error> {
    match task {
        "connect" => connection.ping().await?,
        "scram" => drop(sqlx::query("SELECT 1").fetch_one(connection).await?),
        "simple" => {
            assert_eq!(connection.fetch_all("SELECT id, name FROM items WHERE id <= 2").await?.len(), 2);
            assert_eq!(connection.fetch_all(sqlx::raw_sql("SELECT 1 AS one; SELECT 2 AS two")).await?.len(), 2);
        }
        "parameters" => {
            let sql = "SELECT id, name, price FROM items WHERE id = $1 OR name = $2";
            assert_eq!(sqlx::query(sql).bind(2).bind("item 5").fetch_all(connection).await?.len(), 2);
        }
        "reuse" => {
            for id in 1..=4 {
                let row = sqlx::query(ITEM).bind(id).fetch_one(&mut *connection).await?;
                assert_eq!(row.get::<i32, _>(0), id);
            }
            let once = sqlx::query(ITEM).bind(5).persistent(false);
            assert_eq!(once.fetch_all(&mut *connection).await?.len(), 1);
            assert_eq!(sqlx::query(ITEM).bind(6).fetch_all(connection).await?.len(), 1);
        }
        "error" => {
            let mut transaction = connection.begin().await?;
            sqlx::query("INSERT INTO notes VALUES ($1, $2)").bind(1).bind("lost").execute(&mut *transaction).await?;
            for code in ["22012", "25P02"] {
                let failed = sqlx::query("SELECT 1 / $1::int").bind(0).fetch_all(&mut *transaction).await;
                let failed = failed.expect_err("an error");
                assert_eq!(failed.as_database_error().and_then(|error| error.code()).as_deref(), Some(code));
            }
            transaction.rollback().await?;
            assert_eq!(sqlx::query("SELECT * FROM notes").fetch_all(connection).await?.len(), 0);
        }
        "cursor" => {
            let mut transaction = connection.begin().await?;
            transaction.execute("DECLARE portions CURSOR FOR SELECT id, name, price FROM items ORDER BY id").await?;
            for wanted in [6, 6, 6, 2] {
                assert_eq!(sqlx::query("FETCH 6 FROM portions").fetch_all(&mut *transaction).await?.len(), wanted);
            }
            transaction.commit().await?;
        }
        "types" => assert_eq!(sqlx::query("SELECT * FROM kinds WHERE $1").bind(true).fetch_all(connection).await?.len(), 2),
        "large" => {
            let mut found = sqlx::query("SELECT i, md5(i::text) FROM generate_series(1, $1) AS i").bind(rows).fetch(connection);
            let mut count = 0;
            while found.try_next().await?.is_some() {
                count += 1;
            }
            assert_eq!(count, rows);
        }
        _ => tasks::not_offered(),
    }
    Ok(())
}

async fn notify(options: PgConnectOptions) -> Result<(), Error> {
    let pool = PgPoolOptions::new().max_connections(2).connect_with(options).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen("news").await?;
    sqlx::query("SELECT pg_notify($1, $2)").bind("news").bind("hello").execute(&pool).await?;
    assert_eq!(listener.recv().await?.payload(), "hello");
    drop(listener);
    pool.close().await;
    Ok(())
}

async fn copy(options: PgConnectOptions) -> Result<(), Error> {
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
    let mut writing = pool.copy_in_raw("COPY notes FROM STDIN").await?;
    writing.send("1\tone\n2\ttwo\n3\t\\N\n".as_bytes()).await?;
    assert_eq!(writing.finish().await?, 3);
    let parts: Vec<_> = pool.copy_out_raw("COPY notes TO STDOUT").await?.try_collect().await?;
    assert_eq!(parts.len(), 3);
    pool.close().await;
    Ok(())
}

//! The driver tokio-postgres.

mod tasks;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt, TryStreamExt, future, pin_mut};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, Error, NoTls, SimpleQueryMessage};

const ITEM: &str = "SELECT id, name, price::float8, added::text FROM items WHERE id = $1";

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (task, rows) = tasks::asked("tokio-postgres 0.7");
    let mut config = tokio_postgres::Config::new();
    config.host(env("PGHOST")).port(env("PGPORT").parse().expect("a port")).dbname(env("PGDATABASE"));
    config.user(env("PGUSER")).password(env("PGPASSWORD"));
    let (mut client, mut connection) = config.connect(NoTls).await?;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let running = tokio::spawn(async move {
        let mut messages = futures_util::stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notification(heard) = message {
                let _ = tell.send(heard.payload().to_owned());
            }
        }
    });
    match task.as_str() {
        "notify" => {
            client.batch_execute("LISTEN news").await?;
            client.batch_execute("NOTIFY news, 'hello'").await?;
            assert_eq!(told.recv().await.as_deref(), Some("hello"));
        }
        _ => run(&task, rows, &mut client).await?,
    }
    drop(client);
    let _ = running.await;
    Ok(())
}

fn count(messages: &[SimpleQueryMessage]) -> usize {
    messages.iter().filter(|message| matches!(message, SimpleQueryMessage::Row(_))).count()
}

async fn run(task: &str, rows: i32, client: &mut Client) -> Result<(), Error> {
    match task {
        "connect" => {}
        "scram" => drop(client.query_one("SELECT 1", &[]).await?),
        "simple" => {
            assert_eq!(count(&client.simple_query("SELECT id, name FROM items WHERE id <= 2").await?), 2);
            assert_eq!(count(&client.simple_query("SELECT 1 AS one; SELECT 2 AS two").await?), 2);
        }
        "parameters" => {
            let sql = "SELECT id, name, price::text FROM items WHERE id = $1 OR name = $2";
            assert_eq!(client.query(sql, &[&2, &"item 5"]).await?.len(), 2);
            let typed = client.query_typed("SELECT id, name FROM items WHERE id = $1", &[(&3, Type::INT4)]).await?;
            assert_eq!(typed.len(), 1);
        }
        "reuse" => {
            let statement = client.prepare(ITEM).await?;
            for id in 1..=4 {
                assert_eq!(client.query_one(&statement, &[&id]).await?.get::<_, i32>(0), id);
            }
        }
        "batch" => {
            let (item, note) =
                future::try_join(client.prepare(ITEM), client.prepare("INSERT INTO notes VALUES ($1, $2) RETURNING id"))
                    .await?;
            let (first, second, third, fourth) = future::try_join4(
                client.query(&item, &[&1]),
                client.query(&note, &[&1, &"one"]),
                client.query(&item, &[&2]),
                client.query(&note, &[&2, &None::<String>]),
            )
            .await?;
            assert_eq!(first.len() + second.len() + third.len() + fourth.len(), 4);
        }
        "error" => error(client).await?,
        "copy" => copy(client).await?,
        "cancel" => cancel(client).await?,
        "cursor" => {
            let transaction = client.transaction().await?;
            let sql = "SELECT id, name, price::text FROM items WHERE id > $1 ORDER BY id";
            let portal = transaction.bind(sql, &[&0]).await?;
            for wanted in [6, 6, 6, 2] {
                assert_eq!(transaction.query_portal(&portal, 6).await?.len(), wanted);
            }
            transaction.commit().await?;
        }
        "types" => assert_eq!(client.query("SELECT * FROM kinds WHERE $1", &[&true]).await?.len(), 2),
        "large" => {
            let sql = "SELECT i, md5(i::text) FROM generate_series(1, $1) AS i";
            assert_eq!(client.query(sql, &[&rows]).await?.len(), rows as usize);
        }
        _ => tasks::not_offered(),
    }
    Ok(())
}

async fn error(client: &mut Client) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    transaction.execute("INSERT INTO notes VALUES ($1, $2)", &[&1, &"lost"]).await?;
    let failed = transaction.query("SELECT 1 / $1::int", &[&0]).await.expect_err("an error");
    assert_eq!(failed.code(), Some(&SqlState::DIVISION_BY_ZERO));
    let failed = transaction.query("SELECT 1", &[]).await.expect_err("an error");
    assert_eq!(failed.code(), Some(&SqlState::IN_FAILED_SQL_TRANSACTION));
    transaction.rollback().await?;
    assert_eq!(client.query("SELECT * FROM notes", &[]).await?.len(), 0);
    Ok(())
}

async fn copy(client: &Client) -> Result<(), Error> {
    let sink = client.copy_in("COPY notes FROM STDIN").await?;
    pin_mut!(sink);
    for row in ["1\tone\n", "2\ttwo\n", "3\t\\N\n"] {
        sink.send(bytes::Bytes::from_static(row.as_bytes())).await?;
    }
    assert_eq!(sink.finish().await?, 3);
    let sink = client.copy_in("COPY notes FROM STDIN BINARY").await?;
    let writer = BinaryCopyInWriter::new(sink, &[Type::INT4, Type::TEXT]);
    pin_mut!(writer);
    writer.as_mut().write(&[&4, &"four"]).await?;
    assert_eq!(writer.finish().await?, 1);
    let parts: Vec<_> = client.copy_out("COPY notes TO STDOUT").await?.try_collect().await?;
    assert_eq!(parts.len(), 4);
    Ok(())
}

async fn cancel(client: &Client) -> Result<(), Error> {
    let token = client.cancel_token();
    let later = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        token.cancel_query(NoTls).await
    };
    let (slept, cancelled) = future::join(client.query("SELECT pg_sleep(10)", &[]), later).await;
    cancelled?;
    assert_eq!(slept.expect_err("it was cancelled").code(), Some(&SqlState::QUERY_CANCELED));
    client.query_one("SELECT 1", &[]).await?;
    Ok(())
}

//! The driver of diesel, on libpq.

mod tasks;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

diesel::table! {
    items (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    notes (id) {
        id -> Integer,
        note -> Nullable<Text>,
    }
}

#[derive(QueryableByName)]
struct Series {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    i: i32,
}

fn main() {
    let (task, rows) = tasks::asked("diesel 2");
    let mut connection = PgConnection::establish("postgresql://").expect("a connection");
    run(&task, rows, &mut connection).expect("no error");
}

fn run(task: &str, rows: i32, connection: &mut PgConnection) -> Result<(), Error> {
    match task {
        "connect" => {}
        "scram" => connection.batch_execute("SELECT 1")?,
        "simple" => connection.batch_execute("SELECT 1 AS one; SELECT 2 AS two")?,
        "parameters" => {
            let wanted = items::id.eq(2).or(items::name.eq("item 5"));
            let found: Vec<(i32, String)> = items::table.filter(wanted).load(connection)?;
            assert_eq!(found.len(), 2);
        }
        "reuse" => {
            for id in 1..=4 {
                let found: (i32, String) = items::table.find(id).first(connection)?;
                assert_eq!(found.0, id);
            }
        }
        "batch" => {
            let rows: Vec<_> = (1..=3).map(|id| (notes::id.eq(id), notes::note.eq(Some("note")))).collect();
            let made: Vec<i32> =
                diesel::insert_into(notes::table).values(&rows).returning(notes::id).get_results(connection)?;
            assert_eq!(made, [1, 2, 3]);
        }
        "error" => {
            let failed = connection.transaction(|connection| {
                diesel::insert_into(notes::table).values(notes::id.eq(1)).execute(connection)?;
                diesel::sql_query("INSERT INTO items VALUES (1, 'again')").execute(connection)
            });
            assert!(matches!(failed, Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))));
            assert_eq!(notes::table.count().get_result::<i64>(connection)?, 0);
        }
        "copy" => {
            let rows: Vec<_> = (1..=3).map(|id| (notes::id.eq(id), notes::note.eq("note"))).collect();
            let copied = diesel::copy_from(notes::table).from_insertable(&rows).execute(connection)?;
            assert_eq!(copied, 3);
        }
        "large" => {
            let sql = "SELECT i, md5(i::text) FROM generate_series(1, $1) AS i";
            let found = diesel::sql_query(sql).bind::<diesel::sql_types::Integer, _>(rows);
            let found: Vec<Series> = found.load(connection)?;
            assert_eq!(found.last().map(|row| row.i), Some(rows));
        }
        _ => tasks::not_offered(),
    }
    Ok(())
}

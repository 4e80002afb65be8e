//! A simulated server that knows what the recorded one did, and how its answers are read.

use pgscope_proto::Direction;
use pgscope_proto::frame::{Header, Shape, header};
use pgscope_sim::{Answer, Asks, Column, Does, Edition, Encryption, Function, Report, Role, Type, World};

pub(crate) fn column(name: &str, of: &str) -> Column {
    Column { name: name.to_owned(), of: Type::named(of).expect(of), origin: None }
}

pub(crate) fn rows(sql: &str, columns: &[(&str, &str)], rows: &[&[&str]]) -> Answer {
    let columns = columns.iter().map(|(name, of)| column(name, of)).collect();
    let rows = rows.iter().map(|row| row.iter().map(|value| Some((*value).to_owned())).collect()).collect();
    Answer::new(sql, Does::Rows { columns, rows, tag: None })
}

pub(crate) fn failing(sql: &str, code: &str, message: &str) -> Answer {
    Answer::new(sql, Does::Error(Report::error(code, message)))
}

fn role(name: &str, asks: Asks) -> Role {
    Role { name: name.to_owned(), password: Some("secret".to_owned()), asks, superuser: name == "postgres" }
}

/// The server of the recordings.
pub(crate) fn recorded(edition: Edition, tls: Encryption) -> World {
    let int4 = Type::named("int4").expect("known");
    let copy = |sql: &str, form| {
        let columns = vec![column("id", "int4")];
        Answer::new(sql, Does::CopyIn { table: "copy_t".to_owned(), columns, form })
    };
    let with_parameter = |sql: &str| {
        let answer = rows(sql, &[("int4", "int4")], &[&["$1"]]);
        Answer { parameters: vec![int4], ..answer }
    };
    World {
        edition,
        tls,
        gss: if edition == Edition::Fifteen { Encryption::Accepted } else { Encryption::Refused },
        roles: vec![
            role("postgres", Asks::Trust),
            role("u_clear", Asks::Clear),
            role("u_md5", Asks::Md5),
            role("u_scram", Asks::Scram),
        ],
        databases: vec!["cap".to_owned(), "postgres".to_owned()],
        answers: vec![
            rows("SELECT 1", &[("?column?", "int4")], &[&["1"]]),
            rows("SELECT 2", &[("?column?", "int4")], &[&["2"]]),
            rows("SELECT 'after'", &[("?column?", "text")], &[&["after"]]),
            rows("SELECT g FROM generate_series(1, 5) g", &[("g", "int4")], &[&["1"], &["2"], &["3"], &["4"], &["5"]]),
            with_parameter("SELECT $1::int"),
            with_parameter("SELECT $1::int4"),
            Answer {
                parameters: vec![int4, int4],
                ..rows("SELECT $1::int,$2::int", &[("int4", "int4"), ("int4", "int4")], &[&["$1", "$2"]])
            },
            failing("SELECT 1/0", "22012", "division by zero"),
            failing("SELEC 1", "42601", "syntax error at or near \"SELEC\""),
            failing("SELECT * FROM nosuch", "42P01", "relation \"nosuch\" does not exist"),
            copy("COPY copy_t(id) FROM STDIN", Default::default()),
            copy("COPY copy_t(id) FROM STDIN BINARY", pgscope_sim::CopyForm::Binary),
            copy("COPY copy_t(id) FROM STDIN CSV", pgscope_sim::CopyForm::Csv),
        ],
        functions: vec![Function {
            oid: 177,
            arguments: vec![int4, int4],
            result: int4,
            results: vec![(vec![Some("1".to_owned()), Some("2".to_owned())], Some("3".to_owned()))],
        }],
        ..World::default()
    }
}

/// One message of a server: its tag, and for errors and notices severity, SQLSTATE and text; for ReadyForQuery its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) tag: String,
    pub(crate) report: Option<(String, String, String)>,
    pub(crate) status: Option<char>,
}

/// What a server said, message by message. `replies` one-byte answers come first.
pub(crate) fn said(mut bytes: &[u8], replies: usize) -> Vec<Said> {
    let mut messages = Vec::new();
    for byte in bytes.iter().take(replies) {
        messages.push(Said { tag: format!("byte:{}", char::from(*byte)), report: None, status: None });
    }
    bytes = bytes.get(replies..).unwrap_or_default();
    while let Header::Length(length) = header(Shape::Tagged, Direction::Backend, bytes) {
        let Some(message) = bytes.get(..length) else { break };
        let tag = char::from(message[0]);
        let field = |letter| {
            let text = pgscope_proto::read::error_field(message, letter).unwrap_or_default();
            String::from_utf8_lossy(text).into_owned()
        };
        let report = matches!(tag, 'E' | 'N').then(|| (field(b'V'), field(b'C'), field(b'M')));
        let status = (tag == 'Z').then(|| char::from(message[5]));
        messages.push(Said { tag: tag.to_string(), report, status });
        bytes = &bytes[length..];
    }
    if !bytes.is_empty() {
        messages.push(Said { tag: format!("rest:{}", bytes.len()), report: None, status: None });
    }
    messages
}

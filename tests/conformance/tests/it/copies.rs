//! Columns of COPY in text and CSV, held against the rows that real servers give for the same data.

use pgscope_proto::{Direction, Exchange, Reads, Stream, Tree};
use pgscope_sim::{Edition, Random};
use pgscope_view::Indexed;
use pgscope_view::print::json::{self, Field, Value};

use crate::postgres::Postgres;
use crate::socket::{Messages, message};

/// Values that have to be escaped in one form or another; none is NULL.
const VALUES: &[Option<&str>] = &[
    None,
    Some(""),
    Some("plain"),
    Some("a\tb,c;d|e"),
    Some("two\nlines\r\nand\rmore"),
    Some("back\\slash \\N \\. \\t"),
    Some("\\N"),
    Some("\\."),
    Some("say \"it\" 'so'"),
    Some("\"\""),
    Some("''"),
    Some("nil"),
    Some("Ünï – 漢字 🐘"),
    Some("\u{1}\u{8}\u{b}\u{c}\u{7f}"),
    Some(" spaces "),
];

/// Options that PostgreSQL 15 and 18 have. What stands for NULL in the text format is none of the values: the server would not tell them apart either.
const OPTIONS: &[&str] = &[
    "",
    "(DELIMITER '|', NULL 'nihil')",
    "(DELIMITER E'\\x01')",
    "WITH DELIMITER AS ';' NULL AS '-'",
    "(FORMAT csv)",
    "(FORMAT csv, HEADER, DELIMITER ';', NULL 'nil')",
    "(FORMAT csv, QUOTE '''', ESCAPE '\\')",
    "(FORMAT csv, FORCE_QUOTE *, DELIMITER E'\\t')",
    "CSV HEADER QUOTE AS '|' ESCAPE '\\'",
    "(HEADER true)",
];

fn query(sql: &str) -> Vec<u8> {
    message(b'Q', &[sql.as_bytes(), b"\0"].concat())
}

/// A connection whose two directions are kept.
struct Recorded {
    messages: Messages,
    exchange: Exchange,
}

impl Recorded {
    fn new(port: u16) -> Self {
        let mut recorded = Self { messages: Messages::new(port), exchange: Exchange::default() };
        recorded.say(Messages::BEGIN);
        recorded.until(b'Z');
        recorded
    }

    fn say(&mut self, bytes: &[u8]) {
        self.messages.say(bytes);
        self.exchange.push(Direction::Frontend, &Stream::raw(bytes.to_vec()), None);
    }

    /// Reads messages up to one of this type.
    fn until(&mut self, tag: u8) {
        loop {
            let said = self.messages.hear();
            let (is_it, is_error) = (said[0] == tag, said[0] == b'E');
            assert!(!is_error, "{}", String::from_utf8_lossy(&said));
            self.exchange.push(Direction::Backend, &Stream::raw(said), None);
            if is_it {
                return;
            }
        }
    }

    fn ask(&mut self, sql: &str) {
        self.say(&query(sql));
        self.until(b'Z');
    }
}

type Row = Vec<Option<String>>;

/// The rows of all DataRows behind message `from`.
fn rows(indexed: &Indexed, from: usize) -> Vec<Row> {
    let mut tree = Tree::new();
    let mut rows = Vec::new();
    for number in from..indexed.index.len() {
        let (entry, _) = indexed.open(number, &mut tree).expect("it is there");
        if entry.message.name() != "DataRow" {
            continue;
        }
        let bytes = indexed.bytes(&entry);
        let list = tree.find("columns").expect("columns");
        let value = |column: usize| match tree.reads(column, bytes) {
            Reads::Null => None,
            _ => match tree.reads(tree.children(column).nth(1).expect("a value"), bytes) {
                Reads::Text(text) => Some(text.to_owned()),
                other => panic!("{other:?}"),
            },
        };
        rows.push(tree.children(list).skip(1).map(value).collect());
    }
    rows
}

/// Fields of a CopyData with this id.
fn fields<'a>(all: &'a [Field], id: &str, found: &mut Vec<&'a Field>) {
    for field in all {
        if field.id == id {
            found.push(field);
        }
        fields(&field.children, id, found);
    }
}

/// The rows of all CopyData behind message `from`, as they are printed: names and values.
fn copied(indexed: &Indexed, from: usize, direction: &str) -> (Vec<Row>, Vec<Vec<Option<String>>>) {
    let (mut rows, mut names): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
    let (mut is_row_open, mut is_column_open) = (false, false);
    let mut tree = Tree::new();
    for number in from..indexed.index.len() {
        let (entry, problems) = indexed.open(number, &mut tree).expect("it is there");
        let bad: Vec<_> = problems.iter().map(|problem| (problem.rule, &problem.message)).collect();
        assert!(bad.is_empty(), "{bad:?}");
        let message = json::message(indexed, &entry, &tree, problems);
        if message.name != "CopyData" || message.direction != direction {
            continue;
        }
        let mut lines = Vec::new();
        fields(&message.fields, "copydata.data.line", &mut lines);
        for line in lines {
            if !is_row_open {
                rows.push(Vec::new());
                names.push(Vec::new());
            }
            is_row_open = true;
            for part in &line.children {
                match part.id.rsplit('.').next().expect("a path") {
                    "column" => {
                        let value = match &part.told.value {
                            Value::Null => None,
                            Value::Text(text) => Some(text.clone()),
                            other => panic!("{other:?}"),
                        };
                        let row = rows.last_mut().expect("a row");
                        if is_column_open {
                            assert_eq!(row.last(), Some(&value), "the whole value stands in each piece");
                        } else {
                            row.push(value);
                            names.last_mut().expect("a row").push(part.told.column.clone());
                        }
                        is_column_open = true;
                    }
                    "delimiter" => is_column_open = false,
                    "end" => (is_row_open, is_column_open) = (false, false),
                    other => panic!("{other}"),
                }
            }
        }
    }
    (rows, names)
}

fn literal(value: &Option<&str>) -> String {
    value.map_or("NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

/// All data of the server's CopyData behind message `from`.
fn data(indexed: &Indexed, from: usize) -> Vec<u8> {
    let entries = (from..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
    entries
        .filter(|entry| entry.message.name() == "CopyData")
        .flat_map(|entry| indexed.bytes(&entry)[5..].to_vec())
        .collect()
}

fn check(edition: Edition) {
    let Some(server) = Postgres::start(edition) else { return };
    let mut connection = Recorded::new(server.port);
    connection.ask("CREATE TABLE t (n serial, a text, b text); CREATE TABLE u (n int, a text, b text)");
    let pairs: Vec<String> = (0..VALUES.len())
        .map(|at| format!("({}, {})", literal(&VALUES[at]), literal(&VALUES[(at * 7 + 3) % VALUES.len()])))
        .collect();
    connection.ask(&format!("INSERT INTO t (a, b) VALUES {}", pairs.join(", ")));
    let mut random = Random::seeded(7);
    let mut compared = 0;
    let begins = connection.exchange.clone();
    for options in OPTIONS {
        connection.exchange = begins.clone();
        connection.ask("SELECT n, a, b FROM t ORDER BY n");
        connection.ask(&format!("COPY t (n, a, b) TO STDOUT {options}"));
        let out = Indexed::new(connection.exchange.clone());
        let expected = rows(&out, 0);
        let (mut told, names) = copied(&out, 0, "backend");
        if options.contains("HEADER") {
            assert_eq!(told.remove(0).concat_names(), "n a b", "{options}");
        }
        assert_eq!(told, expected, "{options}");
        let last = names.last().expect("a row").clone();
        assert_eq!(last.concat_names(), "n a b", "{options}");

        // The same data to the server, cut anywhere.
        let mut rest = data(&out, 0);
        connection.exchange = begins.clone();
        connection.ask("TRUNCATE u");
        connection.say(&query(&format!("COPY u FROM STDIN {}", options.replace("FORCE_QUOTE *, ", ""))));
        connection.until(b'G');
        while !rest.is_empty() {
            let behind = rest.split_off((1 + (random.number() % 9) as usize).min(rest.len()));
            connection.say(&message(b'd', &rest));
            rest = behind;
        }
        connection.say(&message(b'c', b""));
        connection.until(b'Z');
        connection.ask("SELECT n, a, b FROM u ORDER BY n");
        let into = Indexed::new(connection.exchange.clone());
        let expected = rows(&into, 0);
        assert_eq!(expected.len(), VALUES.len());
        let (mut told, _) = copied(&into, 0, "frontend");
        if options.contains("HEADER") {
            told.remove(0);
        }
        assert_eq!(told, expected, "{options}");
        compared += told.len();
    }
    assert_eq!(compared, OPTIONS.len() * VALUES.len());
}

trait Names {
    fn concat_names(&self) -> String;
}

impl Names for Row {
    fn concat_names(&self) -> String {
        self.iter().map(|name| name.as_deref().unwrap_or("?")).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn columns_are_what_postgresql_15_gives_and_takes() {
    check(Edition::Fifteen);
}

#[test]
fn columns_are_what_postgresql_18_gives_and_takes() {
    check(Edition::Eighteen);
}

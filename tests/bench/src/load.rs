//! Generated streams of a backend, the same at every run. Each is larger than the caches of most machines: what is read was not
//! read a moment ago.

use pgscope_proto::messages::{asynchronous, errors, extended_query, simple_query};

/// A stream, and what is in it.
#[derive(Debug)]
pub struct Load {
    /// One word for it.
    pub name: &'static str,
    /// The bytes that a backend sent.
    pub bytes: Vec<u8>,
    /// How many messages they are.
    pub messages: usize,
}

impl Load {
    /// Rounds of messages until there are enough bytes.
    fn filled(name: &'static str, mut round: impl FnMut(&mut Load, usize)) -> Self {
        let mut load = Self { name, bytes: Vec::with_capacity(SIZE + SIZE / 64), messages: 0 };
        for number in 0.. {
            if load.bytes.len() >= SIZE {
                break;
            }
            round(&mut load, number);
        }
        load
    }

    fn push(&mut self, message: &[u8]) {
        self.bytes.extend_from_slice(message);
        self.messages += 1;
    }

    /// A row of these columns; what is not there is NULL.
    fn push_row(&mut self, columns: &[Option<&[u8]>]) {
        let length = 4 + 2 + columns.iter().map(|column| 4 + column.map_or(0, <[u8]>::len)).sum::<usize>();
        self.bytes.push(b'D');
        self.bytes.extend_from_slice(&(length as u32).to_be_bytes());
        self.bytes.extend_from_slice(&(columns.len() as u16).to_be_bytes());
        for column in columns {
            let length = column.map_or(u32::MAX, |column| column.len() as u32);
            self.bytes.extend_from_slice(&length.to_be_bytes());
            self.bytes.extend_from_slice(column.unwrap_or_default());
        }
        self.messages += 1;
    }

    /// Megabytes, as disks and networks count them.
    pub fn megabytes(&self) -> f64 {
        self.bytes.len() as f64 / 1e6
    }
}

/// How many bytes a stream has, and few more.
const SIZE: usize = 48 << 20;
/// Of how many mixed queries one fails.
const FAILS: usize = 20;

/// All streams, one at a time: together they take more memory than a page may have.
pub const ALL: [fn() -> Load; 4] = [tiny, mixed, rows, large];

/// Messages of a few bytes: what a prepared statement that gives one number is answered with.
fn tiny() -> Load {
    Load::filled("tiny", |load, number| {
        load.push(extended_query::PARSE_COMPLETE.sample);
        load.push(extended_query::BIND_COMPLETE.sample);
        load.push(extended_query::NO_DATA.sample);
        load.push_row(&[Some((number % 100).to_string().as_bytes())]);
        load.push(simple_query::COMMAND_COMPLETE.sample);
        load.push(simple_query::READY_FOR_QUERY.sample);
    })
}

/// What a program with a database behind it hears: prepared queries, each answered by some rows of three short columns; settings,
/// notices and errors now and then.
fn mixed() -> Load {
    Load::filled("mixed", |load, number| {
        load.push(extended_query::PARSE_COMPLETE.sample);
        load.push(extended_query::BIND_COMPLETE.sample);
        load.push(simple_query::ROW_DESCRIPTION.sample);
        for row in 0..number % 8 {
            let id = (number + row).to_string();
            let name = ["Ada", "Edgar", "Michael", "Margaret"].get(row % 4).copied().unwrap_or_default();
            load.push_row(&[Some(id.as_bytes()), Some(name.as_bytes()), Some(b"2026-01-31 12:00:00")]);
        }
        match number % FAILS {
            0 => load.push(errors::ERROR_RESPONSE.sample),
            7 => load.push(errors::NOTICE_RESPONSE.sample),
            13 => load.push(asynchronous::PARAMETER_STATUS.sample),
            _ => {}
        }
        load.push(simple_query::COMMAND_COMPLETE.sample);
        load.push(simple_query::READY_FOR_QUERY.sample);
    })
}

/// A table that is read as a whole: rows of five columns, of which one may be NULL.
fn rows() -> Load {
    Load::filled("rows", |load, number| {
        if number == 0 {
            load.push(simple_query::ROW_DESCRIPTION.sample);
        }
        let (id, price) = (number.to_string(), format!("{}.{:02}", number % 1000, number % 100));
        let note = [Some(b"in stock".as_slice()), None, Some(b"to be ordered")].get(number % 3).copied().flatten();
        let name = ["apple", "pomegranate", "fig"].get(number % 3).copied().unwrap_or_default();
        let columns = [id.as_str(), name, &price, "2026-01-31 12:00:00"].map(|column| Some(column.as_bytes()));
        let [id, name, price, at] = columns;
        load.push_row(&[id, name, price, at, note]);
    })
}

/// Rows with a value of some kilobytes to some tens of them.
fn large() -> Load {
    let text = vec![b'x'; 64 << 10];
    Load::filled("large", |load, number| {
        let value = text.get(..2 << (10 + number % 6)).unwrap_or_default();
        load.push_row(&[Some(number.to_string().as_bytes()), Some(value)]);
    })
}

//! Generated streams of a backend, the same at every run.

use pgscope_proto::messages::{copy, extended_query, simple_query};

/// A stream, and what is in it.
#[derive(Debug)]
pub struct Load {
    /// One word for it.
    pub name: &'static str,
    /// The bytes that a backend sent.
    pub bytes: Vec<u8>,
    /// How many messages they are.
    pub messages: usize,
    /// How often what is fast goes through it, so that a browser's coarse clock can tell.
    pub passes: usize,
}

impl Load {
    fn new(name: &'static str, passes: usize) -> Self {
        Self { name, bytes: Vec::new(), messages: 0, passes }
    }

    fn push(&mut self, message: &[u8]) {
        self.bytes.extend_from_slice(message);
        self.messages += 1;
    }

    /// A message with this body.
    fn push_tagged(&mut self, tag: u8, body: &[&[u8]]) {
        let length = 4 + body.iter().map(|part| part.len()).sum::<usize>();
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&(length as u32).to_be_bytes());
        body.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.messages += 1;
    }

    fn push_row(&mut self, columns: &[&[u8]]) {
        let count = (columns.len() as u16).to_be_bytes();
        let lengths: Vec<[u8; 4]> = columns.iter().map(|column| (column.len() as u32).to_be_bytes()).collect();
        let pairs = lengths.iter().zip(columns).flat_map(|(length, column)| [length.as_slice(), column]);
        let body: Vec<&[u8]> = std::iter::once(count.as_slice()).chain(pairs).collect();
        self.push_tagged(b'D', &body);
    }

    /// Megabytes, as disks and networks count them.
    pub fn megabytes(&self) -> f64 {
        self.bytes.len() as f64 / 1e6
    }
}

const QUERIES: usize = 150_000;
const ROWS: usize = 8;
const LARGE: usize = 24;
const PASSES: usize = 20_000;
const MEGABYTE: usize = 1 << 20;

/// Two million small messages: prepared queries, each answered by some rows of three short columns.
pub fn small() -> Load {
    let mut load = Load::new("small", 1);
    for query in 0..QUERIES {
        load.push(extended_query::PARSE_COMPLETE.sample);
        load.push(extended_query::BIND_COMPLETE.sample);
        load.push(simple_query::ROW_DESCRIPTION.sample);
        for row in 0..ROWS {
            let id = (query * ROWS + row).to_string();
            let name = ["Ada", "Edgar", "Michael", "Margaret"].get(row % 4).copied().unwrap_or_default();
            load.push_row(&[id.as_bytes(), name.as_bytes(), b"2026-01-31 12:00:00"]);
        }
        load.push(simple_query::COMMAND_COMPLETE.sample);
        load.push(simple_query::READY_FOR_QUERY.sample);
    }
    load
}

/// A few large messages: rows with a column of a megabyte, then a COPY of as many.
pub fn large() -> Load {
    let mut load = Load::new("large", PASSES);
    let text = vec![b'x'; MEGABYTE];
    for _ in 0..LARGE {
        load.push_row(&[b"1", &text]);
    }
    load.push(copy::COPY_OUT_RESPONSE.sample);
    for _ in 0..LARGE {
        load.push_tagged(b'd', &[&text]);
    }
    load.push(copy::COPY_DONE.sample);
    load
}

//! The sample of a message, decoded: what stands before it so that it is read as what it is, and the link that opens it.

use std::sync::LazyLock;

use pgscope_proto::encode::Value;
use pgscope_proto::messages::{ALL, base_backup, copy, replication, startup};
use pgscope_proto::schema::{Chapter, Field, Head, Sender};
use pgscope_proto::{Direction, Exchange, Message, Stream, Tree, make};
use pgscope_session::Entry;

use crate::Indexed;
use crate::link::{Content, Link, Selected};

/// A sample in an exchange in which it has its meaning.
#[derive(Debug)]
pub(super) struct Example {
    /// Who says what, the sample in the last message.
    said: Said,
    /// The exchange, read.
    pub(super) indexed: Indexed,
    /// The message that is the sample, or carries it.
    pub(super) entry: Entry,
    /// Its fields.
    pub(super) tree: Tree,
    /// The field that is the sample: 0, or a message that another carries.
    pub(super) node: usize,
}

type Said = Vec<(Direction, Vec<u8>)>;

impl Example {
    /// The sample of a message, in the shortest exchange in which it is read as that message; best without problems.
    pub(super) fn of(message: &'static Message) -> Option<Example> {
        let read = |said: Said| Example::read(message, said);
        let clean = |example: &Example| {
            let problems =
                example.indexed.index.problems(&example.indexed.exchange, example.entry.number, &example.tree);
            problems.is_empty()
        };
        preludes(message).filter_map(read).find(clean).or_else(|| preludes(message).find_map(read))
    }

    fn read(message: &'static Message, said: Said) -> Option<Example> {
        let mut exchange = Exchange::default();
        said.iter().for_each(|(direction, bytes)| exchange.push(*direction, &Stream::raw(bytes.clone()), None));
        let indexed = Indexed::new(exchange);
        for number in (0..indexed.index.len()).rev() {
            let entry = indexed.index.entry(number)?;
            let mut tree = Tree::new();
            indexed.index.tree(&indexed.exchange, number, &mut tree);
            if let Some(node) = holds(message, &tree, indexed.bytes(&entry)) {
                return Some(Example { said, indexed, entry, tree, node });
            }
        }
        None
    }

    /// The fragment with which the page opens it.
    pub(super) fn link(&self) -> String {
        match self.said.as_slice() {
            [(direction, bytes)] => format!("hex={}&from={}", hex(bytes, ""), direction.name()),
            said => link_of(said, Some(self.entry.number)),
        }
    }

    /// How many messages stand before it.
    pub(super) fn before(&self) -> usize {
        self.entry.number
    }
}

/// The fragment with which the page opens what was said, a message of it selected.
pub(super) fn link_of(said: &[(Direction, Vec<u8>)], number: Option<usize>) -> String {
    let lines = said.iter().map(|(direction, bytes)| format!("{}: {}\n", direction.letter(), hex(bytes, " ")));
    let selected = Selected { step: number.map(|number| number + 1), ..Selected::default() };
    let link = Link { content: Content::Text(lines.collect()), selected, ..Link::default() };
    link.write()
}

/// The field of a decoded message that is the sample.
fn holds(message: &'static Message, tree: &Tree, bytes: &[u8]) -> Option<usize> {
    // A line of a COPY in text has no field of its own around it.
    let is_line = |field: &'static Field| {
        *message == copy::COPY_TEXT_LINE && message.fields.iter().any(|own| std::ptr::eq(own, field))
    };
    tree.nodes.iter().rposition(|node| {
        (std::ptr::eq(node.field, &message.field) || is_line(node.field)) && node.span().of(bytes) == message.sample
    })
}

fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn directions(sender: Sender) -> impl Iterator<Item = Direction> {
    Direction::BOTH.into_iter().filter(move |direction| sender.allows(*direction))
}

fn sample(message: &'static Message) -> impl Iterator<Item = (Direction, Vec<u8>)> {
    directions(message.sender).map(|direction| (direction, message.sample.to_vec()))
}

/// Exchanges with the sample in them, the shortest first.
fn preludes(message: &'static Message) -> Box<dyn Iterator<Item = Said>> {
    if matches!(message.head, Head::Inner(..) | Head::Structure(_)) || message.field.id == "inner" {
        return Box::new(STREAMS.iter().flat_map(move |stream| stream.carrying(message)));
    }
    let is_near = move |other: &&Message| [message.chapter, Chapter::SimpleQuery].contains(&other.chapter);
    let near = move || ALL.iter().copied().filter(is_near);
    let alone = sample(message).map(|last| vec![last]);
    let after = move || {
        near().flat_map(sample).flat_map(move |first| sample(message).map(move |last| vec![first.clone(), last]))
    };
    let requests = [&startup::SSL_REQUEST, &startup::GSSENC_REQUEST];
    let after_two = requests
        .into_iter()
        .flat_map(sample)
        .flat_map(move |first| after().map(move |said| std::iter::once(first.clone()).chain(said).collect()));
    // A type that nobody knows is believed if a message follows.
    let before = move || {
        near().flat_map(sample).flat_map(move |next| sample(message).map(move |first| vec![first, next.clone()]))
    };
    Box::new(alone.chain(after()).chain(before()).chain(after_two))
}

/// A stream inside CopyData: how it is asked for, and what opens it.
struct Carried {
    sql: &'static str,
    response: Vec<u8>,
    /// Bytes that come before the first message.
    header: &'static [u8],
}

static STREAMS: LazyLock<Vec<Carried>> = LazyLock::new(|| {
    let copy_in = |format: i64| {
        // As many columns as the sample of a row has.
        let columns = Value::List(vec![Value::Int(format); 2]);
        make::message(&copy::COPY_IN_RESPONSE, &[Value::Int(format), columns]).unwrap_or_default()
    };
    let logical = "START_REPLICATION SLOT s LOGICAL 0/0 (proto_version '4', publication_names 'p')";
    let carried = |sql, response, header| Carried { sql, response, header };
    vec![
        carried("COPY t FROM STDIN", copy_in(0), &[]),
        carried("COPY t FROM STDIN (FORMAT binary)", copy_in(1), &[]),
        carried("COPY t FROM STDIN (FORMAT binary)", copy_in(1), copy::COPY_BINARY_HEADER.sample),
        carried(logical, copy::COPY_BOTH_RESPONSE.sample.to_vec(), &[]),
        carried("BASE_BACKUP", copy::COPY_OUT_RESPONSE.sample.to_vec(), &[]),
        carried("BASE_BACKUP", copy::COPY_OUT_RESPONSE.sample.to_vec(), base_backup::NEW_ARCHIVE.sample),
    ]
});

impl Carried {
    fn carrying(&'static self, message: &'static Message) -> impl Iterator<Item = Said> {
        let wal = [replication::XLOG_DATA.sample.get(..25).unwrap_or_default(), message.sample].concat();
        let payloads = [message.sample.to_vec(), [self.header, message.sample].concat(), wal];
        directions(message.sender).flat_map(move |direction| {
            payloads.clone().into_iter().filter_map(move |payload| {
                let data = make::message(&copy::COPY_DATA, &[Value::Bytes(payload)]).ok()?;
                let query = make::query(self.sql).ok()?;
                let opening = (Direction::Backend, self.response.clone());
                Some(vec![(Direction::Frontend, query), opening, (direction, data)])
            })
        })
    }
}

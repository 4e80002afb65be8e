//! Descriptions are found where they last stood, and the frames are followed once.

use pgscope_proto::{Direction, Exchange, Stream, written};
use pgscope_session::Index;
use pgscope_session::relations::{Described, Relations};

/// What the server says inside XLogData: a type, an oid, and what is of no interest here.
const CHANGES: [(u8, u32); 7] =
    [(b'R', 16385), (b'R', 16386), (b'Y', 16400), (b'B', 0), (b'I', 16385), (b'R', 16385), (b'I', 16385)];

fn exchange() -> Exchange {
    let mut exchange = Exchange::default();
    let mut say = |direction, bytes: Vec<u8>| exchange.push(direction, &Stream::raw(bytes), None);
    let written = |direction, line| written::bytes(direction, line).expect("a message");
    let start = "Query \"START_REPLICATION SLOT s LOGICAL 0/0 (proto_version '1', publication_names 'p')\"";
    say(Direction::Frontend, written(Direction::Frontend, start));
    say(Direction::Backend, written(Direction::Backend, "CopyBothResponse text []"));
    for (tag, oid) in CHANGES {
        let payload = [b"w".as_slice(), &[0; 24], &[tag], &oid.to_be_bytes(), b"public\0fruit\0d\0\0"].concat();
        let length = (payload.len() as u32 + 4).to_be_bytes();
        say(Direction::Backend, [b"d".as_slice(), &length, &payload].concat());
    }
    pgscope_session::settle(exchange).0
}

#[test]
fn the_last_description_before_a_frame_counts() {
    let exchange = exchange();
    let index = Index::new(&exchange);
    assert_eq!(index.len(), CHANGES.len() + 2);
    let mut relations = Relations::default();
    let mut before = |what, number| relations.before(&exchange, &index, what, number);
    assert_eq!(before(Described::Relation(16385), 8), Some(7));
    assert_eq!(before(Described::Relation(16385), 6), Some(2));
    assert_eq!(before(Described::Relation(16385), 2), None);
    assert_eq!(before(Described::Relation(16386), 8), Some(3));
    assert_eq!(before(Described::Relation(16400), 8), None);
    assert_eq!(before(Described::Type(16400), 6), Some(4));
    assert_eq!(before(Described::Transaction, 6), Some(5));
    assert_eq!(before(Described::Piece, 8), None);
}

#[test]
fn frames_are_followed_as_far_as_is_asked_and_not_again() {
    let exchange = exchange();
    let index = Index::new(&exchange);
    let mut relations = Relations::default();
    for (asked, reached) in [(3, 3), (1, 3), (6, 6), (6, 6), (100, CHANGES.len() + 2)] {
        relations.before(&exchange, &index, Described::Piece, asked);
        assert_eq!(relations.reached(), reached, "asked for {asked}");
    }
}

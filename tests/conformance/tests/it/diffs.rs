//! Two inputs beside each other: drivers, versions of the protocol, an exchange and the same with a byte changed.

use std::path::Path;

use pgscope_proto::schema::{Kind, Role};
use pgscope_proto::{Direction, Exchange, Stream, Tree};
use pgscope_view::Indexed;
use pgscope_view::capture::{self, Options};
use pgscope_view::diff::{Diff, Ignore, Item};

use crate::captures;

fn driver(name: &str) -> Vec<Indexed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/drivers").join(name);
    let read = capture::read(&std::fs::read(path).expect("it is there"), &Options::default());
    read.exchanges.into_iter().map(Indexed::new).collect()
}

fn diff(left: &[Indexed], right: &[Indexed], ignore: Ignore) -> Diff {
    Diff::of(&left.iter().collect::<Vec<_>>(), &right.iter().collect::<Vec<_>>(), ignore)
}

#[test]
fn an_exchange_does_not_differ_from_itself() {
    for recording in captures::all().into_iter().step_by(5) {
        let indexed = [recording.indexed()];
        assert!(diff(&indexed, &indexed, Ignore::NOTHING).is_empty(), "{}", recording.name);
    }
}

#[test]
fn two_drivers_differ_on_connecting_in_what_they_ask_for() {
    let found = diff(&driver("psycopg2/connect.pcap"), &driver("asyncpg/connect.pcap"), Ignore::default());
    let items = &found.connections[0].items;
    let changed: Vec<_> = items.iter().filter(|item| !matches!(item, Item::Same { .. })).collect();
    let [Item::Changed { left, fields, .. }] = changed.as_slice() else { panic!("{changed:#?}") };
    assert_eq!(left.name, "StartupMessage");
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["length", "parameters, parameter 1"], "{fields:#?}");
    assert_eq!(fields[1].right.as_ref().map(|value| value.shown.as_str()), Some("“client_encoding” “'utf-8'”"));
}

/// What changes when a byte of a message's values changes: that field, and nothing else.
#[test]
fn a_changed_byte_is_one_changed_field() {
    let mut tried = 0;
    for recording in captures::all().into_iter().step_by(23) {
        let indexed = recording.indexed();
        let mut tree = Tree::new();
        for number in (0..indexed.index.len()).step_by(7) {
            let (entry, _) = indexed.check(number, &mut tree).expect("the index has it");
            let is_value = |node: &pgscope_proto::Node| {
                !node.span().is_empty()
                    && matches!(node.field.kind, Kind::Str | Kind::Rest(_))
                    && matches!(node.field.role, Role::String | Role::Value)
            };
            let Some((index, leaf)) =
                tree.leaves().find(|(index, node)| is_value(node) && tree.type_of(*index).is_none())
            else {
                continue;
            };
            let at = entry.span.start + leaf.span().start;
            let byte = indexed.exchange.stream(entry.direction).bytes[at];
            if !byte.is_ascii_alphabetic() || entry.message.field.id == "copydata" {
                continue;
            }
            let mut exchange = indexed.exchange.clone();
            exchange.streams[entry.direction.index()].bytes[at] = byte ^ 1;
            let changed = [Indexed::new(exchange)];
            if changed[0].index.len() != indexed.index.len() {
                continue;
            }
            let path = tree.path(index);
            let own = [recording.indexed()];
            let (there, back) = (diff(&own, &changed, Ignore::NOTHING), diff(&changed, &own, Ignore::NOTHING));
            for found in [there, back] {
                let items: Vec<_> =
                    found.connections[0].items.iter().filter(|item| !matches!(item, Item::Same { .. })).collect();
                let [Item::Changed { fields, left, .. }] = items.as_slice() else {
                    panic!("{} message {}: {items:#?}", recording.name, number + 1)
                };
                assert_eq!(left.index, number);
                assert_eq!(
                    fields.iter().map(|field| field.id.as_str()).collect::<Vec<_>>(),
                    [path.as_str()],
                    "{}",
                    recording.name
                );
            }
            tried += 1;
        }
    }
    assert!(tried > 30, "only {tried} were tried");
}

#[test]
fn what_always_differs_is_not_looked_at_unless_it_is_asked_for() {
    let exchange = |key: u8| {
        let mut exchange = Exchange::default();
        exchange.push(Direction::Backend, &Stream::raw(b"R\0\0\0\x08\0\0\0\0".to_vec()), None);
        exchange.push(
            Direction::Backend,
            &Stream::raw([b"K\0\0\0\x0c\0\0\0\x07aaa".as_slice(), &[key]].concat()),
            None,
        );
        exchange.push(Direction::Backend, &Stream::raw(b"Z\0\0\0\x05I".to_vec()), None);
        [Indexed::new(exchange)]
    };
    let (left, right) = (exchange(1), exchange(2));
    assert!(diff(&left, &right, Ignore::default()).is_empty());
    let found = diff(&left, &right, Ignore::NOTHING);
    let changed = found.connections[0].items.iter().find(|item| matches!(item, Item::Changed { .. }));
    assert!(
        matches!(changed, Some(Item::Changed { fields, .. }) if fields.len() == 1 && fields[0].id == "backendkeydata.key")
    );
    assert!(Ignore::named(["keys", "nonsense"]).is_err());
}

/// Many rows, some of them gone and some changed: the others still belong together.
#[test]
fn large_inputs_are_aligned_in_bounded_time() {
    let exchange = |is_there: fn(u32) -> bool, says: fn(u32) -> u32| {
        let mut rows = b"T\0\0\0\x1b\0\x01n\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0\0".to_vec();
        rows[4] = 0x1a;
        rows.pop();
        for row in (0..40_000).filter(|row| is_there(*row)) {
            let text = format!("{:08}", says(row));
            rows.extend(b"D\0\0\0\x12\0\x01\0\0\0\x08");
            rows.extend(text.bytes());
        }
        let mut exchange = Exchange::default();
        exchange.push(Direction::Backend, &Stream::raw(rows), None);
        [Indexed::new(exchange)]
    };
    let left = exchange(|_| true, |row| row);
    let right = exchange(|row| row % 100 != 7, |row| if row % 1000 == 0 { row + 1_000_000 } else { row });
    let found = diff(&left, &right, Ignore::default());
    let same: usize = found.connections[0]
        .items
        .iter()
        .map(|item| if let Item::Same { count, .. } = item { *count } else { 0 })
        .sum();
    assert!(same > 39_000, "{same} rows are the same");
    // Nothing in common at all.
    let other = exchange(|_| true, |row| row + 5_000_000);
    assert!(!diff(&left, &other, Ignore::default()).is_empty());
}

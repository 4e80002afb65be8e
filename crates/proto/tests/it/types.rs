//! Values in binary format: the tables of types, and what is read with them.

use expect_test::{expect, expect_file};
use pgscope_proto::encode::{encode, values};
use pgscope_proto::schema::{Carrier, Chapter, Head};
use pgscope_proto::types::{self, ALL};
use pgscope_proto::{Context, Direction, Message, Problem, Severity, Tree, decode, messages};
use proptest::prelude::*;

use crate::docs::assert_docs_are_found;
use crate::support::{assert_tiles, outline};

/// An oid whose values are written so.
fn oid_of(message: &'static Message) -> u32 {
    // The samples are of these.
    let of_ints = [1007, 3904, 4451].into_iter();
    let is_it = |oid: &u32| types::structure(*oid) == Some(message);
    let named = |oid: &u32| types::name(*oid).as_deref() == Some(message.name());
    (0..20_000)
        .filter(is_it)
        .find(named)
        .or_else(|| of_ints.chain(0..20_000).find(is_it))
        .expect("a type is written so")
}

fn tree_of(oid: u32, bytes: &[u8]) -> Tree {
    let mut tree = Tree::new();
    assert!(types::decode(oid, bytes, &mut tree), "{oid}");
    tree
}

/// A DataRow of these values, with its values opened.
fn row_of(oid: u32, values: &[&[u8]]) -> (Tree, Vec<u8>) {
    let mut body = (values.len() as u16).to_be_bytes().to_vec();
    for value in values {
        body.extend_from_slice(&(value.len() as u32).to_be_bytes());
        body.extend_from_slice(value);
    }
    let bytes = [b"D", (body.len() as u32 + 4).to_be_bytes().as_slice(), &body].concat();
    let mut tree = Tree::new();
    decode(&messages::simple_query::DATA_ROW, &bytes, Context::new(Direction::Backend), &mut tree);
    types::open_values(&mut tree, &bytes, &|_| Some(oid));
    (tree, bytes)
}

#[test]
fn every_sample_decodes_clean_tiles_and_encodes_back() {
    let mut golden = String::new();
    for message in ALL {
        let tree = tree_of(oid_of(message), message.sample);
        let shown = outline(&tree, message.sample);
        assert!(tree.problems.is_empty(), "{}:\n{shown}\n{:?}", message.name(), tree.problems);
        assert_tiles(&tree, message.sample.len());
        let values = values(message, &tree, message.sample).unwrap_or_else(|| panic!("no values: {}", message.name()));
        let mut again = Vec::new();
        encode(message, &values, &mut again).unwrap_or_else(|error| panic!("{}: {error}", message.name()));
        assert_eq!(again, message.sample, "{}", message.name());
        golden += &format!("{}\n{shown}\n", message.name());
    }
    expect_file!["types.txt"].assert_eq(&golden);
}

#[test]
fn every_type_is_one_of_its_chapter_and_no_message() {
    for message in ALL {
        assert_eq!((message.chapter, message.head), (Chapter::Values, Head::Structure(Carrier::Value)));
        assert!(messages::ALL.iter().all(|other| other.field.id != message.field.id), "{}", message.field.id);
    }
}

#[test]
fn names_are_those_of_the_catalogue() {
    for (oid, name) in [(23, "int4"), (1231, "numeric[]"), (4451, "int4multirange"), (2287, "record[]")] {
        assert_eq!(types::name(oid).as_deref(), Some(name));
    }
    assert_eq!(types::name(16_384), None);
}

fn paths(tree: &Tree) -> Vec<String> {
    tree.leaves().map(|(index, _)| tree.path(index)).collect()
}

#[test]
fn values_open_below_their_nodes_and_simple_ones_stay_closed() {
    let (tree, bytes) = row_of(23, &[b"\0\0\0\x2a", b"\0\0\0\x07"]);
    assert_tiles(&tree, bytes.len());
    assert_eq!(tree.types.len(), 2);
    assert_eq!(tree.nodes.len(), 11);
    let (tree, bytes) = row_of(1114, &[&[0; 8]]);
    assert_tiles(&tree, bytes.len());
    assert_eq!(paths(&tree).last().map(String::as_str), Some("datarow.columns.value.timestamp.microseconds"));
    assert_docs_are_found(&tree, &bytes);
}

#[test]
fn what_values_are_made_of_opens_in_turn() {
    // A record of an array of two ranges.
    let range = b"\x02\0\0\0\x04\0\0\0\x01\0\0\0\x04\0\0\0\x0a";
    let array =
        [b"\0\0\0\x01\0\0\0\0\0\0\x0f\x40\0\0\0\x02\0\0\0\x01\0\0\0\x11".as_slice(), range, b"\0\0\0\x01\x01"].concat();
    let record = [b"\0\0\0\x01\0\0\x0f\x41\0\0\0\x2e".as_slice(), &array].concat();
    let (tree, bytes) = row_of(2249, &[&record]);
    assert_tiles(&tree, bytes.len());
    assert_eq!(tree.problems, []);
    assert_docs_are_found(&tree, &bytes);
    let last = paths(&tree).pop().unwrap_or_default();
    assert_eq!(last, "datarow.columns.value.record.members.member_value.value.array.elements.value.range.flags");
    // The record, the array, two ranges, the bounds of one.
    assert_eq!(tree.types.iter().map(|(_, oid)| *oid).collect::<Vec<_>>(), [2249, 3905, 3904, 23, 23, 3904]);
}

fn told(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        assert_eq!(problem.rule, "L33");
        let severity = if problem.severity == Severity::Error { "" } else { "(warning) " };
        format!(
            "{severity}{}..{} {}; expected {}\n",
            problem.span.start, problem.span.end, problem.message, problem.expected
        )
    };
    problems.iter().map(line).collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("digits")).collect()
}

#[test]
fn a_value_that_does_not_fit_its_type_is_told_in_one_sentence() {
    let mut all = String::new();
    for (oid, bytes) in [
        (23, hex("0000000000000007")),
        (23, Vec::new()),
        (23, b"4242".to_vec()[..3].to_vec()),
        (16, hex("02")),
        (1007, b"{1,2,3}".to_vec()),
        (1007, hex("00000007 00000000 00000017")),
        (1007, hex("ffffffff 00000000 00000017")),
        (1007, hex("00000001 00000002 00000017 00000001 00000001 ffffffff")),
        (1007, hex("00000001 00000000 00000019 00000001 00000001 ffffffff")),
        (1007, hex("00000001 00000000 00000017 00000002 00000001 ffffffff")),
        (1007, hex("00000001 00000000 00000017 00000001 00000001 00000002 0007")),
        (1007, hex("00000001 00000000 00000017 00000001 00000001 00000005 0007")),
        (3802, b"{\"a\": 1}".to_vec()),
        (3802, b"\x02{}".to_vec()),
        (1700, hex("0001 0000 0000 0000 2710")),
        (1700, hex("ffff 0000 0000 0000")),
        (1700, hex("0000 0000 8000 0000")),
        (1700, hex("0001 0000 0000 4000 0001")),
        (1700, hex("0001 0000 0000 0000 0001 0001")),
        (25, b"a\0".to_vec()),
        (1082, hex("80000001")),
        (1083, hex("ffffffffffffffff")),
        (1114, hex("7ffffffffffffffe")),
        (869, hex("0a 20 00 04 7f000001")),
        (869, hex("02 21 00 04 7f000001")),
        (650, hex("02 18 01 04 7f000001")),
        (3904, hex("02 00000004 0000000a 00000004 00000001")),
        (3904, hex("02 ffffffff 00000004 00000001")),
        (4451, hex("00000001 00000006 02 00000004 00")),
        (1560, hex("00000009 ff")),
        (602, hex("01 00000000")),
        (3615, hex("00000001 02 02")),
        (3614, hex("00000001 6100 0002 0003 0002")),
        (2249, hex("00000001 00000017 00000003 000000")),
        (5038, hex("00000001 0000000000000005 0000000000000004 0000000000000005")),
    ] {
        let tree = tree_of(oid, &bytes);
        assert_tiles(&tree, bytes.len());
        assert!(!tree.problems.is_empty(), "{oid} {bytes:02x?}");
        all += &told(&tree.problems);
    }
    expect![[r#"
        0..8 this is no int4 in binary format: it has 8 bytes; expected exactly 4 bytes
        0..0 this is no int4 in binary format: it has 0 bytes; expected exactly 4 bytes
        0..3 this is no int4 in binary format: it has 3 bytes. Its bytes are the text “424”, whose format is 0; expected exactly 4 bytes
        (warning) 0..1 this is no bool in binary format: a server takes the byte 02 for true, but never sends it, and other readers may take it for false; expected 00 (false) or 01 (true)
        0..4 this is no int4[] in binary format: it says that it has 2066820146 dimensions. Its bytes are the text “{1,2,3}”, whose format is 0; expected 0 to 6
        0..4 this is no int4[] in binary format: it says that it has 7 dimensions; expected 0 to 6
        0..4 this is no int4[] in binary format: it says that it has -1 dimensions; expected 0 to 6
        4..8 this is no int4[] in binary format: its flags are 2; expected 0, or 1 if a NULL is in it
        8..12 this is no int4[] in binary format: its elements say that they are of type 25 (text); expected 23 (int4)
        12..20 this is no int4[] in binary format: its dimensions make 2 elements, and 1 follow; expected 2 elements
        24..26 this is no int4 in binary format: it has 2 bytes; expected exactly 4 bytes
        20..24 this is no int4[] in binary format: the element says it has 5 bytes, but the value has only 2 bytes left; expected at most 2
        0..1 this is no jsonb in binary format: ‘{’ is no version. Its bytes are the text “{"a": 1}”, whose format is 0; expected 1 (version 1)
        0..1 this is no jsonb in binary format: 2 is no version; expected 1 (version 1)
        8..10 this is no numeric in binary format: a digit is 10000, and a digit of base 10000 is less than that; expected 0 to 9999
        0..2 this is no numeric in binary format: the digit count says 65535, which is -1 with a sign, but only 0 digits follow; expected 0
        4..6 this is no numeric in binary format: 80 00 is no sign; expected 00 00 (+), 40 00 (-), c0 00 (NaN), d0 00 (Infinity) or f0 00 (-Infinity)
        6..8 this is no numeric in binary format: its scale is 16384; expected 0 to 16383
        10..12 this is no numeric in binary format: 2 bytes too many stand behind its last part; expected the value to end there
        1..2 this is no text in binary format: a text of PostgreSQL has no zero byte in it, and none behind it; expected no 00
        0..4 this is no date in binary format: -2147483647 days from 2000-01-01 are out of range; expected a day from 4714-11-24 BC to 5874897-12-31
        0..8 this is no time in binary format: -1 microseconds are no time of a day; expected 0 to 86400000000 (24:00)
        0..8 this is no timestamp in binary format: 9223372036854775806 microseconds from 2000-01-01 are out of range; expected a time from 4714-11-24 BC to 294276-12-31
        0..1 this is no inet in binary format: 10 is no address family; expected 2 (IPv4) or 3 (IPv6)
        1..2 this is no inet in binary format: an IPv4 address has no 33 bits; expected 0 to 32
        4..8 this is no cidr in binary format: a network has zeros behind its 24 bits, and here are ones; expected zeros
        1..9 this is no int4range in binary format: its lower bound (10) is above its upper one (1); expected a lower bound that is not above the upper one
        1..5 this is no int4range in binary format: -1 is no length, and nothing in it can be NULL; expected 0 or more
        9..13 this is no int4range in binary format: the bound says it has 4 bytes, but the value has only 1 byte left; expected at most 1
        0..4 this is no bit in binary format: 9 bits take 2 bytes, and there are 1 byte; expected 8 bits at most
        1..5 this is no path in binary format: it says that it has 0 points; expected 1 or more
        0..6 this is no tsquery in binary format: an operator lacks an operand; expected as many operands as the operators take
        10..12 this is no tsvector in binary format: the positions of a lexeme do not ascend; expected a position behind the one before it
        12..15 this is no int4 in binary format: it has 3 bytes; expected exactly 4 bytes
        4..12 this is no pg_snapshot in binary format: xmin is 5 and xmax 4; expected 0 < xmin ≤ xmax
    "#]].assert_eq(&all);
}

#[test]
fn an_empty_value_shows_its_length() {
    let (tree, _) = row_of(23, &[b""]);
    assert_eq!((tree.problems[0].span.start, tree.problems[0].span.end), (7, 11));
}

#[test]
fn an_array_of_millions_is_taken_apart_only_so_far() {
    let count = 700_000u32;
    let mut array = hex("00000001 00000000 00000017");
    array.extend_from_slice(&count.to_be_bytes());
    array.extend_from_slice(&1u32.to_be_bytes());
    (0..count).for_each(|_| array.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 1]));
    let (tree, bytes) = row_of(1007, &[&array, b"\0\0\0\x01"]);
    assert_tiles(&tree, bytes.len());
    assert!(tree.nodes.len() < 1_100_000 && tree.problems.is_empty(), "{} {:?}", tree.nodes.len(), tree.problems);
}

#[test]
fn records_in_records_end_somewhere() {
    let mut record = b"\0\0\0\0".to_vec();
    for _ in 0..50 {
        let length = (record.len() as u32).to_be_bytes();
        record = [b"\0\0\0\x01\0\0\x08\xc9".as_slice(), &length, &record].concat();
    }
    let tree = tree_of(2249, &record);
    assert_tiles(&tree, record.len());
    assert!(tree.problems.is_empty() && tree.types.len() < 10);
}

/// A sample with some bytes changed, added and left out.
fn damaged() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let edit = (any::<prop::sample::Index>(), 0..4u8, prop_oneof![Just(0u8), Just(1), Just(255), any::<u8>()]);
    (0..ALL.len(), prop::collection::vec(edit, 0..6)).prop_map(|(nth, edits)| {
        let mut bytes = ALL[nth].sample.to_vec();
        for (index, kind, byte) in edits {
            let at = index.index(bytes.len() + 1);
            match kind {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => {}
            }
        }
        (oid_of(ALL[nth]), bytes)
    })
}

fn any_value() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let byte = prop_oneof![Just(0u8), Just(1), Just(2), Just(255), any::<u8>()];
    (0..ALL.len(), prop::collection::vec(byte, 0..120)).prop_map(|(nth, bytes)| (oid_of(ALL[nth]), bytes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_bytes_are_a_tree_that_tiles((oid, bytes) in prop_oneof![damaged(), any_value()]) {
        let tree = tree_of(oid, &bytes);
        assert_tiles(&tree, bytes.len());
        prop_assert!(tree.problems.len() <= 20);
        prop_assert!(tree.nodes.len() <= 5 * bytes.len() + 20, "the tree is linear in the bytes");
        for problem in &tree.problems {
            prop_assert_eq!(problem.rule, "L33");
            prop_assert!(problem.span.end <= bytes.len(), "{:?}", problem);
        }
        for index in 0..tree.nodes.len() {
            tree.reads(index, &bytes);
            tree.code(index, &bytes);
        }
        assert_docs_are_found(&tree, &bytes);
        if let Some(message) = types::structure(oid).filter(|_| tree.problems.is_empty()) {
            let values = values(message, &tree, &bytes).expect("a clean value");
            let mut again = Vec::new();
            encode(message, &values, &mut again).expect("what was read can be written");
            prop_assert_eq!(&again, &bytes);
        }
        let (row, whole) = row_of(oid, &[&bytes, b"", &bytes]);
        assert_tiles(&row, whole.len());
    }
}

//! What holds for any bytes at all.

use pgscope_proto::encode::{Value, encode, values};
use pgscope_proto::messages::ALL;
use pgscope_proto::schema::{Condition, Field, Inside, Kind};
use pgscope_proto::{Context, CopyContent, Direction, Message};
use proptest::prelude::*;

use crate::docs::assert_docs_are_found;
use crate::support::{assert_tiles, context, direction, tree_of};

const COPIES: [CopyContent; 7] = [
    CopyContent::Unknown,
    CopyContent::Text,
    CopyContent::Binary,
    CopyContent::Physical,
    CopyContent::Logical,
    CopyContent::OtherPlugin,
    CopyContent::BaseBackup,
];

fn any_message() -> impl Strategy<Value = &'static Message> {
    (0..ALL.len()).prop_map(|index| ALL[index])
}

fn any_context() -> impl Strategy<Value = Context> {
    (any::<bool>(), 0..COPIES.len(), any::<bool>(), any::<bool>()).prop_map(|(side, copy, streamed, incomplete)| {
        Context { direction: Direction::BOTH[usize::from(side)], copy: COPIES[copy], streamed, incomplete }
    })
}

/// A sample with some bytes changed, inserted or taken away.
fn mutated() -> impl Strategy<Value = (&'static Message, Vec<u8>)> {
    let edit = (any::<prop::sample::Index>(), 0..4u8, any::<u8>());
    (any_message(), prop::collection::vec(edit, 0..6)).prop_map(|(message, edits)| {
        let mut bytes = message.sample.to_vec();
        for (index, kind, byte) in edits {
            let at = index.index(bytes.len() + 1);
            match kind {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => {}
            }
        }
        (message, bytes)
    })
}

/// Values that fit a field.
fn fitting(field: &'static Field) -> BoxedStrategy<Value> {
    let text = || prop::collection::vec(1..=255u8, 0..12).prop_map(Value::Bytes);
    let bytes = || prop::collection::vec(any::<u8>(), 0..12).prop_map(Value::Bytes);
    match &field.kind {
        Kind::Int(width, pgscope_proto::schema::Show::Signed) => {
            let shift = 64 - 8 * width.bytes() as u32;
            any::<i64>().prop_map(move |number| Value::Int(number >> shift)).boxed()
        }
        Kind::Int(width, _) => {
            let shift = 64 - 8 * width.bytes() as u32;
            any::<u64>().prop_map(move |number| Value::Int((number >> shift) as i64)).boxed()
        }
        Kind::Code(_, codes, _) => (0..codes.len()).prop_map(|index| Value::Int(codes[index].value)).boxed(),
        Kind::Str => text().boxed(),
        Kind::Fixed(count, Inside::PaddedText | Inside::Opaque | Inside::Text) => {
            prop::collection::vec(any::<u8>(), *count).prop_map(Value::Bytes).boxed()
        }
        Kind::Rest(_) => bytes().boxed(),
        Kind::Sized { nullable: true, .. } => prop_oneof![Just(Value::Null), bytes()].boxed(),
        Kind::Sized { .. } => bytes().boxed(),
        Kind::Counted { of, .. } | Kind::Repeat(of) => {
            prop::collection::vec(fitting(of), 0..5).prop_map(Value::List).boxed()
        }
        Kind::UntilZero { of, .. } => {
            let entry = fitting(of).prop_filter("an entry must not begin with a zero byte", |value| match value {
                Value::List(fields) => !matches!(fields.first(), Some(Value::Bytes(text)) if text.is_empty()),
                Value::Bytes(text) => !text.is_empty(),
                _ => true,
            });
            prop::collection::vec(entry, 0..5).prop_map(Value::List).boxed()
        }
        Kind::Group(fields) => group(fields).prop_map(Value::List).boxed(),
        Kind::Choice(choices) => (0..choices.len())
            .prop_flat_map(|index| {
                let letter = choices[index].code.value as u8;
                group(choices[index].fields).prop_map(move |values| Value::Choice(letter, values))
            })
            .boxed(),
        Kind::When(Condition::InStreamedTransaction, _) => Just(Value::Absent).boxed(),
        Kind::When(Condition::MoreBytes, fields) => {
            prop_oneof![Just(Value::Absent), group(fields).prop_map(Value::List)].boxed()
        }
        _ => Just(Value::Absent).boxed(),
    }
}

fn group(fields: &'static [Field]) -> BoxedStrategy<Vec<Value>> {
    let given = fields.iter().filter(|field| !matches!(field.kind, Kind::Tag | Kind::Length | Kind::Following));
    given.map(fitting).collect::<Vec<_>>().boxed()
}

fn any_values() -> impl Strategy<Value = (&'static Message, Vec<Value>)> {
    any_message().prop_flat_map(|message| group(message.fields).prop_map(move |values| (message, values)))
}

#[test]
fn a_message_with_millions_of_entries_is_taken_apart_only_so_far() {
    let mut bytes = vec![b'd'];
    bytes.extend_from_slice(&(3_000_004u32).to_be_bytes());
    bytes.resize(3_000_005, b'\n');
    let copy = ALL.iter().find(|message| message.name() == "CopyData").expect("it is in the table");
    let tree = tree_of(copy, &bytes, Context { copy: CopyContent::Text, ..Context::new(Direction::Backend) });
    assert_tiles(&tree, bytes.len());
    assert!(tree.nodes.len() < 1_100_000 && tree.problems.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn docs_are_found_by_name((message, values) in any_values(), side in any_context()) {
        let mut bytes = Vec::new();
        prop_assume!(encode(message, &values, &mut bytes).is_ok());
        assert_docs_are_found(&tree_of(message, &bytes, side), &bytes);
    }

    #[test]
    fn any_bytes_give_a_tree_that_tiles(message in any_message(), bytes in prop::collection::vec(any::<u8>(), 0..200), context in any_context()) {
        let tree = tree_of(message, &bytes, context);
        assert_tiles(&tree, bytes.len());
        prop_assert!(tree.nodes.len() <= 3 * bytes.len() + 20, "the tree is linear in the bytes");
    }

    #[test]
    fn damaged_samples_give_a_tree_that_tiles((message, bytes) in mutated(), context in any_context()) {
        let tree = tree_of(message, &bytes, context);
        assert_tiles(&tree, bytes.len());
        prop_assert!(tree.problems.len() <= 20);
        for (index, _) in tree.leaves() {
            tree.reads(index, &bytes);
            tree.code(index, &bytes);
        }
        for problem in &tree.problems {
            prop_assert!(problem.span.end <= bytes.len(), "{problem:?}");
        }
    }

    #[test]
    fn clean_bytes_encode_back_to_themselves((message, bytes) in mutated()) {
        let tree = tree_of(message, &bytes, context(message));
        if tree.problems.is_empty() && let Some(values) = values(message, &tree, &bytes) {
            let mut again = Vec::new();
            encode(message, &values, &mut again).expect("what was read can be written");
            // Tag and length words are written as they should be, whatever the bytes said.
            let computed: usize = message.fields.iter().take_while(|field| matches!(field.kind, Kind::Tag | Kind::Length | Kind::Following))
                .map(|field| if matches!(field.kind, Kind::Tag) { 1 } else { 4 }).sum();
            prop_assert_eq!(&again[computed..], &bytes[computed..]);
        }
    }

    #[test]
    fn any_fitting_values_decode_to_themselves((message, given) in any_values()) {
        let mut bytes = Vec::new();
        encode(message, &given, &mut bytes).expect("they fit");
        let context = Context { copy: CopyContent::Unknown, ..Context::new(direction(message)) };
        let tree = tree_of(message, &bytes, context);
        assert_tiles(&tree, bytes.len());
        prop_assert!(tree.problems.is_empty(), "{:?}", tree.problems);
        prop_assert_eq!(values(message, &tree, &bytes), Some(given));
    }
}

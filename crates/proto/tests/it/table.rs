//! The table: complete, consistent with itself, and with a sample for each entry.

use expect_test::expect_file;
use pgscope_proto::encode::{encode, values};
use pgscope_proto::messages::{self, ALL};
use pgscope_proto::schema::{Carrier, Field, Head, Kind, Sender};
use pgscope_proto::{Direction, Message, types};

use crate::support::{assert_tiles, context, outline, tree_of};

/// Entries that stand for what the documentation does not list as messages.
const BESIDE_THE_LIST: &[&str] = &[
    "StartupPacket (protocol 2.0)",
    "Unknown start-up packet",
    "GSSAPI packet",
    "TLS record",
    "Unknown authentication request",
    "Authentication response",
    "ErrorResponse (protocol 2.0)",
    "COPY text line",
    "Unknown message",
    "Unreadable bytes",
];

fn listed(message: &Message) -> String {
    let sender = match message.sender {
        Sender::Frontend => "F",
        Sender::Backend => "B",
        Sender::Both => "*",
    };
    let head = match message.head {
        Head::Tag(tag) | Head::Authentication(tag, _) => (tag as char).to_string(),
        Head::Startup(code) => code.to_string(),
        Head::Reply(byte) => format!("reply:{}", byte as char),
        Head::Inner(Carrier::Replication, tag) => format!("r{}", tag as char),
        Head::Inner(Carrier::BaseBackup, tag) => format!("b{}", tag as char),
        Head::Inner(_, tag) => format!("l{}", tag as char),
        Head::Structure(_) => "c".to_owned(),
        Head::Any => "?".to_owned(),
    };
    format!("{sender} {head} {}", message.name())
}

#[test]
fn names_and_tags_are_those_of_the_documentation_both_ways() {
    let mut documented: Vec<String> =
        include_str!("list.txt").lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let mut ours: Vec<String> = ALL
        .iter()
        .filter(|message| !BESIDE_THE_LIST.contains(&message.name()))
        .map(|message| listed(message))
        .collect();
    documented.sort();
    ours.sort();
    assert_eq!(ours, documented);
    for name in BESIDE_THE_LIST {
        assert!(messages::by_name(name).is_some(), "{name} is in the table");
    }
}

#[test]
fn every_sample_decodes_clean_tiles_and_encodes_back() {
    let mut golden = String::new();
    for message in ALL {
        let tree = tree_of(message, message.sample, context(message));
        let shown = outline(&tree, message.sample);
        assert!(tree.problems.is_empty(), "{}:\n{shown}", message.name());
        assert_tiles(&tree, message.sample.len());
        let values = values(message, &tree, message.sample).unwrap_or_else(|| panic!("no values: {}", message.name()));
        let mut again = Vec::new();
        if message.tag().is_some() || !matches!(message.fields[0].kind, Kind::Tag) {
            encode(message, &values, &mut again).unwrap_or_else(|error| panic!("{}: {error}", message.name()));
            assert_eq!(again, message.sample, "{}", message.name());
        }
        golden += &format!("{}\n{shown}\n", message.name());
    }
    expect_file!["samples.txt"].assert_eq(&golden);
}

#[test]
fn the_length_of_every_sample_is_right() {
    let wrong: Vec<String> = ALL
        .iter()
        .filter_map(|message| {
            let at = message.fields.iter().position(|field| matches!(field.kind, Kind::Length))?;
            let word = u32::from_be_bytes(message.sample.get(at..at + 4)?.try_into().ok()?);
            (word as usize != message.sample.len() - at)
                .then(|| format!("{} {:#x}", message.name(), message.sample.len() - at))
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

fn each_field(fields: &'static [Field], visit: &mut dyn FnMut(&'static Field)) {
    for field in fields {
        visit(field);
        match &field.kind {
            Kind::Sized { length, value, .. } => {
                visit(length);
                visit(value);
            }
            Kind::Counted { count, of } => {
                visit(count);
                each_field(std::slice::from_ref(*of), visit);
            }
            Kind::UntilZero { of, end } => {
                each_field(std::slice::from_ref(*of), visit);
                visit(end);
            }
            Kind::Repeat(of) => each_field(std::slice::from_ref(*of), visit),
            Kind::Times(times) => each_field(std::slice::from_ref(times.of), visit),
            Kind::Unless(unless) => each_field(unless.fields, visit),
            Kind::Group(fields) | Kind::When(_, fields) => each_field(fields, visit),
            Kind::Choice(choices) => choices.iter().for_each(|choice| each_field(choice.fields, visit)),
            _ => {}
        }
    }
}

#[test]
fn every_message_and_field_explains_itself() {
    for message in ALL.iter().chain(types::ALL) {
        assert!(message.field.doc.ends_with('.'), "{}", message.name());
        assert!(message.section.path.contains(".html"), "{}", message.name());
        each_field(message.fields, &mut |field| {
            assert!(
                field.doc.len() > 5 && field.doc.ends_with(['.', '?']),
                "{}.{}: {}",
                message.name(),
                field.id,
                field.doc
            );
            assert!(
                field.id.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
            );
        });
    }
}

#[test]
fn ids_are_unique_among_messages_and_among_siblings() {
    for message in ALL.iter().chain(types::ALL) {
        assert_eq!(
            ALL.iter().chain(types::ALL).filter(|other| other.field.id == message.field.id).count(),
            1,
            "{}",
            message.field.id
        );
        for field in message.fields {
            let same = message.fields.iter().filter(|other| other.id == field.id).count();
            assert_eq!(same, 1, "{}.{}", message.field.id, field.id);
        }
    }
}

#[test]
fn tags_lead_to_their_messages() {
    for message in ALL {
        if let Head::Tag(tag) = message.head
            && tag != b'p'
        {
            for direction in Direction::BOTH.into_iter().filter(|direction| message.sender.allows(*direction)) {
                assert_eq!(messages::by_tag(direction, tag).map(Message::name), Some(message.name()));
            }
        }
        if let Head::Authentication(_, code) = message.head {
            assert_eq!(messages::authentication_request(code).name(), message.name());
        }
    }
    assert!(messages::by_tag(Direction::Frontend, b'Z').is_none());
    assert!(messages::by_tag(Direction::Backend, 200).is_none());
}

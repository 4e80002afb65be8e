//! What texts stand for, held against PostgreSQL's own lists and against what recorded servers said.

use std::collections::BTreeSet;

use pgscope_proto::codes::commands::{CommandTag, rows_by_libpq};
use pgscope_proto::codes::settings::{SETTINGS, setting_of};
use pgscope_proto::codes::sqlstate::{CONDITIONS, sqlstate};
use pgscope_proto::{Direction, Reads, Tree};
use pgscope_sim::Edition;
use pgscope_view::Indexed;

use crate::{captures, postgres};

/// Codes and names of a server's errcodes.txt. A code that stands there twice has its name once.
fn listed(edition: Edition) -> Option<BTreeSet<(String, String)>> {
    let text = postgres::errcodes(edition)?;
    let words =
        text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let pairs = words.filter_map(|words| match words.as_slice() {
        [code, "E" | "W" | "S", _, name] => Some(((*code).to_owned(), (*name).to_owned())),
        _ => None,
    });
    Some(pairs.collect())
}

#[test]
fn every_condition_of_postgresql_18_is_known_and_no_others_but_two() {
    let Some(listed) = listed(Edition::Eighteen) else { return };
    let known: BTreeSet<_> = CONDITIONS.iter().map(|known| (known.code.to_owned(), known.name.to_owned())).collect();
    assert_eq!(listed.difference(&known).next(), None);
    let others: Vec<&str> = known.difference(&listed).map(|(_, name)| name.as_str()).collect();
    // The first is of a minor version newer than 18.4, the second of an older PostgreSQL.
    assert_eq!(others, ["datum_version_mismatch", "snapshot_too_old"]);
}

#[test]
fn every_condition_of_postgresql_15_is_known() {
    let Some(listed) = listed(Edition::Fifteen) else { return };
    for (code, name) in listed {
        assert_eq!(sqlstate(code.as_bytes()).map(|known| known.name), Some(name.as_str()), "{code}");
    }
}

/// The texts of a field of every recorded message with this id.
fn recorded(message: &str, field: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for recording in captures::all() {
        let Some(exchange) = recording.exchange() else { continue };
        let indexed = Indexed::new(exchange);
        let entries = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
        for entry in entries.filter(|entry| entry.message.field.id == message && entry.direction == Direction::Backend)
        {
            let mut tree = Tree::new();
            indexed.index.tree(&indexed.exchange, entry.number, &mut tree);
            let nodes = tree.nodes.iter().enumerate().filter(|(_, node)| node.field.id == field && node.depth > 0);
            for (index, _) in nodes {
                if let Reads::Text(text) = tree.reads(index, indexed.bytes(&entry)) {
                    found.insert((text.to_owned(), recording.name.clone()));
                }
            }
        }
    }
    found
}

#[test]
fn every_setting_that_recorded_servers_report_is_known() {
    let reported = recorded("parameterstatus", "name");
    let names: BTreeSet<&str> = reported.iter().map(|(name, _)| name.as_str()).collect();
    for (name, recording) in &reported {
        assert!(setting_of(name).is_some(), "{name} in {recording}");
    }
    for setting in SETTINGS.iter().filter(|setting| setting.is_postgres()) {
        assert!(names.contains(setting.name), "{} is nowhere reported", setting.name);
    }
}

#[test]
fn every_tag_that_recorded_servers_say_is_read_and_libpq_finds_the_same_rows() {
    for (tag, recording) in recorded("commandcomplete", "command") {
        let read = CommandTag::read(&tag).unwrap_or_else(|wrong| panic!("{tag} in {recording}: {wrong}"));
        let rows = read.rows.map(|rows| rows.to_string()).unwrap_or_default();
        assert_eq!(rows_by_libpq(&tag), Some(rows.as_str()), "{tag} in {recording}");
    }
}

//! What texts stand for, held against PostgreSQL's own lists and against what recorded servers said.

use std::collections::BTreeSet;

use pgscope_proto::codes::commands::{CommandTag, rows_by_libpq};
use pgscope_proto::codes::functions::FUNCTIONS;
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
fn every_condition_of_postgresql_18_is_known_and_no_other_but_two() {
    let Some(listed) = listed(Edition::Eighteen) else { return };
    let known: BTreeSet<_> = CONDITIONS.iter().map(|known| (known.code.to_owned(), known.name.to_owned())).collect();
    assert_eq!(listed.difference(&known).next(), None);
    let others = known.difference(&listed).map(|(_, name)| name.as_str());
    // One is of servers before 17, one of those since November 2026.
    let others: Vec<&str> = others.filter(|name| *name != "datum_version_mismatch").collect();
    assert_eq!(others, ["snapshot_too_old"]);
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

/// A function: oid, name, types of the arguments and of the result.
type Listed = (u32, String, Vec<u32>, u32);

/// Functions of a server's catalogue as it is before the first start.
fn functions(edition: Edition) -> Option<BTreeSet<Listed>> {
    let text = postgres::catalogue(edition)?;
    let inside = text.split_once("create pg_proc ")?.1.split_once("close pg_proc")?.0;
    let rows = inside.lines().filter_map(|line| line.strip_prefix("insert ( "));
    let read = |row: &str| {
        // The types of several arguments stand between quotes.
        let (head, quoted) = row.split_once('\'').map_or((row, None), |(head, rest)| (head, rest.split_once('\'')));
        let words: Vec<&str> = head.split_whitespace().collect();
        let types = quoted.map(|(types, _)| types).or(words.get(19).copied())?;
        let types = types.split_whitespace().map(|oid| oid.parse().ok()).collect::<Option<Vec<u32>>>()?;
        Some((words.first()?.parse().ok()?, (*words.get(1)?).to_owned(), types, words.get(18)?.parse().ok()?))
    };
    Some(rows.filter_map(read).collect())
}

#[test]
fn every_function_of_large_objects_is_known_as_the_catalogues_have_it() {
    let known: BTreeSet<Listed> = FUNCTIONS
        .iter()
        .map(|own| (own.oid, own.name.to_owned(), own.arguments.iter().map(|(_, of)| *of).collect(), own.result))
        .collect();
    assert!(FUNCTIONS.is_sorted_by_key(|function| function.oid));
    for edition in [Edition::Fifteen, Edition::Eighteen] {
        let Some(functions) = functions(edition) else { continue };
        assert!(functions.len() > 1000, "{}", functions.len());
        let of_large_objects = |name: &str| name.starts_with("lo_") || matches!(name, "loread" | "lowrite");
        let listed: BTreeSet<_> = functions.into_iter().filter(|(_, name, ..)| of_large_objects(name)).collect();
        assert_eq!(known, listed, "{edition:?}");
    }
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

//! Mistakes that every entry of a list has, or that the end of a message has.

use pgscope_proto::schema::Kind;
use pgscope_proto::{Edit, Reading, Span};

use super::Way;
use super::list::{List, Meant};
use super::trial::Trial;

/// A text or list without its zero bytes.
pub(super) fn unended(trial: &mut Trial<'_>, lists: &[List<'_>], rule: &str) -> Option<Way> {
    if !matches!(rule, "L05" | "L06" | "L11") || lists.iter().any(|list| list.is_last) {
        return None;
    }
    at_end(trial, &[0], "put a zero byte at the end")
        .or_else(|| at_end(trial, &[0, 0], "put two zero bytes at the end: one for the text, one for the list"))
}

/// A message that ends where the count of its last list should be.
pub(super) fn uncounted(trial: &mut Trial<'_>) -> Option<Way> {
    let lacks = lacks_count(trial) && trial.is_whole();
    lacks.then(|| at_end(trial, &[0, 0], "put the count at the end: 00 00 for none"))?
}

fn at_end(trial: &mut Trial<'_>, bytes: &[u8], words: &str) -> Option<Way> {
    let end = trial.case.bytes.len();
    let edits = trial.fits(vec![Edit::new(Span::new(end, end), bytes)])?;
    Some(Way { edits, words: words.to_owned(), better: None })
}

/// Whether the message ends where the count of its last list should be.
fn lacks_count(trial: &Trial<'_>) -> bool {
    let case = trial.case;
    let last = case.tree.nodes.iter().rfind(|node| node.depth == 1);
    last.is_some_and(|node| {
        matches!(node.field.kind, Kind::Counted { .. })
            && node.reading == Reading::Cut
            && node.start as usize == case.bytes.len()
    })
}

/// What is wrong in each entry of a list in the same way.
pub(super) fn of_entries(trial: &mut Trial<'_>, list: &List<'_>) -> Vec<Way> {
    let mut ways = Vec::new();
    for meant in all_meant(list) {
        if trial.spend(list.number.min(trial.case.bytes.len())).is_none() {
            break;
        }
        let mut edits = Vec::new();
        let end = list.entries(list.word.end, list.number, meant, &mut edits);
        if edits.is_empty() || !end.is_some_and(|end| list.may_end(end)) {
            continue;
        }
        let (changes, first) = (edits.len(), edits.first().map_or(0, |edit| edit.span.start));
        if let Some(edits) = trial.fits(edits) {
            let (words, message, expected) = words(list, meant, changes);
            let here = Span::new(first, (first + 2).min(trial.case.bytes.len()));
            ways.push(Way { edits, words, better: Some((here, message, expected)) });
        }
    }
    ways
}

fn all_meant(list: &List<'_>) -> Vec<Meant> {
    let mut all = Vec::new();
    let fields = list.fields().len();
    if list.is_of_values() {
        all.extend([Meant::ShortNulls { all: false }, Meant::ShortNulls { all: true }, Meant::ShortLengths]);
        all.extend(HABITS.map(|(by, _)| Meant::LongLengths { by }));
    }
    if fields > 1 {
        all.extend((0..fields).flat_map(|from| (from + 1..=fields).map(move |to| Meant::Without { from, to })));
    }
    // One entry with something too much has a wrong length, more likely.
    if list.number > 1 && (fields > 1 || list.is_of_values()) {
        all.extend((0..=fields).flat_map(|before| [1, 2, 4].map(|bytes| Meant::With { before, bytes })));
    }
    all
}

/// What lengths count that is no part of a value, in bytes and in words.
const HABITS: [(i32, &str); 2] = [(4, "its own four bytes"), (1, "a zero byte that is not there")];

/// What to do, what is wrong, and what was expected.
fn words(list: &List<'_>, meant: Meant, changes: usize) -> (String, String, String) {
    let entry = list.of.name;
    match meant {
        Meant::AsItIs => Default::default(),
        Meant::ShortNulls { .. } => (
            format!("write the -1 of {} NULL in four bytes: ff ff ff ff", if changes == 1 { "the" } else { "each" }),
            "the -1 of a NULL has two bytes here: with four all of the message fits".to_owned(),
            "ff ff ff ff".to_owned(),
        ),
        Meant::ShortLengths => (
            format!("write the length of each {entry} in four bytes"),
            format!("the length of each {entry} has two bytes: with four all of the message fits"),
            "lengths of four bytes".to_owned(),
        ),
        Meant::LongLengths { by } => {
            let what = HABITS.iter().find(|(bytes, _)| *bytes == by).map_or("", |(_, what)| what);
            (
                format!("write {by} less for the length of each {entry}"),
                format!("the length of each {entry} counts {what}: without that all of the message fits"),
                "the bytes of the value alone".to_owned(),
            )
        }
        Meant::Without { from, to } => {
            let missing = list.fields().get(from..to).unwrap_or_default().iter();
            let names: Vec<&str> = missing.map(|field| field.name).collect();
            let names = names.join(" and ");
            (
                format!("put the {names} into each {entry}"),
                format!("each {entry} lacks its {names}: with that all of the message fits"),
                names,
            )
        }
        Meant::With { before, bytes } => {
            let bytes = if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
            let place = match list.fields().get(before).filter(|_| list.fields().len() > 1) {
                Some(field) => format!("in front of its {}", field.name),
                None if before == 0 => "in front of it".to_owned(),
                None => "behind it".to_owned(),
            };
            (
                format!("take {bytes} {place} out of each {entry}"),
                format!("each {entry} has {bytes} too much {place}: without them all of the message fits"),
                format!("each {entry} without them"),
            )
        }
    }
}

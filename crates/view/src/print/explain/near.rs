//! Names that somebody may have meant.

use pgscope_proto::conversation::REQUESTS;
use pgscope_proto::messages::ALL;
use pgscope_session::rules::all;

use super::super::moves::Stands;

const MOST: usize = 6;

/// The names nearest to a text: those that hold it, then those that differ in a letter or two.
pub(super) fn near(what: &str) -> Vec<String> {
    let what = what.to_lowercase();
    if what.is_empty() || what.len() > 60 {
        return Vec::new();
    }
    let mut names: Vec<String> = ALL.iter().map(|message| message.name().to_owned()).collect();
    names.extend(all().map(|rule| rule.id.to_owned()));
    names.extend(REQUESTS.iter().map(|request| request.id.to_owned()));
    names.extend(Stands::all().map(|stands| format!("{} {}", stands.end(), stands.name())));
    let distance = |name: &str| {
        let name = name.to_lowercase();
        if what.len() > 2 && name.contains(&what) { 0 } else { differing(&name, &what) }
    };
    let allowed = if what.len() < 4 { 1 } else { 2 };
    let mut near: Vec<(usize, String)> = names.into_iter().map(|name| (distance(&name), name)).collect();
    near.retain(|(distance, _)| *distance <= allowed);
    near.sort();
    near.dedup_by_key(|(_, name)| name.to_lowercase());
    near.into_iter().map(|(_, name)| name).take(MOST).collect()
}

/// How many letters must be changed, put in or taken out to make one of the other.
fn differing(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (nth, letter) in one.chars().enumerate() {
        let mut made = vec![nth + 1];
        for ((known, before), above) in other.iter().zip(&row).zip(row.iter().skip(1)) {
            let changed = before + usize::from(*known != letter);
            let left = made.last().copied().unwrap_or_default();
            made.push(changed.min(above + 1).min(left + 1));
        }
        row = made;
    }
    row.last().copied().unwrap_or_default()
}

//! The bytes that a mend changes, in a few characters.

use pgscope_proto::{Edit, Fix};

/// How long what several edits change may be in a row, in characters.
const LONGEST_MEND: usize = 24;
/// How many edits of a mend are shown one by one.
const MOST_EDITS: usize = 2;

/// The bytes that a fix changes, and only those: `0d → 0e`, `insert 00, 0d → 0e`.
pub(super) fn mend(fix: &Fix, bytes: &[u8]) -> String {
    let mut shown: Vec<(String, usize)> = Vec::new();
    for edit in &fix.edits {
        let words = edited(edit, bytes);
        match shown.iter_mut().find(|(known, _)| *known == words) {
            Some((_, times)) => *times += 1,
            None => shown.push((words, 1)),
        }
    }
    let more = shown.iter().skip(MOST_EDITS).map(|(_, times)| times).sum::<usize>();
    let mut parts: Vec<String> = shown.iter().take(MOST_EDITS).map(|(words, times)| repeated(words, *times)).collect();
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    parts.join(", ")
}

/// The same as far as a row has room for it: `26 → 2e, …`.
pub(crate) fn short(fix: &Fix, bytes: &[u8]) -> String {
    let whole = mend(fix, bytes);
    match fix.edits.first() {
        Some(first) if fix.edits.len() > 1 && whole.chars().count() > LONGEST_MEND => {
            format!("{}, …", edited(first, bytes))
        }
        _ => whole,
    }
}

fn repeated(words: &str, times: usize) -> String {
    if times > 1 { format!("{words} ({times} times)") } else { words.to_owned() }
}

fn edited(edit: &Edit, bytes: &[u8]) -> String {
    let was = edit.span.of(bytes);
    let same = was.iter().zip(&edit.bytes).take_while(|(old, new)| old == new).count();
    let same = if was.len() == edit.bytes.len() { same } else { 0 };
    let hex = |bytes: &[u8]| -> String {
        let shown: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        shown.join(" ")
    };
    match (was.get(same..).unwrap_or_default(), edit.bytes.get(same..).unwrap_or_default()) {
        ([], new) => format!("insert {}", hex(new)),
        (old, []) => format!("remove {}", hex(old)),
        (old, new) => format!("{} → {}", hex(old), hex(new)),
    }
}

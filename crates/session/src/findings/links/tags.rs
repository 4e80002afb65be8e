//! The tag of CommandComplete.

use pgscope_proto::codes::commands::{CommandTag, Wrong};
use pgscope_proto::{CopyContent, Edit, Fix, Problem, Span, read};

use super::Case;
use crate::command;

/// Where the tag begins.
pub(super) const TAG: usize = 5;

/// A tag is the name of a command, and the numbers that belong to it.
pub(super) fn not_a_tag(case: &Case) -> Option<Problem> {
    let text = std::str::from_utf8(read::first_text(case.bytes)?).ok()?;
    let wrong = CommandTag::read(text).err().filter(|_| !(text == "SELECT" && answers_backup(case)))?;
    let span = Span::new(TAG, TAG + text.len());
    let message = format!(
        "“{text}” is no command tag: {wrong}. psql says “could not interpret result from server”, or counts no rows"
    );
    let problem =
        Problem::error("L44", span, message, "the name of a command, and its number of rows where it has one")
            .warning();
    // Another server may have commands of its own and count for others; servers before 9.0 counted no SELECT.
    let is_usual = matches!(wrong, Wrong::Unknown | Wrong::Extra(_)) || text == "SELECT";
    let is_foreign = is_usual && is_name(text);
    let problem = if is_foreign { problem.note() } else { problem };
    Some(Problem { fix: with_oid(text, case.bytes), ..problem })
}

/// Whether it stands in the answer to BASE_BACKUP, whose results say SELECT and no number.
fn answers_backup(case: &Case) -> bool {
    let asked = case.index.request(case.entry.number).and_then(|request| case.other(request));
    let sql = asked.and_then(|(_, bytes)| read::first_text(bytes));
    sql.is_some_and(|sql| command::content_of(sql) == CopyContent::BaseBackup)
}

/// Whether it looks like the name of a command, with numbers or without.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || " _-".contains(letter))
}

/// `INSERT 1` lacks the oid that stood before the count once.
fn with_oid(text: &str, bytes: &[u8]) -> Option<Fix> {
    let rows = text.strip_prefix("INSERT ")?;
    let length = u32::try_from(bytes.len() + 1).ok()?;
    let at = TAG + text.len() - rows.len();
    let edits = vec![Edit::new(Span::new(1, TAG), length.to_be_bytes()), Edit::new(Span::new(at, at), *b"0 ")];
    rows.parse::<u64>().ok().map(|_| Fix { words: format!("write INSERT 0 {rows}"), edits })
}
